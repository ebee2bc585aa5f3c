"""Groups lived-in and week: pages and a trainer's week while what they show changes.

Of twenty requests one books a class. The share that was kept is read from the request
samples of a server that samples each request, in a pass that nobody times.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle, islice

from django.urls import reverse
from django.utils import timezone

from gymsite.core.models import RequestSample
from gymsite.core.periods import monday
from gymsite.ops.bench.booking import CONFLICT, CREATED, book
from gymsite.ops.bench.context import Context
from gymsite.ops.bench.pages import CLIENTS, FLOOR
from gymsite.ops.bench.report import Row
from gymsite.ops.rig import load
from gymsite.ops.rig.errors import WrongResult
from gymsite.ops.rig.people import Pair, leave_places
from gymsite.ops.rig.server import serving
from gymsite.ops.rig.stats import Spread, median, ratio_to_floor
from gymsite.postgres.rows import fetch_all
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.bench", "traffic")
MEMBERS, DAYS = 2000, 14
ONE_IN = 20
LEAST, LEAST_KEPT = 0.45, 0.8
PLACES = 1_000
WEEK = "/api/v1/timetable?weekStart={}"
AT_ONCE, MINUTES = 10, 20
# milliseconds: of the report's p95, and of its load test with ten at once
REFERENCE, MOST_P95 = 150.0, 200.0
MOST_MEAN, MOST_P99 = 50.0, 500.0
FEWEST = 50  # members and sessions of a quick run
FEWEST_SAMPLED = 400  # a process that ends loses its last few samples


@dataclass(slots=True)
class Bookings:
    """One booking after the other, none twice."""

    context: Context
    pairs: list[Pair]

    def among(self, items: Sequence[load.Item]) -> list[load.Item]:
        """The items with a booking in the place of each twentieth, while there are
        any."""
        return [
            [book(self.context, self.pairs.pop())]
            if n % ONE_IN == ONE_IN - 1 and self.pairs
            else item
            for n, item in enumerate(items)
        ]


def _bookings(context: Context, sessions: list[int], count: int) -> Bookings:
    """By members with few bookings, in sessions that never fill up."""
    leave_places(sessions, PLACES)
    members = context.people.unlimited(2 * count + FEWEST)
    pairs = context.people.pairs(members, sessions)
    context.people.tokens(pair.member for pair in pairs)
    return Bookings(context, pairs)


def lived_in(context: Context) -> list[Row]:
    """The timetable of each branch on each of fourteen days, asked for by 2,000."""
    pace, rounds = context.pace, context.pace.rounds
    people = MEMBERS if pace.requests > FEWEST else FEWEST
    members = context.people.unlimited(people)
    cookies = list(context.people.cookies(members).values())
    items = _shuffled(_timetables(context, cookies), people)
    sessions = context.people.open_sessions(people)
    asked = (rounds + 1) * people + max(2 * people, FEWEST_SAMPLED)
    bookings = _bookings(context, sessions, asked // ONE_IN)
    context.say("lived-in: warming up")
    _send(context, bookings.among(items))
    floors, loads, bare = [], [], _bare(context, people)
    for turn in range(rounds):
        context.say(f"lived-in: round {turn + 1} of {rounds}")
        floors.append(_send(context, bare))
        loads.append(_send(context, bookings.among(items)))
    more = _shuffled(items, max(2 * people, FEWEST_SAMPLED))
    kept = _kept(context, bookings.among(more), f"GET {reverse('timetable')}")
    return [_lived_in(context, loads, floors, kept)]


def _timetables(context: Context, cookies: list[str]) -> list[load.Item]:
    today = timezone.now().date()
    days = [today + timedelta(days=n) for n in range(DAYS)]
    paths = [
        f"{reverse('timetable')}?branch={row.slug}&day={day}"
        for row in fetch_all(SQL.branches)
        for day in days
    ]
    return [
        [load.get(paths[n % len(paths)], cookie=cookie, accept="text/html")]
        for n, cookie in enumerate(cookies)
    ]


def _shuffled(items: list[load.Item], count: int) -> list[load.Item]:
    """So many of the items, in an order that is the same in each run."""
    return random.Random(count).choices(items, k=count)  # noqa: S311


def _bare(context: Context, count: int) -> list[load.Item]:
    (member,) = context.people.unlimited(1)
    cookie = context.people.cookies([member])[member]
    return [[load.get("/bench/logged-in", cookie=cookie)]] * count


def _send(
    context: Context, items: list[load.Item], *, clients: int = CLIENTS
) -> load.Load:
    expected = [200, CREATED, CONFLICT]
    return context.send(items, clients=clients, repeat=False, expected=expected)


def _kept(context: Context, items: list[load.Item], endpoint: str) -> float:
    """The share that was kept in the workers already, of all that one view needed.

    Raises WrongResult where no request was sampled.
    """
    env = context.env | {"GYMSITE_REQUEST_SAMPLE": "1"}
    with serving(env, workers=context.server.workers, worker_class="sync") as server:
        half = len(items) // 2
        expected = [200, CREATED, CONFLICT]
        # the first half fills what new processes have not
        load.run(server.address, items[:half], repeat=False, expected=expected)
        began = timezone.now()
        load.run(server.address, items[half:], repeat=False, expected=expected)
    rows = RequestSample.objects.filter(at__gte=began, endpoint__startswith=endpoint)
    hits, misses = (
        sum(rows.values_list(name, flat=True)) for name in ("hits", "misses")
    )
    if not hits + misses:
        raise WrongResult(f"No {endpoint} was sampled.")
    return hits / (hits + misses)


def _lived_in(
    context: Context, loads: list[load.Load], floors: list[load.Load], kept: float
) -> Row:
    rates, floor_rates = [one.rate for one in loads], [one.rate for one in floors]
    ratio = ratio_to_floor(rates, floor_rates)
    return Row(
        group="lived-in",
        name=f"timetable page as lived in, one booking in {ONE_IN} requests",
        data=context.data("user", "classsession", "booking"),
        value=median(rates),
        unit="/s",
        spread=Spread.of([time for one in loads for time in one.latencies]),
        rounds=rates,
        floor=FLOOR,
        floor_value=median(floor_rates),
        ratio=ratio,
        target=f">= {LEAST} of floor",
        met=context.verdict(ratio >= LEAST),
        cpu=median([one.cpu_a_request for one in loads]),
        note=f"{loads[0].requests:,} members and requests, {DAYS} days, all branches; "
        f"{kept:.0%} of rows and choices were kept",
    )


def week(context: Context) -> list[Row]:
    """A trainer's week over the API, never asked for before and asked for again, by one
    and by ten at once."""
    first = monday(context.now.date() + timedelta(days=7))
    trainers = [row.user_id for row in fetch_all(SQL.trainers)]
    known = context.people.tokens(trainers)  # and those of other groups' members
    tokens = {one: known[one] for one in trainers}
    again = _weeks(tokens, first)
    at_once = context.pace.memory_requests // 10
    found: dict[str, list[load.Load]] = {"floor": [], "new": [], "again": [], "ten": []}
    bare = _bare(context, len(again))
    _send(context, again * 2, clients=2)  # each worker keeps them
    for turn in range(context.pace.rounds):
        context.say(f"week: round {turn + 1} of {context.pace.rounds}")
        before = first - timedelta(weeks=turn + 1)
        found["floor"].append(_send(context, bare, clients=1))
        found["new"].append(_send(context, _weeks(tokens, before), clients=1))
        found["again"].append(_send(context, again, clients=1))
        many = list(islice(cycle(again), at_once))
        found["ten"].append(_send(context, many, clients=AT_ONCE))
    sessions = [row.id for row in fetch_all(SQL.sessions, {"first": first})]
    traffic = list(islice(cycle(again), max(MINUTES * len(again), FEWEST_SAMPLED)))
    bookings = _bookings(context, sessions, len(traffic) // ONE_IN)
    kept = _kept(context, bookings.among(traffic), "GET /api/v1/timetable")
    return [
        _week_row(context, "not kept", found["new"], found["floor"], REFERENCE),
        _week_row(context, "kept", found["again"], found["floor"]),
        _at_once(context, found["ten"]),
        _kept_row(context, kept, len(traffic)),
    ]


def _weeks(tokens: dict[int, str], first: date) -> list[load.Item]:
    """Each trainer's own."""
    return [[load.get(WEEK.format(first), token=token)] for token in tokens.values()]


