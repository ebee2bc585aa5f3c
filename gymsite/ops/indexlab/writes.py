"""What an index costs a write: a batch of inserts with it and without it.

The batch goes into a copy of the table that exists in one transaction only and has all
its indexes, so the table itself is read and never locked, and no trigger or sequence is
touched. The copy holds the newest rows up to ROWS; the batch is the newest of all, as
new rows are. A GIN index does its work at once there, where else it would put it off to
some later insert, which then pays for all; beside one, the others' cost would be lost
in the noise, so they are measured without it.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import DatabaseError, connection, transaction
from psycopg import sql

from gymsite.ops.rig.queries.catalog import Catalog, Index
from gymsite.ops.rig.queries.safety import rolled_back
from gymsite.postgres.rows import execute, fetch_all, fetch_one
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.indexlab", "writes")

ROWS, BATCH, SMALLEST_BATCH = 100_000, 2_000, 100
FEWEST_ROUNDS, MOST_ROUNDS, ENOUGH_SECONDS = 5, 50, 0.3
COPY, NEW = "indexlab_copy", "indexlab_new"


@dataclass(frozen=True, slots=True)
class WriteCost:
    """Microseconds a row, with all other indexes of the table.

    ``rows`` were in the copy, ``batch`` came.
    """

    index: str
    rows: int
    batch: int
    with_it: float
    without: float

    @property
    def overhead(self) -> float:
        """0.2: a fifth more time for a row. Below 0 is noise."""
        return self.with_it / self.without - 1 if self.without else 0.0


def costs(names: Iterable[str], known: Catalog) -> dict[str, WriteCost]:
    """The cost of each index by its name.

    A table without enough rows, or that can't be copied, gives none.
    """
    by_table: dict[str, list[Index]] = {}
    for name in dict.fromkeys(names):
        if name in known.indexes:
            by_table.setdefault(known.indexes[name].table, []).append(
                known.indexes[name]
            )
    found: dict[str, WriteCost] = {}
    for table, indexes in by_table.items():
        try:
            found |= of_table(table, indexes, known)
        except DatabaseError:
            continue
    return found


def of_table(table: str, indexes: list[Index], known: Catalog) -> dict[str, WriteCost]:
    """Each index of a table, taken from one copy in turn.

    Rounds with all indexes lie in between.
    """
    batch = min(BATCH, known.tables[table].rows // 10)
    if batch < SMALLEST_BATCH:
        return {}
    with rolled_back(statement_ms=120_000):
        rows, batch = _copied(table, batch)
        copies = {}
        for n, index in enumerate(
            index for index in known.indexes.values() if index.table == table
        ):
            copies[index.name] = _copy_index(index, f"indexlab_{n}")
        heavy = {copies[name] for name in copies if known.indexes[name].is_gin}
        return {
            index.name: _cost(index.name, copies[index.name], heavy, (rows, batch))
            for index in indexes
        }


def _cost(name: str, copy: str, heavy: set[str], size: tuple[int, int]) -> WriteCost:
    """``size`` is rows and batch; ``heavy`` are copies of indexes that stand aside.

    Unless it is one itself.
    """
    others, times = heavy - {copy}, list[tuple[float, float]]()
    while len(times) < FEWEST_ROUNDS or (
        len(times) < MOST_ROUNDS and sum(map(sum, times)) < ENOUGH_SECONDS
    ):
        times.append((_inserted(without=others), _inserted(without={*others, copy})))
    # the least is what the work takes; all above it is what else the machine did
    kept, less = (min(side) / size[1] * 1e6 for side in zip(*times, strict=True))
    return WriteCost(name, *size, kept, less)


def _copied(table: str, batch: int) -> tuple[int, int]:
    """The newest rows as two tables, by their primary key; how many are in each."""
    like = sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING STORAGE INCLUDING GENERATED)")
    fill = sql.SQL(
        "INSERT INTO {} ({columns}) SELECT {columns} FROM {} ORDER BY {} OFFSET {} "
        "LIMIT {}"
    )
    key = fetch_one(SQL.key, {"table": table}).columns or ["ctid"]
    order = sql.SQL(", ").join(
        sql.SQL("{} DESC").format(sql.Identifier(column)) for column in key
    )
    counts = []
    with connection.cursor() as cursor:
        for name, start, count in ((COPY, batch, ROWS), (NEW, 0, batch)):
            source, target = sql.Identifier(table), sql.Identifier(name)
            cursor.execute(like.format(target, source))
            cursor.execute(
                fill.format(
                    target, source, order, start, count, columns=_columns(table)
                )
            )
            counts.append(cursor.rowcount)
    return counts[0], counts[1]


def _copy_index(index: Index, name: str) -> str:
    """The same index on the copy, under another name; that name.

    By ``CREATE INDEX a ON public.b USING btree (c)``.
    """
    unique = "UNIQUE " if index.definition.startswith("CREATE UNIQUE") else ""
    way = index.definition.partition(" USING ")[2]
    execute(f"CREATE {unique}INDEX {name} ON {COPY} USING {way}")
    if index.is_gin:
        execute(f"ALTER INDEX {name} SET (fastupdate = off)")
    return name


def _columns(table: str) -> sql.Composable:
    """All that are not generated."""
    found = fetch_all(SQL.columns, {"table": table})
    return sql.SQL(", ").join(sql.Identifier(row.name) for row in found)


def _inserted(*, without: set[str]) -> float:
    """Seconds that the batch takes, taken back again at once."""
    with transaction.atomic():
        if without:
            execute(f"DROP INDEX {', '.join(sorted(without))}")
        columns = _columns(COPY).as_string(None)
        began = time.perf_counter()
        execute(f"INSERT INTO {COPY} ({columns}) SELECT {columns} FROM {NEW}")
        took = time.perf_counter() - began
        transaction.set_rollback(True)
    return took
