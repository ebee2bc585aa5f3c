"""The timetable: a week strip, filters of the address, and the day's sessions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from bookings.models import Level
from bookings.queries import sessions as reads
from bookings.queries import timetable_page
from bookings.queries.timetable_page import MemberDay, SessionVersions
from bookings.views import sentences, session_rows
from bookings.views.fragments import FRAGMENTS
from bookings.views.session_rows import Row
from gymsite.core.models import Branch
from gymsite.core.periods import day_bounds, day_name, monday, near_day
from gymsite.core.search import fold
from gymsite.core.text import fault
from gymsite.web import fragments
from gymsite.web.http import PageRequest
from gymsite.web.page_header import header_of

FILTERS = ("subject", "trainer", "level", "part")
CHECKS = {
    "subject": lambda row, wanted: row.subject == wanted,
    "trainer": lambda row, wanted: row.trainer_slug == wanted,
    "level": lambda row, wanted: row.level == wanted,
    "part": lambda row, wanted: row.part == wanted,
}
LONGEST_VALUE = 80  # of a filter: longer than any name or slug there is
ADDRESS_END = "\0"  # its placeholder in kept fragments; no address has a NUL
TIMES = (
    ("", "All day"),
    ("morning", "Morning"),
    ("midday", "Midday"),
    ("evening", "Evening"),
)

Choices = tuple[tuple[str, str], ...]


class FilterChoices(NamedTuple):
    """(value, words) of each choice, in the order of the words."""

    subjects: Choices
    trainers: Choices


@dataclass(slots=True)
class Page:
    """What the address asks for, with the branch and the clock it is answered by."""

    branch: Branch
    branches: list[Branch]
    now: datetime
    today: date
    day: date
    wanted: dict[str, str]
    rest: str  # the filters but for day and time of day, as the end of an address

    @property
    def address_end(self) -> str:
        """All of this page's address but its day."""
        part = self.wanted.get("part", "")
        return f"{self.rest}&part={quote(part)}" if part else self.rest

    def address(self, day: date) -> str:
        """This page on another day."""
        return f"?day={day.isoformat()}{self.address_end}"


@require_safe
def timetable(request: PageRequest) -> HttpResponse:
    now = timezone.now()
    page, keys, mine = _read(request, now)
    if page is None:
        return render(request, "bookings/no_branch.html", {"section": "timetable"})
    request.page_header = header_of(*mine.header)
    day_rows = session_rows.drawn(keys)
    shown = [
        row
        for row in day_rows
        if all(CHECKS[name](row, value) for name, value in page.wanted.items())
    ]
    choices = _choices(page.branch.pk, keys.version)
    context = _context(page, mine, choices, day_rows, shown)
    if not shown:
        context |= _beyond(page)
    return render(request, "bookings/timetable.html", context)


def _choices(branch_id: int, version: str | None) -> FilterChoices:
    """What a branch's classes may be filtered by, kept under the names' version."""
    kept = FRAGMENTS.get(("choices", branch_id, version))
    if kept is None:
        found = timetable_page.choices(branch_id)
        kept = FilterChoices(
            _sorted((row[0], row[0]) for row in found),
            _sorted(row[1:3] for row in found),
        )
        for stamp in {row[3] for row in found}:  # one stamp, or none without rows
            FRAGMENTS.keep(("choices", branch_id, stamp), kept)
    return kept


def _beyond(page: Page) -> dict[str, object]:
    """Where an empty day leads: to the next that fits, or to the timetable's end."""
    subject, trainer, level, part = (page.wanted.get(name, "") for name in FILTERS)
    # no day fits a text that can't be a filter's value
    could_fit = part in ("", *session_rows.PARTS) and not any(
        fault(value) or len(value) > LONGEST_VALUE for value in page.wanted.values()
    )
    if could_fit and (
        found := reads.next_day(
            page.branch.pk,
            max(page.day, page.today - timedelta(days=1)),
            subject=subject,
            trainer=trainer,
            level=level,
            hours=session_rows.HOURS.get(part),
        )
    ):
        return {
            "next_day": f"{found:%a} {day_name(found)}",
            "next_address": page.address(found),
        }
    last = reads.last_day(page.branch.pk)
    return {"last_day": last and f"{last:%a} {day_name(last)}"}


def _context(
    page: Page,
    mine: MemberDay,
    choices: FilterChoices,
    day_rows: list[Row],
    shown: list[Row],
) -> dict[str, object]:
    count, booked = len(shown), len(mine.booked)
    yours = f" · {booked} of yours this week" if booked else ""
    return {
        "section": "timetable",
        "page": page,
        "part": page.wanted.get("part", ""),
        "heading": f"{page.day:%A} {page.day.day} {page.day:%B}",
        "summary": f"{count} {'class' if count == 1 else 'classes'}{yours}",
        "week": _week(page.day, page.today, page.address_end, mine.dates),
        "times_of_day": _times_of_day(page.day, page.rest, page.wanted.get("part", "")),
        "selects": _selects(page, choices, day_rows),
        "sessions": session_rows.sections(shown, mine, page.now),
        "count": count,
        "hidden": len(day_rows) - count,
        "clear": f"?branch={page.branch.slug}&day={page.day.isoformat()}",
        "today_address": page.address(page.today),
        "coming_up": sentences.coming_up(mine, page.today),
    }


