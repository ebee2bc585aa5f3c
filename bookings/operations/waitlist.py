"""Joining and leaving a waitlist."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from gymsite.core import errors as core_errors
from gymsite.core.operations.events import record
from memberships.models import Allowance
from memberships.operations.allowances import ensure_allowance, give_back

from .. import errors, locks, rules
from ..models import ClassSession, WaitlistEntry
from ..queries.eligibility import facts as read_facts
from . import _seats

LOOKS_BACK = timedelta(days=7)  # for close_lines, which runs every few minutes: a week without its job loses nothing


@transaction.atomic
def join_waitlist(*, session_id: int, member_id: int, actor_id: int | None = None, now: datetime) -> WaitlistEntry:
    """Queue for a full session; raises the first refusal of bookings.rules.JOINING.

    The session is held until the position is committed, so positions have no gap and follow the order of commits. A
    limited plan's class is reserved meanwhile.
    """
    session = locks.lock_session(session_id)
    facts = read_facts(session_id=session_id, member_id=member_id, now=now)
    if refusal := rules.judge(facts, rules.JOINING):
        raise refusal
    cover = rules.paying_cover(facts)
    assert cover is not None  # the rules have passed
    allowance_id = ensure_allowance(cover=cover, day=session.session_date, branch_id=session.branch_id)
    entry = WaitlistEntry(
        branch_id=session.branch_id,
        session_id=session_id,
        member_id=member_id,
        membership_id=cover.membership_id,
        allowance_id=allowance_id,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        joined_at=now,
    )
    with core_errors.refusals():
        entry.save(force_insert=True)
        if allowance_id:
            Allowance.objects.filter(pk=allowance_id).update(used=F("used") + 1)
    entry.refresh_from_db(fields=["position"])  # the database gave it
    record(
        "joined_waitlist",
        entry,
        at=now,
        actor_id=actor_id or member_id,
        member_id=member_id,
        branch_id=session.branch_id,
        session=session_id,
        position=entry.position,
    )
    return entry


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
