"""How long an answer of the database server is on its way."""

import time
from collections.abc import Sequence
from statistics import median

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.postgres.rows import execute

FAR = 10  # ms, the reference's bound
TRIES = 15
NOTHING = "SELECT 1"


def rows() -> list[Row]:
    """The median of some answers to a statement that asks for nothing."""
    execute(NOTHING)
    times = []
    for _ in range(TRIES):
        began = time.perf_counter()
        execute(NOTHING)
        times.append(1000 * (time.perf_counter() - began))
    return [{"subject": "server", "milliseconds": median(times), "most": max(times)}]


def judge(row: Row) -> Finding | None:
    if row["milliseconds"] <= FAR:
        return None
    return Finding(
        Level.WARNING,
        row["subject"],
        f"An answer takes {row['milliseconds']:.1f} ms there and back, and a page "
        "waits for up to six, one after the other.",
        "Run the site where its database is: the same network, or at least region.",
    )


def sums(rows: Sequence[Row]) -> str:
    (row,) = rows
    return f"{row['milliseconds']:.2f} ms there and back"


CHECK = Check(
    "round_trip",
    "An answer of the server is back within 10 ms.",
    NOTHING,
    judge,
    sums,
    rows=rows,
)
