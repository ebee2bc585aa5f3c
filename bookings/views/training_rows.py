"""A trainer's classes, appointments and time away as their pages show them."""

from datetime import date, datetime
from typing import Any

from django.urls import reverse

from bookings.models import Appointment
from bookings.models.appointments import OVER, AppointmentStatus
from bookings.queries.training_week import AWAY, TrainerTime
from bookings.rules.appointments import next_states
from gymsite.core import periods
from gymsite.core.periods import day_bounds, when

Status = AppointmentStatus
# What a button says that makes an appointment this, and how the button looks.
BUTTONS = {
    Status.BOOKED: ("Accept", ""),
    Status.CONFIRMED: ("Confirm", "second"),
    Status.CHECKED_IN: ("Check in", ""),
    Status.COMPLETED: ("Completed", "second"),
    Status.NO_SHOW: ("No-show", "second"),
    Status.DECLINED: ("Decline", "second"),
}
TAGS = {
    Status.REQUESTED: "wait",
    Status.BOOKED: "",
    Status.CONFIRMED: "good",
    Status.CHECKED_IN: "good",
    Status.COMPLETED: "good",
    Status.NO_SHOW: "stop",
    Status.CANCELLED: "",
    Status.LATE_CANCELLED: "",
    Status.DECLINED: "",
}
AWAY_WORDS = {"holiday": "Holiday", "block": "Blocked", "extra": "Extra hours"}


def row(time: TrainerTime, now: datetime) -> dict[str, Any]:
    """One class or appointment, or one exception of the hours, in words."""
    shown = {
        "kind": time.kind,
        "id": time.id,
        "when": when(time.starts_at, time.zone),
        "clock": clock(time),
        "is_over": time.ends_at <= now,
        "is_now": time.starts_at <= now < time.ends_at,
        "place": ", ".join(part for part in (time.room, time.branch) if part),
        "room": time.room or "",
    }
    if time.kind == "class":
        return shown | _class(time)
    return shown | (_appointment(time, now) if time.reference else _exception(time))


def clock(time: TrainerTime, day: date | None = None) -> str:
    """From when to when, by the clock there; on ``day`` what of it is on that day."""
    starts, ends = time.starts_at, time.ends_at
    if day is not None:
        first, last = day_bounds(day, time.zone)
        if starts <= first and last <= ends:
            return "All day"
        starts, ends = max(starts, first), min(ends, last)
    return " to ".join(periods.clock(at.astimezone(time.zone)) for at in (starts, ends))


def _class(time: TrainerTime) -> dict[str, Any]:
    off = not time.stands
    full = time.booked_count >= time.capacity
    return {
        "address": reverse("roster", args=[time.id]),
        "name": time.name,
        "about": time.room,
        "places": "" if off else f"{time.booked_count}/{time.capacity}",
        "waiting": 0 if off else time.waitlist_length,
        "look": "off" if off else "full" if full else "",
        "substitute": time.substitute_for,
    }


def _appointment(time: TrainerTime, now: datetime) -> dict[str, Any]:
    status = Status(time.status)
    look = "one" if time.stands else "one off"
    return {
        "address": reverse("training-appointment", args=[time.reference]),
        "reference": time.reference,
        "name": time.client,
        "about": time.name,
        "status": status.label,
        "tag": TAGS[status],
        "look": "one wait" if status == Status.REQUESTED else look,
        "buttons": [] if status in OVER else buttons(status, time.opens_at, time, now),
    }


def _exception(time: TrainerTime) -> dict[str, Any]:
    return {
        "name": AWAY_WORDS[time.kind],
        "about": time.name,
        "look": "away" if time.kind in AWAY else "extra",
    }


def buttons(
    status: str, opens_at: datetime, time: TrainerTime | Appointment, now: datetime
) -> list[tuple[str, str, str]]:
    """What may be made of an appointment now: the state, its words, its look."""
    found = next_states(
        status,
        opens_at=opens_at,
        starts_at=time.starts_at,
        ends_at=time.ends_at,
        now=now,
    )
    return [(state.value, *BUTTONS[state]) for state in found]
