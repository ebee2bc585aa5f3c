"""Standbys that fall behind, and replication slots that nobody reads.

A slot keeps old log files and dead rows.
"""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import size, span
from gymsite.postgres.statements import statements

LATE, TOO_LATE = 10, 300  # seconds
MUCH = 2**30  # bytes of log kept for somebody who is not there

SQL = statements("gymsite.ops.audit", "replication")


def judge(row: Row) -> Finding | None:
    if row["state"] == "inactive":
        return _deserted(row)
    if row["seconds"] < LATE or not row["bytes"]:
        return None
    return Finding(
        Level.CRITICAL if row["seconds"] >= TOO_LATE else Level.WARNING,
        row["subject"],
        f"{span(row['seconds'])} and {size(row['bytes'])} behind.",
        "Look at the standby's disk and network, and for a long query there that holds "
        "the replay up (max_standby_streaming_delay).",
    )


def _deserted(row: Row) -> Finding | None:
    """A slot's log is kept until somebody reads it, and nobody does."""
    return Finding(
        Level.CRITICAL if row["bytes"] >= MUCH else Level.WARNING,
        row["subject"],
        f"Nobody reads it, and {size(row['bytes'])} of log are kept for it; the disk "
        "fills up.",
        "Start its reader again, or SELECT "
        f"pg_drop_replication_slot('{row['subject'].removeprefix('slot ')}');",
    )


def sums(rows: Sequence[Row]) -> str:
    return (
        ", ".join(f"{row['subject']} {row['state']}" for row in rows)
        or "no standby, no slot"
    )


CHECK = Check(
    "replication",
    "Standbys keep up, and no slot is deserted.",
    SQL.figures,
    judge,
    sums,
    SQL.blind,
    {"seconds": 1},
)
