"""A row that can't be written, planted in the database.

It is the fault that tries a job's fence.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def stuck(table: str, **where: int | str) -> Iterator[None]:
    """Make the database refuse every change of some rows of ``table``.

    ``where`` gives the values of their columns.
    """
    name = f"stuck_{table}"
    condition = " AND ".join(
        f"(to_jsonb(NEW)->>'{column}') = '{value}'" for column, value in where.items()
    )
    _run(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'this row is stuck'; END $$",
        f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW WHEN "
        f"({condition}) EXECUTE FUNCTION {name}()",
    )
    try:
        yield
    finally:
        _run(f"DROP TRIGGER {name} ON {table}")


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        # no trigger may be pending while a table is changed
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
