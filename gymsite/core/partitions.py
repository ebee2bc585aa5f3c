"""Monthly partitions of the tables that grow for ever."""

from datetime import date

from django.db import connection, transaction

from .periods import months


def ensure(table: str, first: date, last: date) -> list[str]:
    """Make the partitions of ``table`` for the months (UTC) of ``first`` to ``last`` that are missing; their names."""
    made = []
    with connection.cursor() as cursor:
        for month, following in months(first, last):
            name = f"{table}_{month:%Y_%m}"
            cursor.execute("SELECT to_regclass(%s) IS NULL", [name])
            if cursor.fetchone()[0]:
                cursor.execute(
                    f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {table} "
                    f"FOR VALUES FROM ('{month} 00:00+00') TO ('{following} 00:00+00')"
                )
                made.append(name)
    return made


@transaction.atomic
def drop_before(table: str, month: date) -> list[str]:
    """Drop the partitions of the months before ``month``'s; their names. Waits for readers five seconds at most."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid"
            " WHERE inhparent = %s::regclass AND relname < %s ORDER BY relname",
            [table, f"{table}_{month:%Y_%m}"],
        )
        old = [name for (name,) in cursor.fetchall()]
        cursor.execute("SET LOCAL lock_timeout = '5s'")
        for name in old:
            cursor.execute(f"DROP TABLE {name}")
    return old
