"""What a member may pay a class with."""

import json
from datetime import date
from typing import Any

from django.db import connection

from ..rules import Cover

# The memberships of one member that have not ended, with what is used in the period of one date, as rows of JSON:
# so that bookings.queries.eligibility gets them in its one statement. {member} and {day} are SQL expressions of the
# statement it becomes a part of, never values.
COVERS = """
    SELECT jsonb_agg(jsonb_build_array(
        m.id, m.status, m.is_base, m.starts_on, m.ends_on, p.name, p.kind, p.period, p.classes, p.branch_id,
        p.includes_classes, p.booking_window_days, a.id, COALESCE(a.used, 0), a.granted
    ) ORDER BY m.is_base DESC, m.ends_on, m.id)
    FROM memberships_membership m
    JOIN memberships_plan p ON p.id = m.plan_id
    LEFT JOIN memberships_allowance a
        ON a.membership_id = m.id AND {day} BETWEEN a.starts_on AND a.ends_on
    WHERE m.member_id = {member} AND m.status <> 'ended'
"""


def read_covers(rows: list[list[Any]] | None) -> tuple[Cover, ...]:
    """The dataclasses of COVERS' JSON; base membership first, then packs by their end."""
    return tuple(
        Cover(row[0], row[1], row[2], date.fromisoformat(row[3]), row[4] and date.fromisoformat(row[4]), *row[5:])
        for row in rows or ()
    )


def covers(member_id: int, day: date) -> tuple[Cover, ...]:
    """Every membership of a member that has not ended, as of a class on ``day``."""
    with connection.cursor() as cursor:
        cursor.execute(
            COVERS.format(member="%(member)s::bigint", day="%(day)s::date"), {"member": member_id, "day": day}
        )
        (rows,) = cursor.fetchone()
    return read_covers(json.loads(rows) if isinstance(rows, str) else rows)
