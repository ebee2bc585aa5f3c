"""Session rows of the timetable: drawn once, kept in the process under the row's content, worded for the reader.

A row's body is the same for everybody, so it is drawn when its session was last changed. Only the word on its button is
worked out for each reader, from what queries.day_page.mine brought, without a query a row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, cast
from zoneinfo import ZoneInfo

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from bookings import cancelling, rules
from bookings.cancelling import CancelTerms
from bookings.models import ClassSession
from bookings.queries import day_page
from bookings.queries.day_page import Keys, Mine, Place
from bookings.views.kept import FRAGMENTS
from gymsite.core import tally
from gymsite.core.periods import when
from gymsite.core.templatetags.ui import meter, ordinal

MORNING_ENDS, EVENING_STARTS = 12, 17
# from which hour of the clock there to which
HOURS = {"morning": (0, MORNING_ENDS), "midday": (MORNING_ENDS, EVENING_STARTS), "evening": (EVENING_STARTS, 24)}
PARTS = tuple(HOURS)
FEW_PLACES = 3

BODY = (
    '<div class="when"><time datetime="{}">{}</time><small>{} min</small></div>'
    '<div><h3><a href="/classes/{}/">{}</a>{}</h3><p>{} · {}</p>{}{}</div>'
)
SUBSTITUTE = '<p class="sub">Substitute, for {}</p>'
POST = (
    '<button class="button{}" id="b{}" formaction="/classes/{}/{}/">{}<span class="hidden-text"> {}, {}</span></button>'
)


@dataclass(frozen=True, slots=True)
class Row:
    """One drawn session. ``body``, ``book`` and ``join`` are safe HTML; ``wall`` is the start by its own clock."""

    id: int
    name: str
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
    body: SafeString
    book: SafeString
    join: SafeString

    @property
    def zone(self) -> ZoneInfo:
        return cast("ZoneInfo", self.wall.tzinfo)


class State(NamedTuple):
    """What the row says to its reader: a class for the card, the button, and a short line below it."""

    kind: str
    button: str
    note: str = ""


def drawn(keys: Keys) -> list[Row]:
    """The rows of these keys; those not kept yet cost one query for all."""
    kept = FRAGMENTS.find(("row", keys.version, *key) for key in keys.rows)
    missing = [key[0] for key, row in zip(keys.rows, kept, strict=True) if row is None]
    tally.looked(hits=len(keys.rows) - len(missing), misses=len(missing))
    fresh: dict[int, Row] = {}
    if missing:
        for session in day_page.sessions_with_keys(missing):
            # under the version read together with what is drawn, which may be newer than the one asked for
            fresh[session.pk] = row = draw(session)
            FRAGMENTS.keep(("row", session.stamp, session.pk, session.content), row)
    found = (row or fresh.get(key[0]) for key, row in zip(keys.rows, kept, strict=True))
    return [row for row in found if row is not None]


def draw(session: ClassSession) -> Row:
    wall = session.starts_at.astimezone(session.zone)
    kind = session.gym_class
    left = session.capacity - session.booked_count
    is_cancelled = session.status == ClassSession.Status.CANCELLED
    full = format_html("<p>{}{}</p>", meter(session.booked_count, session.capacity), places(session.capacity, left))
    level = format_html(' <span class="level">{}</span>', kind.get_level_display())
    sub = format_html(SUBSTITUTE, session.substitute_for.name) if session.substitute_for else ""
    minutes = round((session.ends_at - session.starts_at).total_seconds() / 60)
    who, where = session.trainer.name, session.room.name
    clock = f"{wall:%H:%M}"
    return Row(
        id=session.pk,
        name=kind.name,
        subject=kind.class_type.subject,
        trainer_slug=session.trainer.slug,
        trainer_name=who,
        level=kind.level,
        part=part_of(wall),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        wall=wall,
        is_full=left <= 0,
        is_cancelled=is_cancelled,
        waitlist_length=session.waitlist_length,
        body=format_html(
            BODY, wall.isoformat(timespec="minutes"), clock, minutes, session.pk, kind.name, level, who, where, sub,
            "" if is_cancelled else full,
        ),
        book=format_html(POST, "", session.pk, session.pk, "book", "Book", kind.name, clock),
        join=format_html(
            POST, " wait", session.pk, session.pk, "join", waiting_word(session.waitlist_length), kind.name, clock
        ),
    )  # fmt: skip


def part_of(wall: datetime) -> str:
    if wall.hour < MORNING_ENDS:
        return "morning"
    return "midday" if wall.hour < EVENING_STARTS else "evening"


def places(capacity: int, left: int) -> str:
    if left <= 0:
        return f"{capacity} of {capacity}, full"
    return f"{left} of {capacity} left" if left > FEW_PLACES else f"only {left} of {capacity} left"


def waiting_word(length: int) -> str:
    return f"Join waitlist ({length})" if length else "Join waitlist"


def link(kind: str, row: Row, word: str) -> SafeString:
    return format_html(
        '<a class="button {}" id="b{}" href="/classes/{}/">{}<span class="hidden-text"> {}, {}</span></a>',
        kind, row.id, row.id, word, row.name, f"{row.wall:%H:%M}",
    )  # fmt: skip


def plain(word: str) -> SafeString:
    return format_html('<span class="button none">{}</span>', word)


CANCELLED, CLOSED = State("off", plain("Cancelled")), State("over", plain("Closed"))


def state_of(row: Row, mine: Mine, now: datetime) -> State:
    """The one word on a row's button, for this reader, now."""
    if entry := mine.booked.get(row.id):
        return _booked(row, entry, now)
    if row.is_cancelled:
        return CANCELLED
    if row.starts_at <= now:
        return CLOSED
    if rank := mine.waiting.get(row.id):
        return State("full", link("wait", row, f"On list, {ordinal(rank)}"), f"of {row.waitlist_length} waiting")
    opens = rules.opening(row.wall, row.zone, mine.window_days)
    if opens > now:
        return State("", plain(f"Opens {when(opens, row.zone)}"))
    return State("full", row.join) if row.is_full else State("", row.book, _late_note(row, mine, now))


