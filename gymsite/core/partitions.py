"""Monthly partitions of the tables that grow for ever."""

from datetime import date

from django.db import connection

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
