"""A row that can't be written: the fault that a job's fence is tried with, planted in
the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def stuck(table: str, **where: int | str) -> Iterator[None]:
    """Within it the database refuses every change of the rows of ``table`` whose
    columns are ``where``."""
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
        # none may be pending while a table is changed
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
