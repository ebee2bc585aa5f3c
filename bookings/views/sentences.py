"""Sentences that several pages say."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString

from bookings import cancelling, rules
from bookings.models import Booking, CheckIn
from bookings.queries.timetable_page import ComingUp, MemberDay
from bookings.rules import Facts
from bookings.views.fragments import FRAGMENTS
from gymsite.core.periods import day_name, when
from gymsite.web import fragments
from memberships.queries import Entitlement, counted_until, included_classes

STANDS_STILL = {"frozen": "frozen just now", "past_due": "a payment is due"}


def coming_up(mine: MemberDay, today: date) -> SafeString:
    """What the reader is booked for and may book with, kept: most pages of a reader
    show the same."""
    key = ("coming up", today, mine.coming, mine.entitlements)
    return FRAGMENTS.get_or_draw(key, lambda: _draw_coming_up(mine, today))


def _draw_coming_up(mine: MemberDay, today: date) -> SafeString:
    held = mine.entitlements
    context = {
        "coming": [(place, _start(place)) for place in mine.coming],
        "entitlements": [cover_line(entitlement, today) for entitlement in held],
        "can_book": any(entitlement.includes_classes for entitlement in held),
    }
    return fragments.draw("bookings/_yours.html", context)


def _start(place: ComingUp) -> str:
    zone = ZoneInfo(place.time_zone)
    return when(datetime.fromtimestamp(place.starts, UTC), zone)


def cover_line(entitlement: Entitlement, today: date) -> tuple[str, str]:
    """The plan, and what it gives just now."""
    if entitlement.status != "active":
        return entitlement.plan_name, STANDS_STILL.get(
            entitlement.status, entitlement.status
        )
    if entitlement.left is not None and entitlement.includes_appointments:
        until = day_name(counted_until(entitlement, today))
        return entitlement.plan_name, f"{_appointments(entitlement.left)} until {until}"
    if entitlement.left is None or not entitlement.includes_classes:
        return entitlement.plan_name, included_classes(entitlement)
    until = day_name(counted_until(entitlement, today))
    return entitlement.plan_name, f"{classes(entitlement.left)} left until {until}"


def _appointments(left: int) -> str:
    return f"{left} appointment{'' if left == 1 else 's'} left"


def classes(count: int) -> str:
    return f"{count} class" if count == 1 else f"{count} classes"


def will_use(facts: Facts) -> str:
    """What a booking made now is paid with."""
    entitlement = rules.paying_entitlement(facts)
    if entitlement is None:
        return ""
    if entitlement.left is None:
        return f"It is included in {entitlement.plan_name}."
    until = day_name(counted_until(entitlement, facts.session.session_date))
    left, plan = classes(entitlement.left), entitlement.plan_name
    return f"Uses 1 of your {left}: {plan}, until {until}."


def booking_line(booking: Booking, now: datetime) -> dict[str, Any]:
    """What a list says about a booking."""
    session = booking.session
    zone = session.zone
    ahead = booking.status == Booking.Status.BOOKED and now < booking.starts_at
    return {
        "reference": booking.reference,
        "name": session.gym_class.name,
        "when": when(booking.starts_at, zone),
        "where": f"{session.room.name}, {booking.branch.name}",
        "trainer": session.trainer.name,
        "status": booking.get_status_display(),
        "tag": TAGS.get(booking.status, ""),
        "can_cancel": ahead,
        "starts_at": booking.starts_at,
        "deadline": cancelling.sentence(cancelling.terms_of(booking, zone), now)
        if ahead
        else "",
    }


TAGS = {
    "booked": "good",
    "attended": "good",
    "no_show": "stop",
    "late_cancelled": "wait",
}


def waiting_line(entry: Any) -> dict[str, Any]:
    """A turn in words; ``entry`` has its ``rank`` (queries.bookings.waiting)."""
    session = entry.session
    return {
        "session_id": session.pk,
        "name": session.gym_class.name,
        "when": when(session.starts_at, session.zone),
        "where": f"{session.room.name}, {entry.branch.name}",
        "rank": entry.rank,
        "length": session.waitlist_length,
    }


def visit_line(checkin: CheckIn) -> dict[str, Any]:
    """A visit in words, by its class's clock, or else its branch's of today."""
    session = checkin.booking.session if checkin.booking else None
    return {
        "when": when(checkin.at, session.zone if session else checkin.branch.zone),
        "branch": checkin.branch.name,
        "what": session.gym_class.name if session else "Free visit",
        "how": checkin.get_method_display(),
    }
