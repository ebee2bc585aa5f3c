"""What the database says of its tables and indexes; how an index is taken away."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from psycopg import sql

from gymsite.postgres.rows import fetch_all
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.rig.queries", "catalog")


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` is what the planner believes, ``pages`` what it reads in sequence."""

    name: str
    rows: int
    pages: int


@dataclass(frozen=True, slots=True)
class Index:
    """``size`` in bytes of all partitions; ``constraint`` is what it enforces."""

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
    """``tables`` are whole ones and partitions; ``parts`` maps parts to the whole."""

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
        """The tables of these indexes with fewer rows than it takes to tell."""
        tables = {self.indexes[name].table for name in indexes if name in self.indexes}
        return sorted(table for table in tables if self.tables[table].rows < fewest)

    def missing(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if name not in self.indexes]


def read() -> Catalog:
    tables = fetch_all(SQL.tables)
    sizes = {row.name: Table(row.name, row.rows, row.pages) for row in tables}
    parts = {row.name: row.whole for row in tables}
    for row in tables:
        if row.name != row.whole:
            before = sizes.get(row.whole, Table(row.whole, 0, 0))
            sizes[row.whole] = Table(
                row.whole, before.rows + row.rows, before.pages + row.pages
            )
    indexes: dict[str, Index] = {}
    for row in fetch_all(SQL.indexes):
        values = row._asdict()
        parts |= dict.fromkeys(values.pop("parts") or (), row.name)
        indexes[row.name] = Index(**values)
    return Catalog(sizes, indexes, parts)


def drop(index: Index) -> None:
    """Take the index away, by its constraint where it has one.

    Only ever inside safety.rolled_back.
    """
    if index.constraint:
        statement = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
            sql.Identifier(index.table), sql.Identifier(index.constraint)
        )
    else:
        statement = sql.SQL("DROP INDEX {}").format(sql.Identifier(index.name))
    with connection.cursor() as cursor:
        cursor.execute(statement)
