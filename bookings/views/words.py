"""Sentences that several pages say: what is coming, what is left to book with, what a button will cost."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from bookings import cancelling, rules
from bookings.models import Booking, CheckIn
from bookings.queries.day_page import Mine
from bookings.rules import Facts
from gymsite.core.periods import day_name, when
from memberships.queries import Cover, counted_until, included_classes

NO_PLAN = format_html(
    "<h2>{}</h2><p>{}</p><p class='part'><a class='button' href='/plans/'>{}</a></p>",
    "No plan yet",
    "Choose one with classes, or a class pack.",
    "See the plans",
)

CLASS_PACKS = format_html("<p class='part'><a href='/plans/'>{}</a></p>", "See the class packs")
STANDS_STILL = {"frozen": "frozen just now", "past_due": "a payment is due"}


COMING = (
    "<li><span><b>{}</b><small>{}, {}</small></span>"
    '<a class="link" href="/classes/{}/">See<span class="hidden-text"> {}</span></a></li>'
)


def coming(mine: Mine) -> SafeString:
    """What the reader is booked for next: one line a session."""
    lines = ((name, _at(starts, ZoneInfo(zone)), room, pk, name) for pk, name, room, starts, zone in mine.coming)
    return format_html_join("", COMING, lines)


def _at(starts: float, zone: ZoneInfo) -> str:
    return when(datetime.fromtimestamp(starts, zone), zone)


def credits(mine: Mine, today: date) -> SafeString:
    """What the reader may book with: one line a membership."""
    if not mine.covers:
        return NO_PLAN
    lines = format_html_join("", "<p>{}</p>", ((cover_line(cover, today),) for cover in mine.covers))
    if not any(cover.includes_classes for cover in mine.covers):
        return format_html("<h2>{}</h2>{}{}", "Your membership", lines, CLASS_PACKS)
    return format_html("<h2>{}</h2>{}", "You book with", lines)


def cover_line(cover: Cover, today: date) -> SafeString:
    if cover.status != "active":
        return format_html("<b>{}</b>, {}", cover.plan_name, STANDS_STILL.get(cover.status, cover.status))
    if cover.left is None or not cover.includes_classes:
        return format_html("<b>{}</b>, {}", cover.plan_name, included_classes(cover))
    until = day_name(counted_until(cover, today))
    return format_html("<b>{}</b>, {} left until {}", cover.plan_name, classes(cover.left), until)


def classes(count: int) -> str:
    return f"{count} class" if count == 1 else f"{count} classes"


def will_use(facts: Facts) -> str:
    """What a booking made now is paid with."""
    cover = rules.paying_cover(facts)
    if cover is None:
        return ""
    if cover.left is None:
        return f"It is included in {cover.plan_name}."
    until = day_name(counted_until(cover, facts.session.session_date))
    return f"Uses 1 of your {classes(cover.left)}: {cover.plan_name}, until {until}."


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
        "deadline": cancelling.sentence(cancelling.terms_of(booking, zone), now) if ahead else "",
    }


TAGS = {"booked": "good", "attended": "good", "no_show": "stop", "late_cancelled": "wait"}


def waiting_line(entry: Any) -> dict[str, Any]:
    """A turn in words; ``entry`` is a WaitlistEntry with its rank (queries.my_schedule.waiting)."""
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
    """A visit to a class is said by the class's clock, another one by its branch's of today."""
    session = checkin.booking.session if checkin.booking else None
    return {
        "when": when(checkin.at, session.zone if session else checkin.branch.zone),
        "branch": checkin.branch.name,
        "what": session.gym_class.name if session else "Free visit",
        "how": checkin.get_method_display(),
    }
