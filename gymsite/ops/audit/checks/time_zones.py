"""Python and PostgreSQL bring their own rules of time zones: they must be the same.

Python computes when a session starts; PostgreSQL groups the charts and judges the
invariants.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.postgres.statements import statements

HOUR = 3600

SQL = statements("gymsite.ops.audit", "time_zones")

REMEDY = (
    "Upgrade the older of the two: tzdata of the system (or the package tzdata) for "
    "Python; for PostgreSQL, as it was built, that of its machine or its own, with its "
    "next minor release. Restart both, the worker too, then: manage.py walltimes"
)


def judge(row: Row) -> Finding | None:
    try:
        zone = ZoneInfo(row["subject"])
    except ZoneInfoNotFoundError:
        return _finding(row, "Python does not know it.")
    if not row["known"]:
        return _finding(row, "PostgreSQL does not know it.")
    return _difference(row, zone)


def _difference(row: Row, zone: ZoneInfo) -> Finding | None:
    """The first hour at which the two clocks differ."""
    theirs, offset = dict(zip(row["at"], row["seconds"], strict=True)), 0
    for at in range(row["since"], row["until"] + HOUR, HOUR):
        offset, here = theirs.get(at, offset), datetime.fromtimestamp(at, zone)
        if here.utcoffset() != timedelta(seconds=offset):
            there = here.astimezone(UTC) + timedelta(seconds=offset)
            first = f"{here.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            return _finding(
                row,
                f"At {first} it is {here:%H:%M} by Python and {there:%H:%M} by "
                "PostgreSQL.",
            )
    return None


def _finding(row: Row, says: str) -> Finding:
    branches = (
        "1 branch goes" if row["branches"] == 1 else f"{row['branches']} branches go"
    )
    return Finding(
        Level.WARNING, row["subject"], f"{branches} by {row['subject']}. {says}", REMEDY
    )


def sums(rows: Sequence[Row]) -> str:
    return f"{len(rows)} zones, the next 365 days"


CHECK = Check(
    "time_zones",
    "Python and PostgreSQL have the same time at every branch.",
    SQL.figures,
    judge,
    sums,
)
