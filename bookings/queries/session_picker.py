"""The session that staff mean by a day, a time, a class, a trainer or a code."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet

from bookings.models import ClassSession, GymClass
from bookings.queries.sessions import about
from gymsite.core.periods import read_day

HELP = (
    "A day (today, fri 27), a time (18:00), a class or a trainer. What is next stands "
    "first."
)
REACH = timedelta(days=62)  # how far from today a day is looked for
LONGEST = timedelta(minutes=600)  # bookings_gymclass_lasts
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
NAMED = {"today": 0, "tomorrow": 1, "yesterday": -1}
WEEKDAY = re.compile(r"(mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?")
MONTH = re.compile(
    "(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
NUMBER = re.compile(r"([1-9]|[12][0-9]|3[01])(?:st|nd|rd|th)?", re.ASCII)
CLOCK = re.compile(
    r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9]?)?|(1[0-2]|[1-9])(am|pm)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The dates (None: any ahead), times of day and other words that were typed."""

    days: tuple[date, ...] | None
    times: tuple[time, time] | None
    words: str


def suggested(
    rows: QuerySet[ClassSession], text: str, *, now: datetime, today: date
) -> QuerySet[ClassSession]:
    """The ``rows`` that ``text`` means, by time; without a day those not over yet.

    A day that is named finds what was and what was called off, too
    (bookings_session_by_time).
    """
    wanted = read(text, today)
    if wanted.days is None:
        rows = rows.filter(starts_at__gt=now - LONGEST, ends_at__gt=now)
    else:
        rows = rows.filter(session_date__in=wanted.days)
    if wanted.times:
        rows = rows.filter(gym_class__starts__range=wanted.times)
    if wanted.words:
        rows = rows.filter(named(wanted.words))
    return rows.order_by("starts_at", "id")


def named(words: str) -> Q:
    """By class or trainer, as members find them, or by the class's code."""
    return Q(
        gym_class__in=GymClass.objects.filter(code__iexact=words).values("pk")
    ) | about(words)


def read(text: str, today: date) -> Wanted:
    """``read("fri 27 spin", today)``: the next Friday that is a 27th, and "spin"."""
    words = text.lower().replace(",", " ").split()
    days, words = _days(words, today)
    times, words = _times(words)
    return Wanted(days, times, " ".join(words))


def _days(words: list[str], today: date) -> tuple[tuple[date, ...] | None, list[str]]:
    """The dates that the words name, and the words that name none."""
    for word in words:
        exact = today + timedelta(days=NAMED[word]) if word in NAMED else read_day(word)
        if exact:
            return (exact,), [other for other in words if other != word]
    weekdays = {word: DAYS.index(word[:3]) for word in words if WEEKDAY.fullmatch(word)}
    months = {
        word: MONTHS.index(word[:3]) + 1 for word in words if MONTH.fullmatch(word)
    }
    # a number on its own among other words may belong to a class's name
    said = bool(weekdays or months or len(words) == 1)
    numbers = {
        word: int(word.rstrip("stndrh"))
        for word in words
        if said and NUMBER.fullmatch(word)
    }
    if not weekdays and not numbers:
        return None, words
    used = {*weekdays, *numbers, *(months if numbers else ())}
    reached = [
        day
        for day in (
            today + timedelta(days=n) for n in range(-REACH.days, REACH.days + 1)
        )
        if (not weekdays or day.weekday() in weekdays.values())
        and (not numbers or day.day in numbers.values())
        and (not months or not numbers or day.month in months.values())
    ]
    ahead = [day for day in reached if day >= today]
    return tuple(ahead or reached[-1:]), [word for word in words if word not in used]


def _times(words: list[str]) -> tuple[tuple[time, time] | None, list[str]]:
    """The time of day that a word names; ``18:`` is the whole hour."""
    for word in words:
        if found := CLOCK.fullmatch(word):
            hour, minute, twelfth, half = found.groups()
            if twelfth:
                hour, minute = (
                    str(int(twelfth) % 12 + (12 if half == "pm" else 0)),
                    "00",
                )
            first = time(int(hour), int((minute or "0").ljust(2, "0")))
            last = time(
                int(hour),
                first.minute
                + (0 if minute and len(minute) == 2 else 9 if minute else 59),
            )
            return (first, last), [other for other in words if other != word]
    return None, words
