"""When an appointment may start: spans of time, cut by what takes them."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gymsite.core.periods import day_bounds, instant

Span = tuple[datetime, datetime]
Starts = tuple[datetime, ...]
MIDNIGHT = time()
DAY = timedelta(days=1)
START = re.compile(r"20\d{2}-[01]\d-[0-3]\dT[0-2]\d[0-5]\dZ", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of a weekday in wall time, from the first to the last date that they hold
    on, None for no end. Ending at 00:00 is the end of the day."""

    weekday: int
    starts: time
    ends: time
    valid_from: date = date.min
    valid_until: date | None = None

    def on(self, day: date) -> bool:
        holds = self.valid_from <= day <= (self.valid_until or date.max)
        return holds and day.weekday() == self.weekday


@dataclass(frozen=True, slots=True)
class Length:
    """How long an appointment takes, in minutes, and on which raster it starts."""

    minutes: int
    before: int = 0
    after: int = 0
    raster: int = 15

    def clients(self, start: datetime) -> Span:
        return start, start + timedelta(minutes=self.minutes)

    def trainers(self, start: datetime) -> Span:
        """With the buffers."""
        before, after = timedelta(minutes=self.before), timedelta(minutes=self.after)
        return start - before, start + timedelta(minutes=self.minutes) + after


def start_text(moment: datetime) -> str:
    """An instant as addresses have it: ``2026-11-30T1000Z``."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H%MZ}"


def read_start(text: str) -> datetime | None:
    """The instant of an address, or None for what is none."""
    if not START.fullmatch(text):
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H%MZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def dates(first: date, count: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(count)]


def windows(hours: Iterable[Hours], days: Iterable[date], zone: ZoneInfo) -> list[Span]:
    """The hours as instants; what goes on after midnight is one window."""
    hours = list(hours)
    return merged(_span(one, day, zone) for day in days for one in hours if one.on(day))


def _span(hours: Hours, day: date, zone: ZoneInfo) -> Span:
    ends = (
        day_bounds(day, zone)[1]
        if hours.ends == MIDNIGHT
        else instant(day, hours.ends, zone)
    )
    return instant(day, hours.starts, zone), ends


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time in as few spans as it takes, in order; empty ones (of hours that a
    clock change skips) are left out."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def both(some: Iterable[Span], others: Sequence[Span]) -> list[Span]:
    """The time that is in one of either."""
    cut = ((max(a, c), min(b, d)) for a, b in some for c, d in others)
    return merged(cut)


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """The time that is left."""
    left = merged(spans)
    for begins, ends in merged(taken):
        kept = ((a, min(b, begins)) for a, b in left)
        left = merged([*kept, *((max(a, ends), b) for a, b in left)])
    return left


def meets(span: Span, taken: Iterable[Span]) -> bool:
    return any(start < span[1] and end > span[0] for start, end in taken)


def inside(span: Span, spans: Iterable[Span]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in spans)


def raster(days: Iterable[date], minutes: int, zone: ZoneInfo) -> list[datetime]:
    """The instants at which clocks show a multiple of so many minutes, counted from
    midnight. A time that a clock change skips is none, one that it repeats is two."""
    return [at for day in days for at in _raster(day, minutes, zone)]


def _raster(day: date, minutes: int, zone: ZoneInfo) -> Iterator[datetime]:
    first, next_day = day_bounds(day, zone)
    if next_day - first == DAY:  # clocks go on evenly
        yield from (first + timedelta(minutes=n) for n in range(0, 1440, minutes))
        return
    walls = (time(minute // 60, minute % 60) for minute in range(0, 1440, minutes))
    shown = (twice for wall in walls for twice in _instants(day, wall, zone))
    yield from sorted(shown)


def _instants(day: date, wall: time, zone: ZoneInfo) -> set[datetime]:
    """When clocks show a time on a day: once; never or twice where they are changed."""
    readings = (datetime.combine(day, wall.replace(fold=n), zone) for n in (0, 1))
    instants = {reading.astimezone(UTC) for reading in readings}
    return {at for at in instants if at.astimezone(zone).time() == wall}


def on_raster(start: datetime, minutes: int, zone: ZoneInfo) -> bool:
    local = start.astimezone(zone)
    exact = local.second == local.microsecond == 0
    return exact and (local.hour * 60 + local.minute) % minutes == 0


def starts(
    on: Sequence[datetime],
    work: Iterable[Span],
    taken: Iterable[Span],
    clients: Iterable[Span],
    length: Length,
) -> Iterator[datetime]:
    """Those of the instants, which are in order, at which an appointment may start.

    The client's time lies within the hours, and nothing of the trainer's or the
    client's is taken.
    """
    lasts = timedelta(minutes=length.minutes)
    before, after = timedelta(minutes=length.before), timedelta(minutes=length.after)
    # from the first instant to the second, both excluded, none may start
    closed = [(start - lasts - after, end + before) for start, end in taken]
    closed = sorted([*closed, *((start - lasts, end) for start, end in clients)])
    for begins, ends in work:
        for first, last in _open(begins, ends - lasts, closed):
            yield from on[bisect_left(on, first) : bisect_right(on, last)]


def _open(first: datetime, last: datetime, closed: Iterable[Span]) -> Iterator[Span]:
    """From ``first`` to ``last`` what lies in none of the spans; ends included."""
    for begins, ends in closed:
        if begins >= last:
            break
        if begins >= first:
            yield first, begins
        first = max(first, ends)
    if first <= last:
        yield first, last


def between(starts: Starts, first: datetime, end: datetime) -> Starts:
    """Those of the starts, which are in order, from ``first`` to before ``end``."""
    return starts[bisect_left(starts, first) : bisect_left(starts, end)]


def clear_of(starts: Starts, taken: Iterable[Span], length: Length) -> Starts:
    """Those of the starts, which are in order, at which the client's time meets nothing
    of this."""
    for begins, ends in taken:
        early = begins - timedelta(minutes=length.minutes)
        first, end = bisect_right(starts, early), bisect_left(starts, ends)
        if first < end:
            starts = starts[:first] + starts[end:]
    return starts
