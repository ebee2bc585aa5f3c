"""Standbys that fall behind, and replication slots that nobody reads: they keep old log
files and dead rows."""

from collections.abc import Sequence

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.ops.reporting.figures import size, span

LATE, TOO_LATE = 10, 300  # seconds
MUCH = 2**30  # bytes of log kept for somebody who is not there

SQL = """
SELECT 'standby ' || coalesce(nullif(application_name, ''), client_addr::text, pid::text) AS subject, state,
    coalesce(extract(epoch FROM replay_lag), 0)::float8 AS seconds,
    coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)::float8 AS bytes
FROM pg_stat_replication WHERE NOT pg_is_in_recovery()
UNION ALL
SELECT 'slot ' || slot_name, CASE WHEN active THEN 'active' ELSE 'inactive' END, 0,
    coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::float8
FROM pg_replication_slots WHERE NOT pg_is_in_recovery() AND NOT temporary
UNION ALL
SELECT 'this standby', 'replaying', extract(epoch FROM now() - pg_last_xact_replay_timestamp())::float8,
    pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::float8
WHERE pg_is_in_recovery()
"""
# whether there is a standby at all, everybody may see; how far it is, not
BLIND = """
SELECT format('how far %s standbys are behind; as superuser: GRANT pg_monitor TO %I;', count(*), current_user) AS reason
FROM pg_stat_replication WHERE NOT pg_has_role('pg_read_all_stats', 'USAGE') HAVING count(*) > 0
"""


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
    SQL,
    judge,
    sums,
    BLIND,
    {"seconds": 1},
)
