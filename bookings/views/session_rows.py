"""Session rows of the timetable: drawn once, then completed for each reader.

A row's body is the same for everybody, so it is drawn when its session was last
changed. Only the word on its button is worked out for each reader, from what
queries.timetable_page.member_day brought, without a query a row.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from bookings import cancelling, rules
from bookings.cancelling import CancelTerms
from bookings.models import ClassSession
from bookings.queries import timetable_page
from bookings.queries.timetable_page import MemberDay, Place, SessionVersions
from bookings.views.fragments import FRAGMENTS
from gymsite.core.periods import when
from gymsite.web import fragments, request_counters
from gymsite.web.tags import ordinal

MORNING_ENDS, EVENING_STARTS = 12, 17
# each part of the day: its first hour, and the hour it ends before
HOURS = {
    "morning": (0, MORNING_ENDS),
    "midday": (MORNING_ENDS, EVENING_STARTS),
    "evening": (EVENING_STARTS, 24),
}
PARTS = tuple(HOURS)
FEW_PLACES = 3

# placeholders for the reader's part of a kept row; no text in the database has a NUL
KIND_HERE, ACTION_HERE = "\0kind", "\0action"


@dataclass(frozen=True, slots=True)
class Row:
    """One drawn session; ``html`` has two places for the reader's part."""

    id: int
    address: str
    name: str
    clock: str
    subject: str
    trainer_slug: str
    trainer_name: str
    level: str
    part: str
    starts_at: datetime
    ends_at: datetime
    wall: datetime
    is_full: bool
    is_cancelled: bool
    waitlist_length: int
    html: SafeString

    @property
    def zone(self) -> ZoneInfo:
        return cast("ZoneInfo", self.wall.tzinfo)


class State(NamedTuple):
    """What a row says to its reader: its kind, its button and a line below it.

    The button posts, or leads to the class, or (``style`` "none") does nothing.
    """

    kind: str
    style: str
    word: str
    posts_to: str = ""
    note: str = ""


def drawn(keys: SessionVersions) -> list[Row]:
    """The rows of these keys; those not kept yet cost one query for all."""
    kept = FRAGMENTS.find(("row", keys.version, *key) for key in keys.rows)
    missing = [key[0] for key, row in zip(keys.rows, kept, strict=True) if row is None]
    request_counters.looked(hits=len(keys.rows) - len(missing), misses=len(missing))
    fresh: dict[int, Row] = {}
    if missing:
        for session in timetable_page.sessions_with_keys(missing):
            # the version that was read with the row, which may be newer than keys'
            fresh[session.pk] = row = draw(session)
            FRAGMENTS.keep(("row", session.stamp, session.pk, session.content), row)
    found = (row or fresh.get(key[0]) for key, row in zip(keys.rows, kept, strict=True))
    return [row for row in found if row is not None]


def draw(session: ClassSession) -> Row:
    """A session's row without what is its reader's own."""
    wall = session.starts_at.astimezone(session.zone)
    kind, substituted = session.gym_class, session.substitute_for
    shown: dict[str, Any] = {
        "id": session.pk,
        "address": reverse("class-page", args=[session.pk]),
        "starts": wall.isoformat(timespec="minutes"),
        "clock": f"{wall:%H:%M}",
        "minutes": round((session.ends_at - session.starts_at).total_seconds() / 60),
        "name": kind.name,
        "level": kind.get_level_display(),
        "trainer": session.trainer.name,
        "room": session.room.name,
        "substitute_for": substituted.name if substituted else "",
        "is_cancelled": session.status == ClassSession.Status.CANCELLED,
        "booked": session.booked_count,
        "capacity": session.capacity,
        "places": places(session.capacity, session.capacity - session.booked_count),
    }
    context = {"row": shown, "kind": KIND_HERE, "action_drawn": ACTION_HERE}
    return Row(
        id=session.pk,
        address=shown["address"],
        name=kind.name,
        clock=shown["clock"],
        subject=kind.class_type.subject,
        trainer_slug=session.trainer.slug,
        trainer_name=session.trainer.name,
        level=kind.level,
        part=part_of(wall),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        wall=wall,
        is_full=session.booked_count >= session.capacity,
        is_cancelled=shown["is_cancelled"],
        waitlist_length=session.waitlist_length,
        html=fragments.draw("bookings/_session_row.html", context),
    )


