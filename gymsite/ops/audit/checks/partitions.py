"""Monthly partitions made ahead.

What comes without its month goes to the default partition, or nowhere.
"""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.audit", "partitions")


def judge(row: Row) -> Finding | None:
    says = _default_says(row) if row["months_ahead"] is None else _month_says(row)
    if not says:
        return None
    level = (
        Level.WARNING if row["has_default"] or row["months_ahead"] else Level.CRITICAL
    )
    return Finding(level, row["subject"], says, _remedy(row["table"]))


def _default_says(row: Row) -> str:
    if not row["default_holds_rows"]:
        return ""
    return (
        f"{row['subject']} holds rows whose months were not made in time: each query "
        f"of {row['table']} reads it."
    )


def _month_says(row: Row) -> str:
    if row["made"]:
        return ""
    lost = (
        "rows go to its default partition"
        if row["has_default"]
        else "no row can be written"
    )
    this = not row["months_ahead"]
    when = "this month: " if this else "the next month: from then on "
    return f"{row['table']} has no partition for {when}{lost}."


def _remedy(table: str) -> str:
    job = f"{table.partition('_')[0]}.make_partitions"
    return (
        f"See that the worker runs: its job {job} makes months, and moves rows into "
        f"them, when it starts and each night; `manage.py procrastinate defer {job}` "
        "starts it now."
    )


def sums(rows: Sequence[Row]) -> str:
    months = [row for row in rows if row["months_ahead"] is not None]
    return (
        f"{sum(row['made'] for row in months)} of {len(months)} made, of "
        f"{len({row['table'] for row in rows})} tables"
    )


CHECK = Check(
    "partitions",
    "This month's and the next month's partitions are made, and no default one holds "
    "rows.",
    SQL.figures,
    judge,
    sums,
)
