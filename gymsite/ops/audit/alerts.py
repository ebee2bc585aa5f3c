"""Alerts of the last whole hour, for staff: what of it passed its bound."""

from datetime import UTC, datetime, timedelta

from gymsite.core.models import AnswerAlert
from gymsite.core.operations import alerts
from gymsite.ops.audit.checks.request_times import SQL
from gymsite.ops.audit.hours import BOUNDS, WATCHED, Bound
from gymsite.ops.audit.model import Row
from gymsite.postgres.rows import fetch_all


def look(*, now: datetime) -> list[AnswerAlert]:
    """Judge the whole hour before ``now``; return the alerts that are new.

    A figure of which too few samples tell is neither bad nor good.
    """
    end = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    hour = end - timedelta(hours=1)
    rows: list[Row] = fetch_all(SQL.figures, {"hours": 1, "until": end}, dict)
    told = [
        (row, bound)
        for row in rows
        for bound in BOUNDS
        if row["subject"] in WATCHED and bound.is_told_by(row)
    ]
    bad = [_alert(row, bound, hour) for row, bound in told if bound.is_passed_by(row)]
    good = {
        (row["subject"], bound.figure)
        for row, bound in told
        if not bound.is_passed_by(row)
    }
    return alerts.judge_hour(hour=hour, bad=bad, good=good, now=now)


def _alert(row: Row, bound: Bound, hour: datetime) -> AnswerAlert:
    return AnswerAlert(
        endpoint=row["subject"],
        figure=bound.figure,
        hour=hour,
        value=row[bound.figure],
        bound=bound.limit,
        requests=row["requests"],
        query=(row["slow_query"] or "") if bound.figure == "slow_share" else "",
    )