def _week_row(
    context: Context,
    how: str,
    loads: list[load.Load],
    floors: list[load.Load],
    reference: float | None = None,
) -> Row:
    p95, floor = [one.spread.p95 for one in loads], [one.spread.p95 for one in floors]
    return Row(
        group="week",
        name=f"GET /timetable, {how}",
        data=context.data("trainer", "classsession", "appointment"),
        value=median(p95),
        unit="ms",
        spread=Spread.of([time for one in loads for time in one.latencies]),
        rounds=p95,
        floor=FLOOR,
        floor_value=median(floor),
        ratio=ratio_to_floor(p95, floor),
        reference=reference,
        target=f"p95 < {MOST_P95:.0f} ms",
        met=context.verdict(median(p95) < MOST_P95),
        cpu=median([one.cpu_a_request for one in loads]),
        note="p95",
    )


def _at_once(context: Context, loads: list[load.Load]) -> Row:
    times = [time for one in loads for time in one.latencies]
    spread, mean = Spread.of(times), sum(times) / len(times)
    met = mean < MOST_MEAN and spread.p95 < MOST_P95 and spread.p99 < MOST_P99
    return Row(
        group="week",
        name=f"GET /timetable, {AT_ONCE} at once",
        data=f"{loads[0].requests:,} requests a round",
        value=mean,
        unit="ms",
        spread=spread,
        rounds=[sum(one.latencies) / len(one.latencies) for one in loads],
        target=f"mean < {MOST_MEAN:.0f}, p95 < {MOST_P95:.0f}, p99 < {MOST_P99:.0f} ms",
        met=context.verdict(met),
        cpu=median([one.cpu_a_request for one in loads]),
        note=f"mean; {median([one.rate for one in loads]):,.0f} requests/s",
    )


def _kept_row(context: Context, kept: float, requests: int) -> Row:
    return Row(
        group="week",
        name="GET /timetable, weeks that were kept",
        data=context.data("trainer", "classsession", "appointment"),
        value=100 * kept,
        unit="%",
        reference=100 * LEAST_KEPT,
        target=f"> {100 * LEAST_KEPT:.0f}%",
        met=context.verdict(kept > LEAST_KEPT),
        note=f"{requests // 2:,} requests, each trainer once a minute, one booking in "
        f"{ONE_IN}; {context.server.workers} workers, each keeps its own",
    )
