"""The versions that fragments are kept under (gymsite.core.models.DataVersion)."""

from django.db.models.expressions import RawSQL

from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements

SQL = statements("gymsite.core", "versions")


def version_of(*names: str) -> str | None:
    """The version of these rows of DataVersion together: another text whenever one of
    them is another, None before the first change of any; one statement."""
    return fetch_one(SQL.version, {"names": list(names)}).version


def version_column(*names: str) -> RawSQL:
    """That version beside each row, of the moment that the rows are of."""
    return RawSQL("(SELECT version FROM core_version(%s::text[]))", [list(names)])
