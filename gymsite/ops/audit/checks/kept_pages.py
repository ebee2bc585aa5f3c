"""How many parts of pages were kept in the process already, over the last day."""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import percent
from gymsite.postgres.statements import statements

LEAST = 0.7
FEWEST = 500  # parts asked for

SQL = statements("gymsite.ops.audit", "kept_pages")
REQUESTS = statements("gymsite.ops.audit", "requests")


def judge(row: Row) -> Finding | None:
    if row["hits"] + row["misses"] < FEWEST or 1 - row["miss_share"] >= LEAST:
        return None
    return Finding(
        Level.WARNING,
        row["subject"],
        f"{percent(1 - row['miss_share'])} of {row['hits'] + row['misses']:,} parts "
        f"were kept; {percent(LEAST)} should be.",
        "Something writes to what the pages show all the time (look twice: which name "
        "in core_dataversion has another value?), or workers are restarted too often "
        "(gunicorn's max_requests), or there is more than the caches hold "
        "(docs/pages.md).",
    )


def sums(rows: Sequence[Row]) -> str:
    hits, misses = sum(row["hits"] for row in rows), sum(row["misses"] for row in rows)
    return (
        f"{percent(hits / (hits + misses))} of {hits + misses:,} parts"
        if rows
        else "no page that keeps parts"
    )


CHECK = Check(
    "kept_pages",
    "Seven of ten parts of a page are kept from before.",
    SQL.figures,
    judge,
    sums,
    REQUESTS.blind,
    {"miss_share": 1},
)
