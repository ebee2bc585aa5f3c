"""What the database itself says of its tables and indexes, and how an index is taken
away."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from psycopg import sql

# One row for each table that holds rows, a partition too, with the whole table that it
# belongs to.
TABLES = """
SELECT part.relname, coalesce(root.relname, part.relname), greatest(part.reltuples, 0)::bigint, part.relpages
FROM pg_class part LEFT JOIN pg_class root ON root.oid = pg_partition_root(part.oid)
WHERE part.relkind = 'r' AND part.relnamespace = 'public'::regnamespace
"""
INDEXES = """
SELECT root.relname, own.relname, kept.conname, kept.contype, pg_get_indexdef(root.oid), i.indisvalid,
       (SELECT sum(pg_relation_size(relid))::bigint
          FROM (SELECT root.oid::regclass AS relid UNION SELECT relid FROM pg_partition_tree(root.oid)) part),
       (SELECT array_agg(relid::regclass::text) FROM pg_partition_tree(root.oid))
FROM pg_index i
JOIN pg_class root ON root.oid = i.indexrelid
JOIN pg_class own ON own.oid = i.indrelid
LEFT JOIN pg_constraint kept ON kept.conindid = root.oid AND kept.contype IN ('p', 'u', 'x') AND kept.conrelid = own.oid
WHERE NOT root.relispartition AND root.relnamespace = 'public'::regnamespace
"""


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` is what the planner believes, ``pages`` what it reads in sequence."""

    name: str
    rows: int
    pages: int


@dataclass(frozen=True, slots=True)
class Index:
    """``size`` in bytes, all partitions together; ``constraint`` is the one that it
    enforces, if any."""

    name: str
    table: str
    constraint: str | None
    is_primary: bool
    definition: str
    is_valid: bool
    size: int

    @property
    def is_gin(self) -> bool:
        return " USING gin " in self.definition


@dataclass(frozen=True, slots=True)
class Catalog:
    """``tables`` are whole ones and partitions too; ``parts`` maps partitions, and
    their indexes, to the whole."""

    tables: dict[str, Table]
    indexes: dict[str, Index]
    parts: dict[str, str]

    def whole_table(self, name: str) -> str:
        return self.parts.get(name, name)

    def whole_index(self, name: str) -> str:
        return self.parts.get(name, name)

    def table_of(self, index: str) -> str | None:
        found = self.indexes.get(index)
        return found.table if found else None

    def bare(self, indexes: Iterable[str], fewest: int) -> list[str]:
        """The tables of these indexes that have fewer rows than it takes to tell
        anything."""
        tables = {self.indexes[name].table for name in indexes if name in self.indexes}
        return sorted(table for table in tables if self.tables[table].rows < fewest)

    def missing(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if name not in self.indexes]


def read() -> Catalog:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = cursor.fetchall()
        cursor.execute(INDEXES)
        indexes = cursor.fetchall()
    parts = {part: whole for part, whole, _, _ in tables}
    parts |= {part: row[0] for row in indexes for part in row[7] or ()}
    return Catalog(
        _sizes(tables),
        {
            row[0]: Index(row[0], row[1], row[2], row[3] == "p", row[4], row[5], row[6])
            for row in indexes
        },
        parts,
    )


def _sizes(parts: list[tuple[str, str, int, int]]) -> dict[str, Table]:
    found = {name: Table(name, rows, pages) for name, _, rows, pages in parts}
    for name, whole, rows, pages in parts:
        if name != whole:
            before = found.get(whole, Table(whole, 0, 0))
            found[whole] = Table(whole, before.rows + rows, before.pages + pages)
    return found


def drop(index: Index) -> None:
    """Take the index away, by its constraint where it has one. Only ever inside
    safety.rolled_back."""
    if index.constraint:
        statement = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
            sql.Identifier(index.table), sql.Identifier(index.constraint)
        )
    else:
        statement = sql.SQL("DROP INDEX {}").format(sql.Identifier(index.name))
    with connection.cursor() as cursor:
        cursor.execute(statement)
