"""The versions that fragments are kept under (gymsite.core.models.DataVersion)."""

from django.db.models.expressions import RawSQL

from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements

SQL = statements("gymsite.core", "versions")


def array_of(*names: str) -> str:
    """The names as PostgreSQL writes an array: a text is sent for far less than a
    list."""
    return f"{{{','.join(names)}}}"


def version_of(*names: str) -> str | None:
    """The version of these rows of DataVersion together.

    It is another text whenever one of them changes, and None before the first change of
    any. One statement reads it.
    """
    return fetch_one(SQL.version, {"names": array_of(*names)}).version


def version_column(*names: str) -> RawSQL:
    """The same version as a column beside each row.

    It is the version of the moment that the rows are read at.
    """
    return RawSQL("(SELECT version FROM core_version(%s::text[]))", [array_of(*names)])
