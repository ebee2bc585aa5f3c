"""What a member may pay a class with."""

import json
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection

from gymsite.core.periods import local_day
from memberships.rules import Cover

# Whether a membership m was ever paid for, or costs nothing.
WAS_PAID = """
        NOT EXISTS (SELECT FROM memberships_billingperiod b WHERE b.membership_id = m.id AND b.payment_id IS NOT NULL)
        OR EXISTS (
            SELECT FROM memberships_billingperiod b JOIN payments_payment p ON p.id = b.payment_id
            WHERE b.membership_id = m.id AND p.status IN ('paid', 'refunded')
        )
"""
# The memberships of one member that have not ended, with what is used in the period of
# one date, as rows of JSON: so that bookings.queries.eligibility gets them in its one
# statement. {member} and {day} are SQL expressions of the statement it becomes a part
# of, never values. The period's first day is what rules.counted_in says, so that what
# is judged is what is charged, and a membership is never there twice. The last value is
# whether it was ever paid for.
COVERS = f"""
    SELECT jsonb_agg(jsonb_build_array(
        m.id, m.status, m.is_base, m.starts_on, m.ends_on, m.plan_name, m.kind, m.period, m.classes,
        m.only_branch_id, m.includes_classes, m.booking_window_days, a.id, COALESCE(a.used, 0), a.granted,
        {WAS_PAID}
    ) ORDER BY m.is_base DESC, m.ends_on, m.id)
    FROM memberships_membership m
    LEFT JOIN memberships_allowance a ON m.kind <> 'unlimited' AND a.membership_id = m.id
        AND a.starts_on = CASE WHEN m.kind = 'pack' THEN m.starts_on
            ELSE date_trunc(m.period, {{day}}::timestamp)::date END
    WHERE m.member_id = {{member}} AND m.status <> 'ended'
"""

# The memberships of one member whose first price is still to be taken.
UNPAID = f"""
    SELECT m.id FROM memberships_membership m
    WHERE m.member_id = {{member}} AND m.status <> 'ended' AND NOT ({WAS_PAID})
"""

# The same as of the member's own day: at the branch they go to, or else at their
# membership's.
COVERS_OF_TODAY = f"""
SELECT here.today, ({COVERS.format(member="%(member)s::bigint", day="here.today")})
FROM (SELECT (
    SELECT (%(now)s::timestamptz AT TIME ZONE branch.time_zone)::date
    FROM core_branch branch WHERE branch.id = coalesce(
        (SELECT home_branch_id FROM core_user WHERE id = %(member)s),
        (SELECT branch_id FROM memberships_membership WHERE member_id = %(member)s AND status <> 'ended'
         ORDER BY is_base DESC, id LIMIT 1)
    )
) AS today) here
"""


def read_covers(rows: list[list[Any]] | None) -> tuple[Cover, ...]:
    """The dataclasses of COVERS' JSON; base membership first, then packs by their
    end."""
    return tuple(
        Cover(
            row[0],
            row[1],
            row[2],
            date.fromisoformat(row[3]),
            row[4] and date.fromisoformat(row[4]),
            *row[5:],
        )
        for row in rows or ()
    )


def covers(member_id: int, day: date) -> tuple[Cover, ...]:
    """Every membership of a member that has not ended, as of a class on ``day``."""
    with connection.cursor() as cursor:
        cursor.execute(
            COVERS.format(member="%(member)s::bigint", day="%(day)s::date"),
            {"member": member_id, "day": day},
        )
        (rows,) = cursor.fetchone()
    return read_covers(json.loads(rows) if isinstance(rows, str) else rows)


def covers_of_today(member_id: int, now: datetime) -> tuple[date, tuple[Cover, ...]]:
    """The member's today and their ``covers`` as of it; UTC's for who has neither a
    branch nor a membership."""
    with connection.cursor() as cursor:
        cursor.execute(COVERS_OF_TODAY, {"member": member_id, "now": now})
        today, rows = cursor.fetchone()
    return today or local_day(now, UTC), read_covers(
        json.loads(rows) if isinstance(rows, str) else rows
    )
