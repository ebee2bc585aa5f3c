"""Giving free places to the first in line, and ending waitlist entries without one."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from bookings import errors, locks, rules
from bookings.event_kinds import BookingEvent
from bookings.models import Booking, ClassSession, WaitlistEntry
from bookings.operations import _places
from bookings.queries import waitlist
from bookings.queries.eligibility import facts as read_facts
from bookings.rules import Facts
from gymsite.core import errors as core_errors
from gymsite.core.operations.events import record
from memberships.errors import AllowanceUsedUp
from memberships.operations.allowances import ensure_allowance, return_classes, settle
from memberships.queries import Entitlement


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry whose turn it is: it gets a place, or is passed over by ``refusal``."""

    entry: WaitlistEntry
    facts: Facts
    refusal: core_errors.DomainError | None = None


class _Lost(Exception):
    """The rules let a candidate through, but the database did not: judge again."""

    def __init__(self, candidate: Candidate, refusal: core_errors.DomainError) -> None:
        super().__init__(refusal.code)
        self.candidate, self.refusal = candidate, refusal


def promote_waitlist(
    session: ClassSession,
    *,
    actor_id: int | None,
    now: datetime,
    returned: Iterable[int | None] = (),
) -> list[Booking]:
    """Give a locked session's free places to the first in line; the bookings made.

    Later than the policy's margin before the cutoff nobody is promoted (that would
    promote into a fine): those who wait are told that a place is free. ``returned``
    names allowances that get a class back in this transaction: with those of the line
    they are locked last, in one order, which makes this the last call of an operation.

    A rival may change what was judged, so it is judged again; from the third time on,
    whose turn was lost is passed over with what refused it. So it ends, whatever the
    rules and the charge think of each other.
    """
    returned = list(returned)
    lost: dict[int, core_errors.DomainError] = {}
    for tries in range(_places.TRIES + session.waitlist_length):
        candidates = _candidates(session.pk, now, lost)
        if not candidates:
            break
        if now > rules.promotes_until(candidates[0].facts):
            record(
                BookingEvent.PLACE_FREED,
                session,
                at=now,
                actor_id=actor_id,
            )
            break
        try:
            with transaction.atomic():
                return _book_entries(
                    candidates, actor_id=actor_id, now=now, returned=returned
                )
        except _Lost as loss:
            if tries + 1 >= _places.TRIES:
                lost[loss.candidate.entry.pk] = loss.refusal
    return_classes(returned)
    return []


def _candidates(
    session_id: int, now: datetime, lost: dict[int, core_errors.DomainError]
) -> list[Candidate]:
    """The entries whose turn it is, in order; those that ``lost`` are refused."""
    candidates: list[Candidate] = []
    taken, entry = 0, waitlist.head(session_id)
    while entry:  # ends: each entry stands behind the one before
        facts = read_facts(session_id=session_id, member_id=entry.member_id, now=now)
        if facts.session.places_left <= taken or rules.judge(facts, rules.AHEAD):
            break
        candidates.append(
            Candidate(
                entry, facts, rules.judge(facts, rules.PROMOTION) or lost.get(entry.pk)
            )
        )
        taken += candidates[-1].refusal is None
        entry = waitlist.head(session_id, after=entry.position)
    return candidates


def _book_entries(
    candidates: list[Candidate],
    *,
    actor_id: int | None,
    now: datetime,
    returned: Iterable[int | None],
    **how: Any,
) -> list[Booking]:
    """Book the places, close the entries and settle the classes; raises _Lost.

    A booking waits for a rival's uncommitted one of the same member
    (bookings_booking_one_place_at_a_time), so it is a lock too: taken by member, since
    two sessions may promote the same people in different orders.
    """
    returned, bookings = list(returned), []
    charged: dict[int | None, Candidate] = {}
    to_book = (candidate for candidate in candidates if candidate.refusal is None)
    for candidate in _by_member(to_book):
        booking = _promote(candidate, actor_id=actor_id, **how)
        bookings.append(booking)
        # another membership has to pay
        if booking.membership_id != candidate.entry.membership_id:
            returned.append(candidate.entry.allowance_id)
            charged[booking.allowance_id] = candidate
    for booking in bookings:
        returned += _drop_overlapping(booking, now=now)
    returned += [
        pass_over(candidate, actor_id=actor_id, now=now)
        for candidate in candidates
        if candidate.refusal
    ]
    try:
        settle(returned=returned, charged=charged)
    except AllowanceUsedUp as refusal:
        if refusal.allowance_id not in charged:
            raise  # the allowance was not charged here: returning a class failed
        raise _Lost(charged[refusal.allowance_id], refusal) from refusal
    return bookings