def part_of(wall: datetime) -> str:
    if wall.hour < MORNING_ENDS:
        return "morning"
    return "midday" if wall.hour < EVENING_STARTS else "evening"


def places(capacity: int, left: int) -> str:
    if left <= 0:
        return f"{capacity} of {capacity}, full"
    return (
        f"{left} of {capacity} left"
        if left > FEW_PLACES
        else f"only {left} of {capacity} left"
    )


def waiting_word(length: int) -> str:
    return f"Join waitlist ({length})" if length else "Join waitlist"


def state_of(row: Row, mine: MemberDay, now: datetime) -> State:
    """The one word on a row's button, for this reader, now."""
    if entry := mine.booked.get(row.id):
        return _booked(row, entry, now)
    if row.is_cancelled:
        return State("off", "none", "Cancelled")
    if row.starts_at <= now:
        return State("over", "none", "Closed")
    if rank := mine.waiting.get(row.id):
        return State(
            "full",
            "wait",
            f"On list, {ordinal(rank)}",
            note=f"of {row.waitlist_length} waiting",
        )
    opens = rules.opening(row.wall, row.zone, mine.window_days)
    if opens > now:
        return State("", "none", f"Opens {when(opens, row.zone)}")
    if row.is_full:
        return State("full", "wait", waiting_word(row.waitlist_length), "join")
    note = ""
    if mine.takes_class is not None and rules.is_late(now, row.starts_at, mine.policy):
        grace = mine.policy.booked_grace_minutes
        note = cancelling.late_clause(grace, mine.takes_class, row.starts_at - now)
    return State("", "", "Book", "book", note)


def _booked(row: Row, entry: Place, now: datetime) -> State:
    status = entry[0]
    if status == "attended":
        return State("mine over", "done", "Attended ✓")
    if status == "no_show":
        return State("over", "stop", "Missed")
    if row.starts_at <= now:
        return State("mine", "done", "Booked ✓")
    return State(
        "mine", "done", "Booked ✓", note=cancelling.clause(terms_of(row, entry), now)
    )


def terms_of(row: Row, entry: Place) -> CancelTerms:
    return CancelTerms(
        datetime.fromtimestamp(entry[2], row.zone), row.starts_at, entry[3], row.zone
    )


def articles(rows: list[Row], mine: MemberDay, now: datetime) -> SafeString:
    """The rows as their reader sees them now."""
    states = [state_of(row, mine, now) for row in rows]
    parts = (
        row.html.replace(KIND_HERE, state.kind).replace(ACTION_HERE, action)
        for row, state, action in zip(rows, states, actions(rows, states), strict=True)
    )
    return mark_safe("".join(parts))  # noqa: S308 (drawn by templates)


def actions(rows: list[Row], states: list[State]) -> list[SafeString]:
    """The button of each row and the line below it, kept: most readers get the same."""
    keys = [
        ("action", row.id, row.name, row.clock, *state[1:])
        for row, state in zip(rows, states, strict=True)
    ]
    found = FRAGMENTS.find(keys)
    for n, drawn_before in enumerate(found):
        if drawn_before is None:
            context = {"row": rows[n], "action": states[n]}
            found[n] = fragments.draw("bookings/_session_action.html", context)
            FRAGMENTS.keep(keys[n], found[n])
    return found


def sections(rows: list[Row], mine: MemberDay, now: datetime) -> dict[str, Any]:
    """The day's rows: (part of the day, rows drawn) for each that has any.

    While the day lasts, what is over is folded away, so that what can still be booked
    comes first.
    """
    over = [row for row in rows if row.starts_at <= now and row.id not in mine.booked]
    folded = over if len(over) < len(rows) else []
    hidden = {row.id for row in folded}
    shown = {
        part: [row for row in rows if row.part == part and row.id not in hidden]
        for part in PARTS
    }
    return {
        "earlier_count": len(folded),
        "earlier": articles(folded, mine, now),
        "parts": [
            (part.title(), articles(inside, mine, now))
            for part, inside in shown.items()
            if inside
        ],
    }
