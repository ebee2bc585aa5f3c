"""The facts of a decision about one member and one session, in one statement: this runs
before every booking."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from bookings.errors import SessionNotFound
from bookings.models import HOLDS_PLACE
from bookings.rules import Clash, Facts, PolicyFacts, SessionFacts
from memberships.queries import COVERS, UNPAID, read_covers

# PolicyFacts of the policy that counts at a branch (bookings_policy_newest). {branch}
# and {member} are SQL expressions.
POLICY_COLUMNS = """
       policy.id, policy.window_days, policy.cutoff_minutes, policy.promotion_margin_minutes,
       policy.promoted_grace_minutes, policy.unpaid_bookings, policy.booked_grace_minutes
"""
POLICY = """
    SELECT * FROM bookings_bookingpolicy p WHERE p.branch_id = {branch} OR p.branch_id IS NULL
    ORDER BY p.branch_id NULLS LAST, p.id DESC LIMIT 1
"""
BOOKED_UNPAID = f"""
    SELECT count(*) FROM ({UNPAID}) unpaid
    JOIN bookings_booking b ON b.member_id = {{member}} AND b.membership_id = unpaid.id AND b.status <> 'cancelled'
"""

# A class lasts at most 600 minutes (bookings_gymclass_lasts), so what overlaps began at
# most that long before: the bound lets bookings_booking_member_time find it.
FACTS = f"""
SELECT s.id, s.branch_id, c.name, s.status, s.session_date, s.starts_at, s.ends_at, s.capacity, s.booked_count,
       s.waitlist_length, s.time_zone,
       {POLICY_COLUMNS},
       member.is_active, own.id, own.reference, entry.id, entry.position, entry.membership_id,
       clash.name, clash.starts_at,
       ({COVERS.format(member="member.id", day="s.session_date")}),
       ({BOOKED_UNPAID.format(member="member.id")})
FROM bookings_classsession s
JOIN bookings_gymclass c ON c.id = s.gym_class_id
JOIN core_user member ON member.id = %(member)s
CROSS JOIN LATERAL ({POLICY.format(branch="s.branch_id")}) policy
LEFT JOIN bookings_booking own
    ON own.session_id = s.id AND own.member_id = member.id AND own.status IN {HOLDS_PLACE}
LEFT JOIN bookings_waitlistentry entry
    ON entry.session_id = s.id AND entry.member_id = member.id AND entry.status = 'waiting'
LEFT JOIN LATERAL (
    SELECT other_class.name, other.starts_at
    FROM bookings_booking other
    JOIN bookings_classsession other_session ON other_session.id = other.session_id
    JOIN bookings_gymclass other_class ON other_class.id = other_session.gym_class_id
    WHERE other.member_id = member.id AND other.status IN {HOLDS_PLACE} AND other.session_id <> s.id
      AND other.starts_at < s.ends_at AND other.ends_at > s.starts_at
      AND other.starts_at > s.starts_at - interval '600 minutes'
    LIMIT 1
) clash ON true
WHERE s.id = %(session)s
"""


def facts(*, session_id: int, member_id: int, now: datetime) -> Facts:
    """Everything that the rules look at; raises SessionNotFound for an unknown session
    or member."""
    with connection.cursor() as cursor:
        cursor.execute(FACTS, {"session": session_id, "member": member_id})
        row = cursor.fetchone()
    if row is None:
        raise SessionNotFound(
            f"There is no session {session_id}.", remedy="Go back to the timetable."
        )
    session: list[Any] = [*row[:10], ZoneInfo(row[10])]
    policy, rest = row[11:18], row[18:]
    covers = json.loads(rest[8]) if isinstance(rest[8], str) else rest[8]
    return Facts(
        now=now,
        session=SessionFacts(*session),
        policy=PolicyFacts(*policy),
        account_open=rest[0],
        booking_id=rest[1],
        booking_reference=rest[2],
        entry_id=rest[3],
        entry_position=rest[4],
        reserved_membership_id=rest[5],
        clash=Clash(rest[6], rest[7]) if rest[6] else None,
        covers=read_covers(covers),
        booked_unpaid=rest[9],
    )


def booked_unpaid(member_id: int) -> int:
    """How many classes a member has on memberships whose first payment is still to be
    taken."""
    with connection.cursor() as cursor:
        cursor.execute(
            BOOKED_UNPAID.format(member="%(member)s::bigint"), {"member": member_id}
        )
        return cursor.fetchone()[0]
