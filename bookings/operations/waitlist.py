"""Joining and leaving a waitlist."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from gymsite.core import errors as core_errors
from memberships.operations.allowances import ensure_allowance, give_back

from .. import errors, locks, rules
from ..models import ClassSession, WaitlistEntry
from ..queries.eligibility import facts as read_facts
from . import _seats

LOOKS_BACK = timedelta(days=7)  # for close_lines, which runs every few minutes: a week without its job loses nothing


# The end of the line is taken in one statement, as a place is (_seats.CLAIM): the lock reads the session's newest
# version and lets through only who still finds it full at the time that was judged. The trigger takes_position counts
# under that lock, which lasts until the commit. No ON CONFLICT: it has counted by then, and an error undoes that.
QUEUE = """
WITH line AS (
    SELECT id, branch_id, starts_at, ends_at FROM bookings_classsession
    WHERE id = %(session)s AND status = 'scheduled' AND booked_count >= capacity AND starts_at = %(starts_at)s
      AND EXISTS (SELECT FROM core_user WHERE id = %(member)s AND is_active)
      AND EXISTS (SELECT FROM memberships_membership WHERE id = %(membership)s AND status = 'active')
    FOR NO KEY UPDATE
), entry AS (
    INSERT INTO bookings_waitlistentry (branch_id, session_id, member_id, membership_id, allowance_id, position, status,
        starts_at, ends_at, joined_at)
    SELECT branch_id, id, %(member)s, %(membership)s, %(allowance)s::bigint, 0, 'waiting', starts_at, ends_at, %(now)s
    FROM line
    RETURNING id, branch_id, session_id, member_id, position, ends_at
), charge AS (
    UPDATE memberships_allowance SET used = used + 1 WHERE id = %(allowance)s::bigint AND EXISTS (SELECT FROM entry)
), event AS (
    INSERT INTO core_event (kind, at, branch_id, actor_id, member_id, subject, subject_id, data)
    SELECT 'joined_waitlist', %(now)s, branch_id, %(actor)s::bigint, member_id, 'waitlistentry', id,
        jsonb_build_object('session', session_id, 'position', position)
    FROM entry
)
SELECT id, branch_id, position, ends_at FROM entry
"""


def join_waitlist(*, session_id: int, member_id: int, actor_id: int | None = None, now: datetime) -> WaitlistEntry:
    """Queue for a full session; raises the first refusal of bookings.rules.JOINING.

    The session is held until the position is committed, so positions have no gap and follow the order of commits. A
    limited plan's class is reserved meanwhile. No transaction is opened here, as in book_session.
    """
    for _ in range(3):  # what was judged may have changed by the time of the claim: judge it again
        facts = read_facts(session_id=session_id, member_id=member_id, now=now)
        if refusal := rules.judge(facts, rules.JOINING):
            raise refusal
        if entry := _queue(facts, member_id, actor_id=actor_id or member_id):
            return entry
    raise errors.PlacesFree("A place came free just now.", remedy="Book it now.")


def _queue(facts: rules.Facts, member_id: int, *, actor_id: int) -> WaitlistEntry | None:
    """Take the next position for a member that the rules let queue; None when what was judged holds no more."""
    cover = rules.paying_cover(facts)
    assert cover is not None  # the rules have passed
    session = facts.session
    allowance_id = ensure_allowance(cover=cover, day=session.session_date, branch_id=session.branch_id)
    values: dict[str, Any] = {
        "session": session.id,
        "starts_at": session.starts_at,
        "member": member_id,
        "membership": cover.membership_id,
        "allowance": allowance_id,
        "actor": actor_id,
        "now": facts.now,
    }
    with core_errors.refusals(), connection.cursor() as cursor:
        cursor.execute(QUEUE, values)
        row = cursor.fetchone()
    if row is None:
        return None
    return WaitlistEntry(
        id=row[0],
        branch_id=row[1],
        session_id=session.id,
        member_id=member_id,
        membership_id=cover.membership_id,
        allowance_id=allowance_id,
        position=row[2],
        status=WaitlistEntry.Status.WAITING,
        starts_at=session.starts_at,
        ends_at=row[3],
        joined_at=facts.now,
    )


@transaction.atomic
def leave_waitlist(*, session_id: int, member_id: int, actor_id: int | None = None, now: datetime) -> WaitlistEntry:
    """Give up one's turn; the reserved class goes back. Raises NotWaiting."""
    locks.lock_session(session_id)
    entry = (
        WaitlistEntry.objects.select_for_update(of=("self",), no_key=True)
        .filter(session_id=session_id, member_id=member_id, status=WaitlistEntry.Status.WAITING)
        .first()
    )
    if entry is None:
        raise errors.NotWaiting(remedy="You may have a place by now: look under My bookings.")
    returned = _seats.close(entry, WaitlistEntry.Status.LEFT, "left_waitlist", actor_id=actor_id or member_id, now=now)
    give_back([returned])
    return entry


def close_lines(*, now: datetime) -> int:
    """End the turns that are left in sessions that have started; how many there were.

    Nobody moves up any more, so the classes reserved for them go back. Each session in a transaction of its own.
    """
    started = ClassSession.objects.filter(starts_at__gt=now - LOOKS_BACK, starts_at__lte=now, waitlist_length__gt=0)
    return sum(_close_line(pk, now) for pk in list(started.order_by("starts_at").values_list("pk", flat=True)))


@transaction.atomic
def _close_line(session_id: int, now: datetime) -> int:
    locks.lock_session(session_id)
    returned = _seats.close_line(session_id, "waitlist_ended", now=now, why="session_started")
    give_back(returned)
    return len(returned)