def _late_note(row: Row, mine: Mine, now: datetime) -> str:
    """What cancelling will cost who books so late that it is free for some minutes alone."""
    if mine.takes_class is None or not rules.is_late(now, row.starts_at, mine.policy):
        return ""
    return cancelling.late_clause(mine.policy.booked_grace_minutes, mine.takes_class, row.starts_at - now)


def _booked(row: Row, entry: Place, now: datetime) -> State:
    status = entry[0]
    if status == "attended":
        return State("mine over", link("done", row, "Attended ✓"))
    if status == "no_show":
        return State("over", link("stop", row, "Missed"))
    if row.starts_at <= now:
        return State("mine", link("done", row, "Booked ✓"))
    return State("mine", link("done", row, "Booked ✓"), cancelling.clause(terms_of(row, entry), now))


def terms_of(row: Row, entry: Place) -> CancelTerms:
    return CancelTerms(datetime.fromtimestamp(entry[2], row.zone), row.starts_at, entry[3], row.zone)


def article(row: Row, mine: Mine, now: datetime) -> str:
    kind, button, note = state_of(row, mine, now)
    # every part is safe already: drawn by format_html, or words of ours without a character to escape
    small = f"<small>{note}</small>" if note else ""
    return f'<article class="session {kind}" id="s{row.id}">{row.body}<div class="act">{button}{small}</div></article>'


def sections(rows: list[Row], mine: Mine, now: datetime) -> SafeString:
    """The day's rows under a heading for each part of the day that has any.

    While the day lasts, what is over is folded away, so that what can still be booked comes first.
    """
    over = [row for row in rows if row.starts_at <= now and row.id not in mine.booked]
    folded = over if len(over) < len(rows) else []
    hidden = {row.id for row in folded}
    drawn_parts = [_earlier(folded, mine, now)] if folded else []
    for part in PARTS:
        inside = [article(row, mine, now) for row in rows if row.part == part and row.id not in hidden]
        if inside:
            drawn_parts.append(
                f'<section class="part"><h2>{part.title()}</h2><div class="sessions">{"".join(inside)}</div></section>'
            )
    return mark_safe("".join(drawn_parts))  # noqa: S308 (of safe parts)


def _earlier(rows: list[Row], mine: Mine, now: datetime) -> str:
    count = f"{len(rows)} earlier class" + ("" if len(rows) == 1 else "es")
    inside = "".join(article(row, mine, now) for row in rows)
    return (
        f'<details class="earlier part"><summary>{count}</summary>'
        f'<h2 class="hidden-text">Earlier</h2><div class="sessions">{inside}</div></details>'
    )


def matching(rows: list[Row], checks: list[Callable[[Row], bool]]) -> list[Row]:
    return [row for row in rows if all(check(row) for check in checks)]
