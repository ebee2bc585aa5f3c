"""Builds the tables anew in a schema of their own."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from gymsite.core.periods import months, next_month
from gymsite.ops.seed.catalog import STAGE, Blueprint
from gymsite.ops.seed.columns import DAY, Table, encode
from gymsite.ops.seed.jobs import Job, commit
from gymsite.ops.seed.plan import day_of

SMALL = 5_000  # rows up to which a table is made in a single job
NOTING = "*"  # no table: the turn to note foreign keys
# Two connections keep two cores busy without parallel workers. Compressing index pages
# for the write-ahead log takes as much time as building them and saves a fifth of their
# size, so where an account may (superusers do), it is left out.
SETTINGS = f"""
    SET search_path = {STAGE}, public;
    SET max_parallel_maintenance_workers = 0;
    SET max_parallel_workers_per_gather = 0;
    SET maintenance_work_mem = '512MB';
    SET work_mem = '64MB';
    SET synchronous_commit = off;
    SET statement_timeout = 0;
    SET client_connection_check_interval = '1s';
    SELECT set_config('wal_compression', 'off', false)
    WHERE has_parameter_privilege('wal_compression', 'SET');
"""


def prepare(connection: psycopg.Connection) -> None:
    """Settings of a connection that builds: its names mean the new tables first.

    And it notices when we are killed.
    """
    connection.execute(SETTINGS)
    connection.commit()


def jobs_for(plan: Blueprint, table: Table, digests: dict[str, str]) -> Iterator[Job]:
    """All jobs of one table but its foreign keys.

    The last one, named like the table, is done when all of them are.
    """
    name, rows = plan.name, len(table)
    here = frozenset([name])
    load = _loader(plan, table, digests)
    finish = [*map(_build, plan.of_indexes.values()), commit, _analyse(name)]
    if rows <= SMALL:
        yield Job(
            name,
            _all_of(
                load,
                *map(_build, (*plan.keys.values(), *plan.indexes.values())),
                *finish,
            ),
            locks=here,
            urgency=2,
            rows=rows,
        )
        return
    yield Job(f"{name} rows", load, locks=here, urgency=9, rows=rows)
    parts = plan.keys | plan.indexes
    for part, statement in parts.items():
        exclusive = part in plan.keys
        yield Job(
            f"{name} {part}",
            _build(statement),
            after=frozenset([f"{name} rows"]),
            locks=here if exclusive else frozenset(),
            uses=frozenset() if exclusive else here,
            urgency=_urgency(statement) + rows / 1e7,
        )
    yield Job(
        name,
        _all_of(*finish),
        after=frozenset(f"{name} {part}" for part in parts),
        locks=here,
        urgency=4,
    )


def _urgency(statement: str) -> float:
    """The slow ones first, the slowest even before further rows.

    It reads the whole index for every row; so neither connection is left alone with one
    at the end.
    """
    if "EXCLUDE" in statement:
        return 10
    return 7 if "USING gin" in statement else 5


def foreign_key_jobs(plan: Blueprint, new: set[str]) -> Iterator[Job]:
    """Foreign keys, first noted and then checked against the rows, and the triggers.

    Noting locks both ends, so one table at a time does it, or two could wait for each
    other; checking locks nobody out. PostgreSQL knows no unchecked foreign keys of
    partitioned tables: theirs are made in one go, both ends locked.
    """
    targets, here = plan.refers_to & new - {plan.name}, frozenset([plan.name])
    notes = (
        []
        if plan.partition_by
        else [f"{statement} NOT VALID" for statement in plan.foreign_keys.values()]
    )
    checks = [
        f'ALTER TABLE {STAGE}.{plan.name} VALIDATE CONSTRAINT "{name}"'
        for name in plan.foreign_keys
    ]
    if plan.partition_by:
        checks = list(plan.foreign_keys.values())
    yield Job(
        f"{plan.name} noted",
        _all_of(*map(_build, notes), lambda connection: add_triggers(connection, plan)),
        after=frozenset({*targets, plan.name}),
        locks=frozenset([plan.name, NOTING]),
        urgency=3.5,
    )
    yield Job(
        f"{plan.name} foreign keys",
        _one_by_one(checks),
        after=frozenset([f"{plan.name} noted"]),
        locks=here | targets if plan.partition_by else here,
        urgency=3.2 if plan.partition_by else 3,
    )


def _one_by_one(statements: list[str]) -> Callable[[psycopg.Connection], None]:
    def run(connection: psycopg.Connection) -> None:
        for statement in statements:
            connection.execute(statement)
            connection.commit()

    return run


def _all_of(
    *steps: Callable[[psycopg.Connection], object],
) -> Callable[[psycopg.Connection], None]:
    def run(connection: psycopg.Connection) -> None:
        for step in steps:
            step(connection)

    return run


def _loader(
    plan: Blueprint, table: Table, digests: dict[str, str]
) -> Callable[[psycopg.Connection], None]:
    """Create and fill the table in one transaction: its rows are frozen."""

    def run(connection: psycopg.Connection) -> None:
        create(connection, plan)
        types = {
            name: kind for name, kind in plan.columns.items() if name in table.columns
        }
        digest = hashlib.blake2b(digest_size=16)
        for target, start, stop in _parts(connection, plan, table):
            if stop > start:
                _copy(connection, target, table, types, start, stop, digest)
        digests[plan.name] = digest.hexdigest()
        _set_sequences(connection, plan, len(table))

    return run


def create(connection: psycopg.Connection, plan: Blueprint) -> None:
    """The table without indexes, keys and triggers."""
    by = f"PARTITION BY {plan.partition_by}" if plan.partition_by else ""
    connection.execute(
        f"CREATE TABLE {STAGE}.{plan.name} (LIKE public.{plan.name} INCLUDING ALL "
        f"EXCLUDING INDEXES) {by}"
    )
    for counter, kind in plan.counters:
        connection.execute(f"ALTER SEQUENCE {STAGE}.{counter} AS {kind}")
    if plan.comment:
        connection.execute(
            sql.SQL("COMMENT ON TABLE {} IS {}").format(
                sql.Identifier(STAGE, plan.name), plan.comment
            )
        )


def _parts(
    connection: psycopg.Connection, plan: Blueprint, table: Table
) -> Iterator[tuple[str, int, int]]:
    """(table, first row, end) to copy; monthly partitions are made here."""
    if not plan.partition_by:
        yield plan.name, 0, len(table)
        return
    bounds = dict(plan.partitions)
    at: Any = table.columns.get("at")
    edges = {}
    if len(table):
        ahead = next_month(next_month(day_of(at[-1] // DAY)))
        for first, following in months(day_of(at[0] // DAY), ahead):
            name = f"{plan.name}_{first:%Y_%m}"
            bounds.setdefault(
                name,
                f"FOR VALUES FROM ('{first} 00:00+00') TO ('{following} 00:00+00')",
            )
            edges[name] = (first, following)
    for name, bound in sorted(bounds.items()):
        connection.execute(
            f"CREATE TABLE {STAGE}.{name} PARTITION OF {STAGE}.{plan.name} {bound}"
        )
        if name in edges:
            days = ((day - date(2000, 1, 1)).days for day in edges[name])
            start, stop = (int(at.searchsorted(day * DAY)) for day in days)
            yield name, start, stop


def _copy(
    connection: psycopg.Connection,
    target: str,
    table: Table,
    types: dict[str, str],
    start,
    stop,
    digest,
) -> None:
    names = ", ".join(f'"{name}"' for name in types)
    with (
        connection.cursor() as cursor,
        cursor.copy(
            f"COPY {STAGE}.{target} ({names}) FROM STDIN (FORMAT BINARY, FREEZE)"
        ) as stream,
    ):
        for block in encode(table, types, start, stop):
            digest.update(block)
            stream.write(block)


def _set_sequences(connection: psycopg.Connection, plan: Blueprint, rows: int) -> None:
    """New rows get the numbers after the seed's.

    Only sequences of the new table; others are set on publishing.
    """
    if plan.has_id and not plan.sequences:
        connection.execute(
            f"ALTER TABLE {STAGE}.{plan.name} ALTER COLUMN id RESTART WITH {rows + 1}"
        )


def _build(statement: str) -> Callable[[psycopg.Connection], object]:
    return lambda connection: connection.execute(statement)


def _analyse(table: str) -> Callable[[psycopg.Connection], object]:
    return lambda connection: connection.execute(f"ANALYZE {STAGE}.{table}")


def add_triggers(connection: psycopg.Connection, plan: Blueprint) -> None:
    """Triggers with comments and states, last: the seed's rows need none of them."""
    for name, definition, enabled, comment in plan.triggers:
        connection.execute(definition)
        where = sql.Identifier(STAGE, plan.name)
        if comment:
            connection.execute(
                sql.SQL("COMMENT ON TRIGGER {} ON {} IS {}").format(
                    sql.Identifier(name), where, comment
                )
            )
        if enabled != "O":
            how = {"D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}[enabled]
            connection.execute(
                sql.SQL(f"ALTER TABLE {{}} {how} TRIGGER {{}}").format(
                    where, sql.Identifier(name)
                )
            )
