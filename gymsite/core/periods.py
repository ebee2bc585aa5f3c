"""Days, months and the instants of wall times."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

DAY = re.compile(r"20\d{2}-\d{2}-\d{2}", re.ASCII)
FURTHEST = timedelta(days=400)


def instant(day: date, wall: time, zone: tzinfo) -> datetime:
    """The UTC instant at which a clock in ``zone`` shows ``wall`` on ``day``.

    A time that a clock change repeats means its first occurrence; one that it skips is
    moved on by the gap (02:30 becomes 03:30), as the ``fold=0`` of PEP 495 has it.
    """
    return datetime.combine(day, wall, zone).astimezone(UTC)


def local_day(moment: datetime, zone: tzinfo) -> date:
    """The date that calendars in ``zone`` show at an instant."""
    return moment.astimezone(zone).date()


def days_around(start: datetime, end: datetime) -> tuple[date, date]:
    """The first and the last date that any zone's calendar shows between two instants.

    They are bounds for an index.
    """
    day = timedelta(days=1)  # no zone is further than 14 hours from UTC
    return local_day(start - day, UTC), local_day(end + day, UTC)


def read_day(text: str) -> date | None:
    """A day as addresses, forms and JSON write it: YYYY-MM-DD, from 2000 to 2099.

    None for anything else. Too near to the calendar's ends, the next week or the same
    day in another zone would not exist.
    """
    if not DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def near_day(text: str, today: date) -> date:
    """The day that a page's address asks for.

    It is today where the address names no day, or one more than 400 days away.
    """
    day = read_day(text)
    return day if day and abs(day - today) <= FURTHEST else today


def day_bounds(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """The first instant of a local day and of the next one.

    A day of a clock change has 23 or 25 hours.
    """
    return instant(day, time.min, zone), instant(
        day + timedelta(days=1), time.min, zone
    )


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def next_month(day: date) -> date:
    """The first day of the month after ``day``'s."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def months_before(day: date, count: int) -> date:
    """The first day of the month ``count`` months before ``day``'s."""
    for _ in range(count):
        day = day.replace(day=1) - timedelta(days=1)
    return day.replace(day=1)


def months(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The months from ``first``'s to ``last``'s.

    Each is a pair: its first day, and the first day of the next month.
    """
    month = first.replace(day=1)
    while month <= last:
        following = next_month(month)
        yield month, following
        month = following


def when(moment: datetime, zone: ZoneInfo) -> str:
    """An instant as people say it, in the branch's time: ``Tue 24 Nov 19:00``.

    What clocks show twice says which it is: ``Sun 25 Oct 01:30 GMT``.
    """
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b} {clock(local)}"


def clock(local: datetime) -> str:
    """The time of day in a zone, with the zone's name where clocks show it twice."""
    if local.utcoffset() == local.replace(fold=1 - local.fold).utcoffset():
        return f"{local:%H:%M}"
    name = local.tzname() or ""
    return f"{local:%H:%M} {name if name.isalpha() else f'UTC{local.isoformat()[-6:]}'}"


def local_iso(moment: datetime, time_zone: str) -> str:
    """ISO 8601 with the offset of a branch's zone: ``2026-11-24T19:00:00+00:00``."""
    return moment.astimezone(ZoneInfo(time_zone)).isoformat()


def day_name(day: date) -> str:
    """A day as people write it, without the year: ``30 Nov``."""
    return f"{day.day} {day:%b}"
