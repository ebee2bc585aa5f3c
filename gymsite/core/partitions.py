"""Monthly partitions of the tables that grow for ever, and a default for other rows.

The default partition takes the rows of a month that has no partition. Partitions are
made, and dropped, while the house is open. A month is made beside its table, filled
with what the default partition holds of it, and attached. Attaching locks the default
partition against everybody, and what the foreign keys point at (accounts, branches,
bookings) against writers. One statement asks for all of these locks within 100 ms: when
somebody holds a transaction open, nobody waits longer behind it, and the job tries
again after a pause. A try is one transaction, so one that is killed leaves nothing.

The foreign keys are made by attaching. Made beforehand, they have triggers of their own
on what they point at, which attaching drops, and that locks readers out too
(tests/races/test_partitions.py).
"""

import time
from collections.abc import Callable
from datetime import date
from functools import partial

from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper

from gymsite.core.periods import months, next_month
from gymsite.postgres.rows import fetch_all, fetch_one
from gymsite.postgres.statements import statements

SQL = statements("gymsite.core", "partitions")

TRIES = 40
PAUSE = 0.5  # seconds between two tries, for those who waited behind the first
LONGEST_WAIT = "100ms"  # of a try for its locks, and of those who queue behind it
# of each later statement of the try, such as the move of the default partition's rows
LONGEST_HELD = "5s"
# lock not available, statement cancelled, deadlock
PASSES = {"55P03", "57014", "40P01"}


class StillInUse(Exception):
    """Somebody held the tables at every try.

    The caller may ask again later; until then the default takes rows.
    """


def keep_ahead(table: str, today: date) -> list[str]:
    """Make the partitions of this month (UTC) and two further ones; return their names.

    It also makes those of the months that the default holds rows of. Raises StillInUse.
    """
    made = ensure(table, today, next_month(next_month(today)))
    return made + [
        name
        for month in _months_of_the_default(table)
        for name in ensure(table, month, month)
    ]


def _months_of_the_default(table: str) -> list[date]:
    default, _ = _neighbours(table)
    if not default:
        return []
    found = fetch_all(
        "SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC')::date AS month "
        f"FROM {default} ORDER BY 1 LIMIT 24"
    )
    return [row.month for row in found]


def ensure(table: str, first: date, last: date) -> list[str]:
    """Make the missing partitions of ``table`` from ``first``'s month to ``last``'s.

    Months are in UTC. Returns their names; raises StillInUse.
    """
    made = []
    for month, following in months(first, last):
        name = f"{table}_{month:%Y_%m}"
        bounds = f"'{month} 00:00+00'", f"'{following} 00:00+00'"
        if _in_short_tries(table, partial(_make, table, name, bounds)):
            made.append(name)
    return made


def ensure_default(table: str) -> bool:
    """Make the partition of ``table`` for rows that no month takes.

    Returns whether it was missing; raises StillInUse.
    """
    return _in_short_tries(table, partial(_make, table, f"{table}_default", None))


def drop_before(table: str, month: date) -> list[str]:
    """Drop the partitions of the months before ``month``'s; return their names.

    Raises StillInUse.
    """
    values = {"table": table, "name": f"{table}_{month:%Y_%m}"}
    old = [row.name for row in fetch_all(SQL.months_before, values)]
    return [name for name in old if _in_short_tries(table, partial(_drop, table, name))]


def _in_short_tries(table: str, act: Callable[[CursorWrapper], bool]) -> bool:
    """What ``act`` returns; each try runs in a transaction of its own.

    A try waits for other changes of this table's partitions to end.
    """
    for number in range(TRIES):
        if number:
            time.sleep(PAUSE)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_advisory_xact_lock(hashtext('partitions of ' || %s))",
                    [table],
                )
                return act(cursor)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) not in PASSES:
                raise
            last = error
    raise StillInUse(f"{table} was in use at each of {TRIES} tries.") from last


def _make(
    table: str, name: str, bounds: tuple[str, str] | None, cursor: CursorWrapper
) -> bool:
    if _exists(name):
        return False
    default, referred_to = _neighbours(table)
    within = f"at >= {bounds[0]} AND at < {bounds[1]}" if bounds else "true"
    _make_beside(cursor, table, name, within, default)
    before = _wait_shortly(
        cursor,
        f"LOCK TABLE ONLY {table} IN SHARE UPDATE EXCLUSIVE MODE",
        *([f"LOCK TABLE {default} IN ACCESS EXCLUSIVE MODE"] if default else []),
        *(
            [f"LOCK TABLE {', '.join(referred_to)} IN SHARE ROW EXCLUSIVE MODE"]
            if referred_to
            else []
        ),
    )
    if default:
        # the month's rows leave the default; those not copied yet are added
        cursor.execute(
            f"WITH moved AS (DELETE FROM {default} WHERE {within} RETURNING *) "
            f"INSERT INTO {name} SELECT * FROM moved ON CONFLICT DO NOTHING"
        )
    values = f"FOR VALUES FROM ({bounds[0]}) TO ({bounds[1]})" if bounds else "DEFAULT"
    cursor.execute(f"ALTER TABLE {table} ATTACH PARTITION {name} {values}")
    cursor.execute(f"ALTER TABLE {name} DROP CONSTRAINT {name}_bounds")
    _set_timeout(cursor, before)
    return True


def _make_beside(
    cursor: CursorWrapper, table: str, name: str, within: str, default: str | None
) -> None:
    """Make and fill a table that attaching need not read.

    Its constraint says what it holds, and nobody waits for it to be filled. What a
    partition holds is never changed or deleted, so a copy of it stays true.
    """
    cursor.execute(
        f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL, CONSTRAINT {name}_bounds "
        f"CHECK ({within}))"
    )
    if default:
        cursor.execute(f"INSERT INTO {name} SELECT * FROM {default} WHERE {within}")


def _drop(table: str, name: str, cursor: CursorWrapper) -> bool:
    if not _exists(name):
        return False
    default, _ = _neighbours(table)
    before = _wait_shortly(
        cursor,
        f"LOCK TABLE ONLY {table} IN ACCESS EXCLUSIVE MODE",
        (
            f"LOCK TABLE {name}{f', {default}' if default else ''} IN ACCESS EXCLUSIVE "
            "MODE"
        ),
    )
    cursor.execute(f"DROP TABLE {name}")
    _set_timeout(cursor, before)
    return True


def _exists(name: str) -> bool:
    found = fetch_one("SELECT to_regclass(%(name)s) AS table", {"name": name})
    return found.table is not None


def _neighbours(table: str) -> tuple[str | None, list[str]]:
    return fetch_one(SQL.neighbours, {"table": table})


def _wait_shortly(cursor: CursorWrapper, *locks: str) -> str:
    """Take all of these locks within 100 ms, or raise OperationalError.

    Returns the statement time-out that held before.
    """
    before = fetch_one("SHOW statement_timeout").statement_timeout
    _set_timeout(cursor, LONGEST_WAIT)
    # one statement, so one time-out for all of them
    cursor.execute(f"DO $$ BEGIN {'; '.join(locks)}; END $$")
    _set_timeout(cursor, LONGEST_HELD)
    return before


def _set_timeout(cursor: CursorWrapper, value: str) -> None:
    cursor.execute("SELECT set_config('statement_timeout', %s, true)", [value])
