"""Bookings and appointments as iCalendar (RFC 5545).

Instants are UTC: a session's instant is computed from its wall time once, so 07:00
stays 07:00 on both sides of a clock change, whatever rules the reader's calendar knows.
A booking keeps its UID. SEQUENCE grows, and DTSTAMP and LAST-MODIFIED move on, with
each change of the booking and each of its session that a reader sees
(bookings.models.revisions); so they do when an appointment is moved, accepted or
cancelled. There is no METHOD: a feed that is subscribed to is no
message (RFC 5546 would ask for an ORGANIZER).
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.urls import reverse
from icalendar import Calendar, Event, vDuration

from bookings import appointment_words as words
from bookings import cancelling
from bookings.models import Appointment, Booking
from bookings.models.appointments import ENDED
from gymsite.core import references
from gymsite.core.text import one_line

CANCELLED = (Booking.Status.CANCELLED, Booking.Status.LATE_CANCELLED)
STATUS = {"requested": "TENTATIVE", **dict.fromkeys(ENDED, "CANCELLED")}
REFRESH = timedelta(hours=1)


def calendar_of(rows: Iterable[Booking | Appointment], site: str) -> bytes:
    """The calendar's text; ``site`` is the site's address without a last slash."""
    calendar = Calendar()
    calendar.add("prodid", "-//gymsite//bookings//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", "My bookings")
    calendar.add(
        "refresh-interval", vDuration(REFRESH), parameters={"value": "DURATION"}
    )
    for row in rows:
        made = met(row, site) if isinstance(row, Appointment) else event_of(row, site)
        calendar.add_component(made)
    return calendar.to_ical()


def event_of(booking: Booking, site: str) -> Event:
    session, branch = booking.session, booking.branch
    place = (session.room.name, branch.name, branch.address)
    # by the class's clock, what cancelling costs or has cost
    if booking.status in CANCELLED:
        said = one_line(
            f"This place is cancelled. {cancelling.cancelled(booking)} "
            f"{booking.cancel_reason}"
        )
    else:
        terms = cancelling.terms_of(booking, session.zone)
        said = cancelling.sentence(terms, booking.booked_at)
    event = Event()
    event.add("uid", f"booking-{booking.reference}@gymsite")
    event.add("sequence", booking.sequence + session.revision)
    event.add("dtstamp", _changed_at(booking))
    event.add("last-modified", _changed_at(booking))
    event.add("dtstart", booking.starts_at.astimezone(UTC))
    event.add("dtend", booking.ends_at.astimezone(UTC))
    event.add(
        "summary", one_line(f"{session.gym_class.name} with {session.trainer.name}")
    )
    event.add("description", f"{said}\nReference {references.shown(booking.reference)}")
    event.add("location", one_line(", ".join(part for part in place if part)))
    event.add("status", "CANCELLED" if booking.status in CANCELLED else "CONFIRMED")
    event.add("url", site + reverse("booking", args=[booking.reference]))
    return event


def met(appointment: Appointment, site: str) -> Event:
    """An appointment; TENTATIVE until its trainer has said yes."""
    branch, revised = appointment.branch, appointment.revised_at
    changed = max(appointment.booked_at, revised or appointment.booked_at)
    room = appointment.room.name if appointment.room else ""
    if appointment.status in ENDED:
        why = appointment.cancel_reason
        said = f"{words.ending(appointment)}. {words.cancelled(appointment)} {why}"
    else:
        said = words.terms(appointment, appointment.booked_at)
    event = Event()
    event.add("uid", f"appointment-{appointment.reference}@gymsite")
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", changed.astimezone(UTC))
    event.add("last-modified", changed.astimezone(UTC))
    event.add("dtstart", appointment.starts_at.astimezone(UTC))
    event.add("dtend", appointment.ends_at.astimezone(UTC))
    event.add("summary", one_line(f"{appointment.service} with {appointment.trainer}"))
    shown = references.shown(appointment.reference)
    event.add("description", f"{one_line(said)}\nReference {shown}")
    place = ", ".join(part for part in (room, branch.name, branch.address) if part)
    event.add("location", one_line(place))
    event.add("status", STATUS.get(appointment.status, "CONFIRMED"))
    event.add("url", site + reverse("appointment", args=[appointment.reference]))
    return event


def _changed_at(booking: Booking) -> datetime:
    """When what the event shows was last changed: by the booking or by its session."""
    own = booking.cancelled_at or booking.booked_at
    return max(own, booking.session.revised_at or own).astimezone(UTC)