def _by_member(candidates: Iterable[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda candidate: candidate.entry.member_id)


def _promote(
    candidate: Candidate,
    *,
    actor_id: int | None,
    kind: BookingEvent = BookingEvent.PROMOTED,
    source: str = Booking.Source.WAITLIST,
) -> Booking:
    """Make an entry a booking; the class reserved on joining pays if it can."""
    entry, facts = candidate.entry, candidate.facts
    entitlement = rules.paying_entitlement(facts)
    assert entitlement is not None  # the rules have passed
    if not entitlement.was_paid:
        try:
            facts, entitlement = _places.read_unpaid(
                facts, entry.member_id, rules.PROMOTION
            )
        except core_errors.DomainError as refusal:
            raise _Lost(candidate, refusal) from refusal
    booking = _given(
        replace(candidate, facts=facts), entitlement, kind, source, actor_id
    )
    entry.status, entry.ended_at, entry.booking = (
        WaitlistEntry.Status.PROMOTED,
        facts.now,
        booking,
    )
    entry.save(update_fields=["status", "ended_at", "booking"])
    return booking


def _given(
    candidate: Candidate,
    entitlement: Entitlement,
    kind: BookingEvent,
    source: str,
    actor_id: int | None,
) -> Booking:
    """A candidate's booking; raises _Lost if another of their bookings was first."""
    entry, facts = candidate.entry, candidate.facts
    reserved = entitlement.membership_id == entry.membership_id
    day, branch_id = facts.session.session_date, facts.session.branch_id
    by_itself = kind != BookingEvent.BOOKED
    free_until = rules.promoted_free_until if by_itself else rules.free_until
    try:
        booking = _places.insert_booking(
            facts,
            kind=kind,
            data={"position": entry.position},
            source=source,
            member=entry.member_id,
            membership=entitlement.membership_id,
            allowance=entry.allowance_id
            if reserved
            else ensure_allowance(
                entitlement=entitlement, day=day, branch_id=branch_id
            ),
            charged=None,
            free_until=free_until(facts),
            actor=actor_id,
        )
    except errors.OverlappingBooking as refusal:
        raise _Lost(candidate, refusal) from refusal
    if booking is None:
        raise _Lost(candidate, errors.Overtaken())
    return booking


def promote_member(
    facts: Facts, member_id: int, *, source: str, actor_id: int | None
) -> Booking | None:
    """``_places.claim`` for a member who waits: the entry becomes the booking."""
    with suppress(_Lost), transaction.atomic():
        locks.lock_session(facts.session.id)
        facts = read_facts(
            session_id=facts.session.id, member_id=member_id, now=facts.now
        )
        if facts.entry_id is None or rules.judge(facts, rules.BOOKING):
            return None
        candidate = Candidate(WaitlistEntry.objects.get(pk=facts.entry_id), facts)
        (booking,) = _book_entries(
            [candidate],
            actor_id=actor_id,
            now=facts.now,
            returned=(),
            kind=BookingEvent.BOOKED,
            source=source,
        )
        return booking
    return None


def _drop_overlapping(booking: Booking, *, now: datetime) -> list[int | None]:
    """Close the member's other entries at this time; the allowances to return to.

    Their sessions would be locked out of order, so only those that nobody holds are
    taken; an entry left behind is passed over at its turn, by the rule against
    overlaps.
    """
    entries = waitlist.overlapping(
        booking.member_id, booking.starts_at, booking.ends_at
    )
    sessions = {
        entry.session_id: entry
        for entry in entries
        if entry.session_id != booking.session_id
    }
    returned = []
    for session_id in locks.try_lock_sessions(sessions):
        entry = WaitlistEntry.objects.select_for_update(no_key=True).get(
            pk=sessions[session_id].pk
        )
        if entry.status == WaitlistEntry.Status.WAITING:
            closed = WaitlistEntry.Status.CLOSED
            returned.append(
                close(
                    entry,
                    closed,
                    BookingEvent.WAITLIST_DROPPED,
                    now=now,
                    why="promoted elsewhere",
                )
            )
    return returned


def pass_over(
    candidate: Candidate, *, actor_id: int | None, now: datetime
) -> int | None:
    """Close an entry that a rule refuses; the allowance to return its class to."""
    assert candidate.refusal is not None
    why = {"why": candidate.refusal.code, "detail": candidate.refusal.message}
    return close(
        candidate.entry,
        WaitlistEntry.Status.PASSED_OVER,
        BookingEvent.PASSED_OVER,
        actor_id=actor_id,
        now=now,
        **why,
    )


def close_line(
    session_id: int,
    kind: BookingEvent,
    *,
    actor_id: int | None = None,
    now: datetime,
    why: str,
) -> list[int | None]:
    """Close every entry of a locked session; the allowances to return classes to."""
    waiting = WaitlistEntry.objects.select_for_update(of=("self",), no_key=True).filter(
        session_id=session_id, status=WaitlistEntry.Status.WAITING
    )
    closed = WaitlistEntry.Status.CLOSED
    return [
        close(entry, closed, kind, actor_id=actor_id, now=now, why=why)
        for entry in waiting.order_by("position")
    ]


def close(
    entry: WaitlistEntry,
    status: str,
    kind: BookingEvent,
    *,
    actor_id: int | None = None,
    now: datetime,
    **data: Any,
) -> int | None:
    """Close an entry and record why; the allowance the caller returns its class to."""
    entry.status, entry.ended_at = status, now
    entry.save(update_fields=["status", "ended_at"])
    record(
        kind,
        entry,
        at=now,
        actor_id=actor_id,
        session=entry.session_id,
        position=entry.position,
        **data,
    )
    return entry.allowance_id
