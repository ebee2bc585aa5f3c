"""The versions that fragments are kept under (gymsite.core.models.DataVersion)."""

from django.db import connection
from django.db.models.expressions import RawSQL


def version_sql(*names: str) -> str:
    """An expression for the version of these rows of DataVersion together: another text
    whenever one of them is another, NULL before the first change of any. ``names`` are
    words of ours.
    """
    listed = ", ".join(f"'{name}'" for name in names)
    return (
        "(SELECT string_agg(value::text, ' ' ORDER BY name, value) FROM "
        f"core_dataversion WHERE name IN ({listed}))"
    )


def version_column(*names: str) -> RawSQL:
    """That version beside each row, of the moment that the rows are of."""
    return RawSQL(version_sql(*names), ())  # noqa: S611 (words of ours)


def version_of(*names: str) -> str | None:
    """That version as it stands now; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {version_sql(*names)}")
        (version,) = cursor.fetchone()
    return version
