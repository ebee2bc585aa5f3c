"""The rules of the house as pure functions: facts in, a refusal or None out. Pages, API and admin show the same words.

The lists at the end say which rules a decision asks, in which order; the first refusal is the answer.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from gymsite.core.errors import DomainError
from gymsite.core.periods import day_name, instant, local_day, when
from memberships.queries import Cover, counted_until

from . import errors
from .models import LONGEST_OPENING

MARKS_CHANGE_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """A BookingPolicy's numbers (see its fields)."""

    id: int
    window_days: int
    cutoff_minutes: int
    promotion_margin_minutes: int
    promoted_grace_minutes: int
    unpaid_bookings: int = 1
    booked_grace_minutes: int = 10


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session as of now; ``zone`` is its branch's."""

    id: int
    branch_id: int
    name: str
    status: str
    session_date: date
    starts_at: datetime
    ends_at: datetime
    capacity: int
    booked_count: int
    waitlist_length: int
    zone: ZoneInfo

    @property
    def places_left(self) -> int:
        return self.capacity - self.booked_count


@dataclass(frozen=True, slots=True)
class Clash:
    """Another place that the member holds at an overlapping time."""

    name: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision about one member and one session may look at, read at one instant."""

    now: datetime
    session: SessionFacts
    policy: PolicyFacts
    account_open: bool
    covers: tuple[Cover, ...]
    booking_id: int | None = None
    booking_reference: str | None = None
    entry_id: int | None = None
    entry_position: int | None = None
    reserved_membership_id: int | None = None
    clash: Clash | None = None
    booked_unpaid: int = 0  # classes on memberships whose first payment is still to be taken


Rule = Callable[[Facts], DomainError | None]


def usable(cover: Cover, facts: Facts) -> bool:
    """Whether a membership may pay for the session, leaving aside how many classes it has left."""
    return (
        cover.status == "active"
        and cover.includes_classes
        and cover.reaches(facts.session.session_date)
        and cover.branch_id in (None, facts.session.branch_id)
        and not waits_for_payment(cover, facts)
    )


def waits_for_payment(cover: Cover, facts: Facts) -> bool:
    """Whether the desk has to take the first payment before another class is booked on it."""
    return not cover.was_paid and facts.booked_unpaid >= facts.policy.unpaid_bookings


def paying_cover(facts: Facts) -> Cover | None:
    """What a booking would use: the class reserved while waiting, or else the first of ``covers`` with one left.

    ``covers`` are in the order of use: the base membership, then the pack that expires first.
    """
    good = [cover for cover in facts.covers if usable(cover, facts)]
    reserved = [cover for cover in good if cover.membership_id == facts.reserved_membership_id]
    left = [cover for cover in good if cover.left is None or cover.left > 0]
    return next(iter([*reserved, *left]), None)


def opens_at(facts: Facts) -> datetime:
    """When booking opens: as far ahead as the most generous of the member's plans says, or else the house.

    Counted in days of the branch: a class at 18:00 opens at 18:00, whether or not the clocks change in between.
    """
    house = facts.policy.window_days
    days = [house if cover.window_days is None else cover.window_days for cover in facts.covers if usable(cover, facts)]
    starts_at, zone = facts.session.starts_at, facts.session.zone
    day = local_day(starts_at, zone) - timedelta(days=max(days, default=house))
    return instant(day, starts_at.astimezone(zone).time(), zone)


def cutoff(facts: Facts) -> datetime:
    """Until when cancelling is free for who books in time."""
    return facts.session.starts_at - timedelta(minutes=facts.policy.cutoff_minutes)


def is_late(facts: Facts) -> bool:
    """Whether a booking made now would be free to cancel for its minutes of grace alone."""
    return facts.now + timedelta(minutes=facts.policy.booked_grace_minutes) > cutoff(facts)


def free_until(facts: Facts) -> datetime:
    """Until when a booking made now would be free to cancel: the cutoff, or some minutes for who books late.

    A policy without such minutes leaves it at the cutoff, even if that has passed.
    """
    grace = facts.policy.booked_grace_minutes
    return _free_for(facts, grace) if grace else cutoff(facts)


def promoted_free_until(facts: Facts) -> datetime:
    """The same for a promotion now: who is promoted has some minutes to say no, however late it is."""
    return _free_for(facts, facts.policy.promoted_grace_minutes)


def _free_for(facts: Facts, grace_minutes: int) -> datetime:
    grace = facts.now + timedelta(minutes=grace_minutes)
    return min(max(cutoff(facts), grace), facts.session.starts_at)


def promotes_until(facts: Facts) -> datetime:
    """Until when a free place goes to the first in line by itself."""
    return cutoff(facts) - timedelta(minutes=facts.policy.promotion_margin_minutes)


def session_goes_ahead(facts: Facts) -> DomainError | None:
    if facts.session.status == "cancelled":
        return errors.SessionCancelled(
            f"{facts.session.name} on {when(facts.session.starts_at, facts.session.zone)} is cancelled.",
            remedy="Choose another session.",
        )
    return None


def session_lies_ahead(facts: Facts) -> DomainError | None:
    if facts.now >= facts.session.starts_at:
        started = when(facts.session.starts_at, facts.session.zone)
        return errors.SessionStarted(
            f"{facts.session.name} started on {started}; booking closes at the start.",
            remedy="Choose a later session.",
            starts_at=facts.session.starts_at.isoformat(),
        )
    return None


def account_is_open(facts: Facts) -> DomainError | None:
    return None if facts.account_open else errors.AccountClosed(remedy="Ask the front desk to open it again.")


def not_booked_yet(facts: Facts) -> DomainError | None:
    if facts.booking_id:
        return errors.AlreadyBooked(
            f"You have a place in {facts.session.name} on {when(facts.session.starts_at, facts.session.zone)}.",
            remedy="You find it under My bookings.",
        )
    return None


def not_waiting_yet(facts: Facts) -> DomainError | None:
    return errors.AlreadyWaiting(remedy="You find it under My bookings.") if facts.entry_id else None


def some_membership(facts: Facts) -> DomainError | None:
    """At least one membership that is active, reaches the day and includes the session; else the nearest reason."""
    if any(usable(cover, facts) for cover in facts.covers):
        return None
    if not facts.covers:
        return errors.MembershipRequired("You have no membership.", remedy="Choose a plan or a class pack.")
    return _why_unusable(facts.covers[0], facts)


def _why_unusable(cover: Cover, facts: Facts) -> DomainError:
    plan, day = cover.plan_name, facts.session.session_date
    if cover.status == "frozen":
        return errors.MembershipFrozen(f"Your {plan} membership is frozen.", remedy="End the freeze to book.")
    if cover.status == "past_due":
        return errors.PaymentDue(f"A payment for {plan} is due.", remedy="Pay it to book again.")
    if waits_for_payment(cover, facts):
        booked, allowed = facts.booked_unpaid, facts.policy.unpaid_bookings
        return errors.PaymentDue(
            f"The first payment for {plan} is still to be taken. You have booked {booked} of the {allowed} classes"
            " that go before it.",
            remedy="Pay at the front desk to book more.",
            booked=booked,
            allowed=allowed,
        )
    if day < cover.starts_on:
        return errors.MembershipDates(
            f"{plan} starts on {day_name(cover.starts_on)}; this session is on {day_name(day)}.",
            remedy="Choose a session after that.",
        )
    if cover.ends_on and day > cover.ends_on:
        return errors.MembershipDates(
            f"{plan} ends on {day_name(cover.ends_on)}; this session is on {day_name(day)}.",
            remedy="Renew it or buy a pack.",
        )
    what = "this branch" if cover.includes_classes else "classes"
    return errors.PlanExcludes(f"{plan} does not include {what}.", remedy="Upgrade or buy a pack.")


def window_is_open(facts: Facts) -> DomainError | None:
    opening = opens_at(facts)
    if facts.now < opening:
        return errors.BookingNotOpen(
            f"Booking opens {when(opening, facts.session.zone)}.",
            remedy="Come back then.",
            opens_at=opening.isoformat(),
        )
    return None


def classes_left(facts: Facts) -> DomainError | None:
    if paying_cover(facts):
        return None
    spent = [cover for cover in facts.covers if usable(cover, facts)]
    if not spent:
        return None  # some_membership has said why
    cover = spent[0]
    until = day_name(counted_until(cover, facts.session.session_date))
    return errors.AllowanceUsedUp(
        f"You have used {cover.used} of {cover.limit} classes until {until}.",
        remedy="Buy a pack or upgrade.",
        used=cover.used,
        limit=cover.limit,
    )


def no_overlap(facts: Facts) -> DomainError | None:
    if facts.clash:
        return errors.OverlappingBooking(
            f"You are booked for {facts.clash.name} at {when(facts.clash.starts_at, facts.session.zone)}.",
            remedy="Cancel that booking first.",
        )
    return None


def place_is_free(facts: Facts) -> DomainError | None:
    if facts.session.places_left > 0:
        return None
    waiting = facts.session.waitlist_length
    return errors.SessionFull(
        f"All {facts.session.capacity} places are taken.",
        remedy=f"Join the waitlist ({waiting} waiting)." if waiting else "Join the waitlist.",
        capacity=facts.session.capacity,
        waitlist_length=waiting,
    )


def no_place_is_free(facts: Facts) -> DomainError | None:
    left = facts.session.places_left
    if left <= 0:
        return None
    return errors.PlacesFree(
        f"{left} place{'s are' if left > 1 else ' is'} free.", remedy="Book it now.", places_left=left
    )


def attendance_opens_at(starts_at: datetime, opens_minutes: int) -> datetime:
    """From when somebody may be marked as there: as the doors open for the session."""
    return starts_at - min(timedelta(minutes=opens_minutes), LONGEST_OPENING)


def attendance_closes_at(ends_at: datetime) -> datetime:
    """Until when staff may say who came, or take it back."""
    return ends_at + MARKS_CHANGE_FOR


def may_mark(
    *, missed: bool, starts_at: datetime, ends_at: datetime, opens_minutes: int, zone: ZoneInfo, now: datetime
) -> DomainError | None:
    """Who came is said from check-in's opening on, who did not (``missed``) from the start on; both for seven days."""
    opening = starts_at if missed else attendance_opens_at(starts_at, opens_minutes)
    if now < opening:
        what = "Nobody has missed it before it starts," if missed else "Attendance opens"
        return errors.AttendanceNotOpen(
            f"{what} {when(opening, zone)}.",
            remedy="Come back then.",
            opens_at=opening.isoformat(),
        )
    closing = attendance_closes_at(ends_at)
    if now > closing:
        return errors.AttendanceClosed(
            f"Who came could be changed until {when(closing, zone)}.", closed_at=closing.isoformat()
        )
    return None


AHEAD: tuple[Rule, ...] = (session_goes_ahead, session_lies_ahead)
_ABOUT_SESSION: tuple[Rule, ...] = (*AHEAD, account_is_open, not_booked_yet)
_ABOUT_MEMBER: tuple[Rule, ...] = (some_membership, window_is_open, classes_left, no_overlap)

BOOKING: tuple[Rule, ...] = (*_ABOUT_SESSION, *_ABOUT_MEMBER, place_is_free)
JOINING: tuple[Rule, ...] = (*_ABOUT_SESSION, not_waiting_yet, *_ABOUT_MEMBER, no_place_is_free)
# The window was open when the waiting member joined.
PROMOTION: tuple[Rule, ...] = (*_ABOUT_SESSION, some_membership, classes_left, no_overlap)


def judge(facts: Facts, rules: Iterable[Rule]) -> DomainError | None:
    """The first refusal, or None when every rule agrees."""
    for rule in rules:
        if refusal := rule(facts):
            return refusal
    return None


def trace(facts: Facts, rules: Iterable[Rule]) -> list[tuple[str, DomainError | None]]:
    """Every rule by name with its word: the answer to "why can't I book?"."""
    return [(rule.__name__, rule(facts)) for rule in rules]
