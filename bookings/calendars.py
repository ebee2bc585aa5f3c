"""Bookings as iCalendar (RFC 5545).

Instants are UTC: a session's instant is computed from its wall time once, so 07:00 stays 07:00 on both sides of a clock
change, whatever rules the reader's calendar knows. A booking keeps its UID; SEQUENCE grows with each change of it.
"""

from collections.abc import Iterable
from datetime import UTC, timedelta

from icalendar import Calendar, Event, vDuration

from bookings.models import Booking

CANCELLED = (Booking.Status.CANCELLED, Booking.Status.LATE_CANCELLED)
REFRESH = timedelta(hours=1)


def calendar_of(bookings: Iterable[Booking], site: str) -> bytes:
    """The calendar's text. ``site`` is the site's own address, ending in a slash."""
    calendar = Calendar()
    calendar.add("prodid", "-//gymsite//bookings//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "My classes")
    calendar.add("refresh-interval", vDuration(REFRESH), parameters={"value": "DURATION"})
    for booking in bookings:
        calendar.add_component(event_of(booking, site))
    return calendar.to_ical()


def event_of(booking: Booking, site: str) -> Event:
    session, branch = booking.session, booking.branch
    event = Event()
    event.add("uid", f"booking-{booking.reference}@gymsite")
    event.add("sequence", booking.sequence)
    event.add("dtstamp", (booking.cancelled_at or booking.booked_at).astimezone(UTC))
    event.add("dtstart", booking.starts_at.astimezone(UTC))
    event.add("dtend", booking.ends_at.astimezone(UTC))
    event.add("summary", f"{session.gym_class.name} with {session.trainer.name}")
    event.add("location", ", ".join(part for part in (session.room.name, branch.name, branch.address) if part))
    event.add("status", "CANCELLED" if booking.status in CANCELLED else "CONFIRMED")
    event.add("url", f"{site}bookings/{booking.reference}/")
    return event