def _read(
    request: HttpRequest, now: datetime
) -> tuple[Page | None, SessionVersions, MemberDay]:
    """The page asked for, its sessions' keys and the reader's own; again where the
    branches have changed meanwhile."""
    branches = FRAGMENTS.get("branches")
    for _ in range(3):
        if not branches:
            branches = timetable_page.branches()
            FRAGMENTS.keep("branches", branches)
        page = _parse(request, branches, now)
        if page is None:
            return None, SessionVersions(None, []), MemberDay()
        # one day more on either side, for sessions that follow an earlier time zone
        first, zone = monday(page.day), page.branch.zone
        start, _ = day_bounds(first - timedelta(days=1), zone)
        _, end = day_bounds(first + timedelta(days=7), zone)
        keys, mine = timetable_page.read_page(
            request.user.pk, page.branch.pk, page.day, (start, end), now, page.today
        )
        if keys.version == branches[0].stamp:
            break
        branches = None
    return page, keys, mine


def _parse(request: HttpRequest, branches: list[Branch], now: datetime) -> Page | None:
    if not branches:
        return None
    home = getattr(request.user, "home_branch_id", None)
    slug = request.GET.get("branch")
    branch = next((one for one in branches if one.slug == slug), None)
    branch = branch or next((one for one in branches if one.pk == home), branches[0])
    today = branch.today(now)
    wanted = {name: value for name in FILTERS if (value := request.GET.get(name, ""))}
    others = {
        "branch": branch.slug,
        **{name: value for name, value in wanted.items() if name != "part"},
    }
    day = near_day(request.GET.get("day", ""), today)
    return Page(branch, branches, now, today, day, wanted, "&" + urlencode(others))


def _week(
    day: date, today: date, address_end: str, marked: frozenset[str]
) -> SafeString:
    """The days of a week as links; readers with the same days marked share it."""
    drawn = FRAGMENTS.get_or_draw(
        ("week", day, today, marked), lambda: _draw_week(day, today, marked)
    )
    return _at(address_end, drawn)


def _draw_week(day: date, today: date, marked: frozenset[str]) -> SafeString:
    days = [monday(day) + timedelta(days=n) for n in range(7)]
    context = {
        "before": _address_of(day - timedelta(days=7)),
        "after": _address_of(day + timedelta(days=7)),
        "days": [
            {
                "date": one,
                "address": _address_of(one),
                "is_here": one == day,
                "is_mine": one.isoformat() in marked,
                "is_past": one < today,
            }
            for one in days
        ],
    }
    return fragments.draw("bookings/_week.html", context)


def _address_of(day: date) -> str:
    return f"?day={day.isoformat()}{ADDRESS_END}"


def _at(address_end: str, drawn: str) -> SafeString:
    """What was drawn, with the end of the reader's addresses, which is never kept."""
    return mark_safe(drawn.replace(ADDRESS_END, escape(address_end)))  # noqa: S308 (escaped)


def _times_of_day(day: date, address_end: str, chosen: str) -> SafeString:
    known = chosen if chosen in session_rows.PARTS else ""
    context = {"times": TIMES, "chosen": chosen, "address": _address_of(day)}
    drawn = FRAGMENTS.get_or_draw(
        ("times", day, known, not chosen),
        lambda: fragments.draw("bookings/_times_of_day.html", context),
    )
    return _at(address_end, drawn)


def _sorted(choices: Iterable[tuple[str, str]]) -> Choices:
    return tuple(sorted(set(choices), key=lambda choice: fold(choice[1])))


def _with(offered: Choices, others: set[tuple[str, str]]) -> Choices:
    return offered if others.issubset(offered) else _sorted((*offered, *others))


def _selects(page: Page, offered: FilterChoices, day_rows: list[Row]) -> SafeString:
    """The choices of the branch's timetable, and whoever only steps in on this day."""
    subjects = _with(offered.subjects, {(row.subject, row.subject) for row in day_rows})
    trainers = _with(
        offered.trainers, {(row.trainer_slug, row.trainer_name) for row in day_rows}
    )
    levels = tuple(
        (value, label) for value, label in Level.choices if value != Level.ALL
    )
    chosen = page.wanted.get
    places = tuple((branch.slug, branch.name) for branch in page.branches)
    drawn = [
        _select("branch", "Branch", "", places, page.branch.slug)
        if len(places) > 1
        else "",
        _select(
            "subject", "Class type", "All classes", subjects, chosen("subject", "")
        ),
        _select("trainer", "Trainer", "Any trainer", trainers, chosen("trainer", "")),
        _select("level", "Level", "Any level", levels, chosen("level", "")),
    ]
    return mark_safe("".join(drawn))  # noqa: S308 (drawn by a template)


def _select(
    name: str, label: str, empty: str, choices: Choices, chosen: str
) -> SafeString:
    """A select that looks like a chip; a value that the day lacks stays visible."""
    # not kept: it may be any text that the reader typed
    if chosen and chosen not in dict(choices):
        return _draw_select(name, label, empty, (*choices, (chosen, chosen)), chosen)
    key = ("select", name, choices, chosen)
    return FRAGMENTS.get_or_draw(
        key, lambda: _draw_select(name, label, empty, choices, chosen)
    )


def _draw_select(
    name: str, label: str, empty: str, choices: Choices, chosen: str
) -> SafeString:
    select = {
        "name": name,
        "label": label,
        "empty": empty,
        "choices": choices,
        "chosen": chosen,
    }
    return fragments.draw("includes/select.html", {"select": select})
