"""What PostgreSQL knows of the tables to exchange: enough to build each again."""

import re
from dataclasses import dataclass, field
from typing import Any

import psycopg

from gymsite.ops.seed import declared
from gymsite.postgres.rows import fetch_from
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.seed", "catalog")

STAGE = "gymsite_seed"

# Kind and columns of a key that an index can be made for first: while that is built so
# may others be, but a constraint wants the table to itself. What is deferrable or takes
# NULLs for equal is left as it is.
PLAIN_KEY = re.compile(r"(PRIMARY KEY|UNIQUE) (\(.*\))")


@dataclass(slots=True)
class Blueprint:
    """One table as it has to be made again.

    ``keys`` are its primary, unique and exclusion constraints but for those
    ``of_indexes``, ``sequences`` those that a column owns without being its identity,
    ``counters`` the identities' own with their types. Keys, indexes and triggers are
    statements that make them in the schema ``STAGE``.
    """

    name: str
    partition_by: str | None
    comment: str | None
    columns: dict[str, str]
    keys: dict[str, str]
    of_indexes: dict[str, str]
    foreign_keys: dict[str, str]
    indexes: dict[str, str]
    triggers: list[tuple[str, str, str, str | None]]
    partitions: dict[str, str]
    sequences: list[tuple[str, str]]
    counters: list[tuple[str, str]]
    refers_to: set[str] = field(default_factory=set)

    @property
    def has_id(self) -> bool:
        return self.columns.get("id") in ("int4", "int8")


def blueprints(
    connection: psycopg.Connection, names: list[str]
) -> dict[str, Blueprint]:
    """The tables ``names`` and all that refer to them.

    Raises LookupError for one that is not there.
    """
    with connection.transaction():
        # definitions name only what lies outside of public
        connection.execute("SET LOCAL search_path = public")
        tables = fetch_from(connection, SQL.closure, {"names": names})
        if missing := set(names) - {table.name for table in tables}:
            raise LookupError(
                f"There is no table {', '.join(sorted(missing))}. Run `manage.py "
                "migrate` first."
            )
        found = {table.name: _blueprint(connection, table) for table in tables}
        for name, target in fetch_from(connection, SQL.references):
            if name in found:
                found[name].refers_to.add(target)
    return found


def _blueprint(connection: psycopg.Connection, table: Any) -> Blueprint:
    name = table.name

    def rows(statement: str) -> list[Any]:
        return fetch_from(connection, statement, {"table": table.oid})

    def made(part: str, otherwise: str) -> str:
        return staged(declared.statements().get((name, part), otherwise), name)

    keys = rows(SQL.keys)
    plain = {
        key.name: found.groups()
        for key in keys
        if not table.partition_by and (found := PLAIN_KEY.fullmatch(key.definition))
    }
    whole = [key for key in keys if key.kind != "f" and key.name not in plain]
    indexes = {
        part: f'CREATE UNIQUE INDEX "{part}" ON {STAGE}.{name} {listed}'
        for part, (_, listed) in plain.items()
    }
    return Blueprint(
        name=name,
        partition_by=table.partition_by,
        comment=table.comment,
        columns=dict(rows(SQL.columns)),
        keys={
            key.name: made(key.name, added(name, key.name, key.definition))
            for key in whole
        },
        of_indexes={
            part: added(name, part, f'{kind} USING INDEX "{part}"')
            for part, (kind, _) in plain.items()
        },
        foreign_keys={
            key.name: added(name, key.name, key.definition)
            for key in keys
            if key.kind == "f"
        },
        indexes=indexes | {part: made(part, text) for part, text in rows(SQL.indexes)},
        triggers=[
            (row.name, made(row.name, row.definition), row.enabled, row.comment)
            for row in rows(SQL.triggers)
        ],
        partitions=dict(rows(SQL.partitions)),
        sequences=rows(SQL.sequences),
        counters=rows(SQL.counters),
    )


def added(table: str, name: str, definition: str) -> str:
    return f'ALTER TABLE {STAGE}.{table} ADD CONSTRAINT "{name}" {definition}'


def staged(statement: str, table: str) -> str:
    """A statement about a live table as one about the new table of that name."""
    live = rf'(\sON|^ALTER TABLE)\s+(?:ONLY\s+)?(?:public\.)?"?{table}"?(?=[\s(])'
    return re.sub(live, rf"\1 {STAGE}.{table}", statement, count=1)


def staged_tables(connection: psycopg.Connection) -> list[str]:
    """Names in the schema ``STAGE``, those of partitioned tables last."""
    return [row.name for row in fetch_from(connection, SQL.staged, {"schema": STAGE})]


def facts(connection: psycopg.Connection, names: list[str]) -> set[tuple[str, str]]:
    """(table, fact) of everything that the exchange must keep."""
    return {*fetch_from(connection, SQL.facts, {"names": names})}
