"""A trainer's classes and appointments as iCalendar, in the way of icalendars.py.

A class has one UID in every trainer's feed, so that it moves to a substitute's.
"""

from collections.abc import Iterable
from datetime import UTC

from django.urls import reverse
from icalendar import Calendar, Event

from bookings.icalendars import calendar_of
from bookings.queries.training_week import TrainerTime
from gymsite.core.text import one_line


def calendar_of_trainer(times: Iterable[TrainerTime], site: str) -> bytes:
    """The calendar's text; ``site`` is the site's address without a last slash."""
    calendar = Calendar.from_ical(calendar_of([], site))
    calendar["x-wr-calname"] = "Teaching"
    for time in times:
        calendar.add_component(_event(time, site))
    return calendar.to_ical()


def _event(time: TrainerTime, site: str) -> Event:
    is_class = time.kind == "class"
    name = reverse("roster", args=[time.id]) if is_class else _page(time)
    uid = f"session-{time.id}" if is_class else f"training-{time.reference}"
    title = time.name if is_class else f"{time.client}, {time.name}"
    event = Event()
    event.add("uid", f"{uid}@gymsite")
    event.add("sequence", time.sequence)
    event.add("dtstamp", time.changed_at.astimezone(UTC))
    event.add("last-modified", time.changed_at.astimezone(UTC))
    event.add("dtstart", time.starts_at.astimezone(UTC))
    event.add("dtend", time.ends_at.astimezone(UTC))
    event.add("summary", one_line(title))
    place = (time.room, time.branch)
    event.add("location", one_line(", ".join(part for part in place if part)))
    event.add("status", _status(time))
    event.add("url", site + name)
    return event


def _page(time: TrainerTime) -> str:
    return reverse("training-appointment", args=[time.reference])


def _status(time: TrainerTime) -> str:
    if not time.stands:
        return "CANCELLED"
    return "TENTATIVE" if time.status == "requested" else "CONFIRMED"
