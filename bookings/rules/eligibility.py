"""The rules of the house as pure functions: facts in, a refusal or None out. Pages, API
and admin show the same words.

The lists at the end say which rules a decision asks, in which order; the first refusal
is the answer.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from bookings import errors
from bookings.rules.facts import Facts
from bookings.rules.payment import (
    paying_entitlement,
    usable_entitlements,
    waits_for_payment,
)
from bookings.rules.timing import attendance_closes_at, attendance_opens_at, opens_at
from gymsite.core.errors import DomainError
from gymsite.core.periods import day_name, when
from memberships.queries import Entitlement, counted_until

Rule = Callable[[Facts], DomainError | None]


def session_goes_ahead(facts: Facts) -> DomainError | None:
    if facts.session.status == "cancelled":
        return errors.SessionCancelled(
            (
                f"{facts.session.name} on "
                f"{when(facts.session.starts_at, facts.session.zone)} is cancelled."
            ),
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
    return (
        None
        if facts.account_open
        else errors.AccountClosed(remedy="Ask the front desk to open it again.")
    )


def not_booked_yet(facts: Facts) -> DomainError | None:
    if facts.booking_id:
        return errors.AlreadyBooked(
            (
                f"You have a place in {facts.session.name} on "
                f"{when(facts.session.starts_at, facts.session.zone)}."
            ),
            remedy="You find it under My bookings.",
        )
    return None


def not_waiting_yet(facts: Facts) -> DomainError | None:
    return (
        errors.AlreadyWaiting(remedy="You find it under My bookings.")
        if facts.entry_id
        else None
    )


def some_membership(facts: Facts) -> DomainError | None:
    """At least one membership may pay for the session; else the nearest reason."""
    if usable_entitlements(facts):
        return None
    if not facts.entitlements:
        return errors.MembershipRequired(
            "You have no membership.", remedy="Choose a plan or a class pack."
        )
    others = (one for one in facts.entitlements if not one.includes_appointments)
    return _why_unusable(next(others, facts.entitlements[0]), facts)


def _why_unusable(entitlement: Entitlement, facts: Facts) -> DomainError:
    plan, day = entitlement.plan_name, facts.session.session_date
    if entitlement.status == "frozen":
        return errors.MembershipFrozen(
            f"Your {plan} membership is frozen.", remedy="End the freeze to book."
        )
    if entitlement.status == "past_due":
        return errors.PaymentDue(
            f"A payment for {plan} is due.", remedy="Pay it to book again."
        )
    if waits_for_payment(entitlement, facts.policy, facts.booked_unpaid):
        booked, allowed = facts.booked_unpaid, facts.policy.unpaid_bookings
        return errors.PaymentDue(
            f"The first payment for {plan} is still to be taken. You have booked "
            f"{booked} of the {allowed} classes that go before it.",
            remedy="Pay at the front desk to book more.",
            booked=booked,
            allowed=allowed,
        )
    if day < entitlement.starts_on:
        return errors.MembershipDates(
            (
                f"{plan} starts on {day_name(entitlement.starts_on)}; this session is "
                f"on {day_name(day)}."
            ),
            remedy="Choose a session after that.",
        )
    if entitlement.ends_on and day > entitlement.ends_on:
        return errors.MembershipDates(
            (
                f"{plan} ends on {day_name(entitlement.ends_on)}; this session is on "
                f"{day_name(day)}."
            ),
            remedy="Renew it or buy a pack.",
        )
    what = "this branch" if entitlement.includes_classes else "classes"
    return errors.PlanExcludes(
        f"{plan} does not include {what}.", remedy="Upgrade or buy a pack."
    )


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
    if paying_entitlement(facts):
        return None
    spent = usable_entitlements(facts)
    if not spent:
        return None  # some_membership refuses
    entitlement = spent[0]
    until = day_name(counted_until(entitlement, facts.session.session_date))
    return errors.AllowanceUsedUp(
        f"You have used {entitlement.used} of {entitlement.limit} classes "
        f"until {until}.",
        remedy="Buy a pack or upgrade.",
        used=entitlement.used,
        limit=entitlement.limit,
    )


def no_overlap(facts: Facts) -> DomainError | None:
    if facts.clash:
        return errors.OverlappingBooking(
            (
                f"You are booked for {facts.clash.name} at "
                f"{when(facts.clash.starts_at, facts.session.zone)}."
            ),
            remedy="Cancel that booking first.",
        )
    return None


def place_is_free(facts: Facts) -> DomainError | None:
    if facts.session.places_left > 0:
        return None
    waiting = facts.session.waitlist_length
    return errors.SessionFull(
        f"All {facts.session.capacity} places are taken.",
        remedy=f"Join the waitlist ({waiting} waiting)."
        if waiting
        else "Join the waitlist.",
        capacity=facts.session.capacity,
        waitlist_length=waiting,
    )


def no_place_is_free(facts: Facts) -> DomainError | None:
    left = facts.session.places_left
    if left <= 0:
        return None
    return errors.PlacesFree(
        f"{left} place{'s are' if left > 1 else ' is'} free.",
        remedy="Book it now.",
        places_left=left,
    )


def may_mark(
    *,
    missed: bool,
    starts_at: datetime,
    ends_at: datetime,
    opens_minutes: int,
    zone: ZoneInfo,
    now: datetime,
) -> DomainError | None:
    """From check-in's opening on, ``missed`` from the start on; both for seven days."""
    opening = starts_at if missed else attendance_opens_at(starts_at, opens_minutes)
    if now < opening:
        what = (
            "Nobody has missed it before it starts," if missed else "Attendance opens"
        )
        return errors.AttendanceNotOpen(
            f"{what} {when(opening, zone)}.",
            remedy="Come back then.",
            opens_at=opening.isoformat(),
        )
    closing = attendance_closes_at(ends_at)
    if now > closing:
        return errors.AttendanceClosed(
            f"Who came could be changed until {when(closing, zone)}.",
            closed_at=closing.isoformat(),
        )
    return None


AHEAD: tuple[Rule, ...] = (session_goes_ahead, session_lies_ahead)
_ABOUT_SESSION: tuple[Rule, ...] = (*AHEAD, account_is_open, not_booked_yet)
_ABOUT_MEMBER: tuple[Rule, ...] = (
    some_membership,
    window_is_open,
    classes_left,
    no_overlap,
)

BOOKING: tuple[Rule, ...] = (*_ABOUT_SESSION, *_ABOUT_MEMBER, place_is_free)
JOINING: tuple[Rule, ...] = (
    *_ABOUT_SESSION,
    not_waiting_yet,
    *_ABOUT_MEMBER,
    no_place_is_free,
)
# The window was open when the waiting member joined.
PROMOTION: tuple[Rule, ...] = (
    *_ABOUT_SESSION,
    some_membership,
    classes_left,
    no_overlap,
)


def judge(facts: Facts, rules: Iterable[Rule]) -> DomainError | None:
    """The first refusal, or None when every rule agrees."""
    for rule in rules:
        if refusal := rule(facts):
            return refusal
    return None


def trace(facts: Facts, rules: Iterable[Rule]) -> list[tuple[str, DomainError | None]]:
    """Every rule by name with its word: the answer to "why can't I book?"."""
    return [(rule.__name__, rule(facts)) for rule in rules]
