"""What cancelling a place costs, in words: the same wherever members read it.

They are made of what is frozen onto the booking: until when it is free, and whether a
class of a limited plan pays.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bookings import rules
from bookings.models import Booking
from gymsite.core.periods import when

UNTIL_THE_START = "Free to cancel until it starts"


@dataclass(frozen=True, slots=True)
class CancelTerms:
    """``takes_class``: a late cancel uses up a class; else it is only noted."""

    free_until: datetime
    starts_at: datetime
    takes_class: bool
    zone: ZoneInfo

    def is_free(self, at: datetime) -> bool:
        return at <= self.free_until


def terms_of(booking: Booking, zone: ZoneInfo) -> CancelTerms:
    return CancelTerms(
        booking.free_until, booking.starts_at, booking.allowance_id is not None, zone
    )


def clause(terms: CancelTerms, at: datetime) -> str:
    """What cancelling at an instant costs, in few words; no deadline that is past."""
    if not terms.is_free(at):
        return f"Cancelling {_loss(terms.takes_class)}"
    if terms.free_until >= terms.starts_at:
        return UNTIL_THE_START
    return f"Free to cancel until {when(terms.free_until, terms.zone)}"


def sentence(terms: CancelTerms, at: datetime) -> str:
    """The same, with what it costs later."""
    said = clause(terms, at)
    has_later = terms.is_free(at) and terms.free_until < terms.starts_at
    return (
        f"{said}; after that it {_loss(terms.takes_class)}."
        if has_later
        else f"{said}."
    )


def cancelled(booking: Booking) -> str:
    """What a cancelled booking has cost."""
    if booking.status != Booking.Status.LATE_CANCELLED:
        return "Nothing was used up."
    cost = "1 class is used" if booking.allowance_id else "it counts as a late cancel"
    return f"It was after the free time: {cost}."


def before_booking(facts: rules.Facts) -> str:
    """What cancelling will cost if the session is booked now."""
    entitlement = rules.paying_entitlement(facts)
    takes_class = entitlement is not None and entitlement.limit is not None
    session = facts.session
    if rules.is_late(facts.now, session.starts_at, facts.policy):
        left = session.starts_at - facts.now
        return f"{late_clause(facts.policy.booked_grace_minutes, takes_class, left)}."
    terms = CancelTerms(
        rules.free_until(facts), session.starts_at, takes_class, session.zone
    )
    return sentence(terms, facts.now)


def late_clause(grace_minutes: int, takes_class: bool, left: timedelta) -> str:
    """What cancelling costs who books after the cutoff, ``left`` before the start."""
    grace = timedelta(minutes=grace_minutes)
    return (
        UNTIL_THE_START
        if grace and left <= grace
        else _late_clause(grace_minutes, takes_class)
    )


@lru_cache(maxsize=20)
def _late_clause(grace_minutes: int, takes_class: bool) -> str:
    loss = _loss(takes_class)
    if not grace_minutes:
        return f"Cancelling {loss}"
    minutes = "1 minute" if grace_minutes == 1 else f"{grace_minutes} minutes"
    return f"Free to cancel for {minutes}; after that it {loss}"


def _loss(takes_class: bool) -> str:
    return "costs 1 class" if takes_class else "counts as a late cancel"
