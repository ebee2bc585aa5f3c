"""Joining and leaving a waitlist."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from bookings import errors, locks, rules
from bookings.event_kinds import BookingEvent
from bookings.models import ClassSession, WaitlistEntry
from bookings.operations import _places, _promotion
from bookings.queries.eligibility import facts as read_facts
from bookings.rules import Facts
from gymsite.core import errors as core_errors
from gymsite.core.batches import each_row
from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements
from memberships.operations.allowances import ensure_allowance, return_classes

SQL = statements("bookings", "waitlist")
# of close_lines: its job may stand still for a week and no entry is missed
LOOKS_BACK = timedelta(days=7)


def join_waitlist(
    *, session_id: int, member_id: int, actor_id: int | None = None, now: datetime
) -> WaitlistEntry:
    """Queue for a full session; raises the first refusal of bookings.rules.JOINING.

    A limited plan's class is reserved meanwhile.
    """
    return enter_line(
        session_id=session_id, member_id=member_id, actor_id=actor_id, now=now
    )[0]


def enter_line(
    *, session_id: int, member_id: int, actor_id: int | None = None, now: datetime
) -> tuple[WaitlistEntry, int]:
    """``join_waitlist`` with the length of the line: the rank of the new entry."""
    # a rival may change what was judged before the statement runs: judge again
    for _ in range(_places.TRIES):
        facts = read_facts(session_id=session_id, member_id=member_id, now=now)
        if refusal := rules.judge(facts, rules.JOINING):
            raise refusal
        if joined := _insert_turn(facts, member_id, actor_id or member_id):
            return joined
    raise _places.why_not(session_id, member_id, rules.JOINING, now=now)


def _insert_turn(
    facts: Facts, member_id: int, actor_id: int
) -> tuple[WaitlistEntry, int] | None:
    """The new turn and the line's length; None when what was judged has changed."""
    entitlement, session = rules.paying_entitlement(facts), facts.session
    assert entitlement is not None  # the rules have passed
    values: dict[str, Any] = {
        "session": session.id,
        "starts_at": session.starts_at,
        "day": session.session_date,
        "member": member_id,
        "membership": entitlement.membership_id,
        "allowance": ensure_allowance(
            entitlement=entitlement,
            day=session.session_date,
            branch_id=session.branch_id,
        ),
        "actor": actor_id,
        "now": facts.now,
        "kind": BookingEvent.JOINED_WAITLIST,
    }
    with core_errors.refusals():
        row = fetch_one(SQL.join_waitlist, values)
    if row is None:
        return None
    entry = WaitlistEntry(
        id=row.id,
        branch_id=row.branch_id,
        session_id=session.id,
        member_id=member_id,
        membership_id=entitlement.membership_id,
        allowance_id=values["allowance"],
        position=row.position,
        starts_at=session.starts_at,
        ends_at=row.ends_at,
        joined_at=facts.now,
    )
    return entry, row.length


@transaction.atomic
def leave_waitlist(
    *, session_id: int, member_id: int, actor_id: int | None = None, now: datetime
) -> WaitlistEntry:
    """Give up one's turn; the reserved class goes back. Raises NotWaiting."""
    locks.lock_session(session_id)
    entry = (
        WaitlistEntry.objects.select_for_update(of=("self",), no_key=True)
        .filter(
            session_id=session_id,
            member_id=member_id,
            status=WaitlistEntry.Status.WAITING,
        )
        .first()
    )
    if entry is None:
        raise errors.NotWaiting(
            remedy="You may have a place by now: look under My bookings."
        )
    returned = _promotion.close(
        entry,
        WaitlistEntry.Status.LEFT,
        BookingEvent.LEFT_WAITLIST,
        actor_id=actor_id or member_id,
        now=now,
    )
    return_classes([returned])
    return entry


def close_lines(*, now: datetime) -> int:
    """End the turns that are left in sessions that have started; how many there were.

    Nobody moves up any more, so the classes reserved for them go back. Each session in
    a transaction of its own.
    """

    def close_line(session_id: int) -> int:
        locks.lock_session(session_id)
        returned = _promotion.close_line(
            session_id, BookingEvent.WAITLIST_ENDED, now=now, why="session_started"
        )
        return_classes(returned)
        return len(returned)

    started = ClassSession.objects.filter(
        starts_at__gt=now - LOOKS_BACK, starts_at__lte=now, waitlist_length__gt=0
    )
    sessions = list(started.order_by("starts_at").values_list("pk", flat=True))
    return sum(each_row("bookings.close_lines", sessions, close_line, now=now).values)
