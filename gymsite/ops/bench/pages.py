"""Group pages: what members look at, against a bare view that loads the session and the user."""

from collections.abc import Sequence
from itertools import cycle, islice

from django.urls import reverse

from . import load
from .context import Context
from .report import Row
from .stats import Spread, median, ratio_to_floor

GROUP = "pages"
CLIENTS = 8
MEMBERS = 64
FLOOR = "bare view, session + user"
# page -> least share of the floor's requests a second; issue 2 names the first two
TARGETS = {"timetable": 0.5, "class page": 0.4, "my bookings": None, "plans": None}


def measure(context: Context) -> list[Row]:
    """Rounds of floor, page, floor, page …, so that each figure has a floor of its own beside it."""
    asked = requests(context)
    loads: dict[str, list[load.Load]] = {name: [] for name in asked}
    floors: dict[str, list[load.Load]] = {name: [] for name in asked}
    for name, items in asked.items():
        context.say(f"pages: warming up {name}")
        context.send(_once(items, context.pace.warm_up), clients=CLIENTS, repeat=False)
    for turn in range(context.pace.rounds):
        context.say(f"pages: round {turn + 1} of {context.pace.rounds}")
        for name, items in asked.items():
            if name != FLOOR:
                floors[name].append(context.send(asked[FLOOR], clients=CLIENTS, seconds=context.pace.seconds))
            loads[name].append(context.send(items, clients=CLIENTS, seconds=context.pace.seconds))
    floors[FLOOR] = loads[FLOOR]
    return [_row(context, name, loads[name], floors[name]) for name in asked]


def requests(context: Context) -> dict[str, list[load.Item]]:
    """Each page with the requests of many members, by its name; the two floors come first."""
    members = context.people.unlimited(MEMBERS)
    cookies = list(context.people.cookies(members).values())
    sessions = context.people.open_sessions(2 * MEMBERS)
    classes = [reverse("class-page", args=[session]) for session in sessions]
    return {
        "bare view, anonymous": [[load.get("/bench/anonymous")]],
        FLOOR: _each(cookies, ["/bench/logged-in"]),
        "timetable": _each(cookies, [reverse("timetable")]),
        "class page": _each(cookies, classes),
        "my bookings": _each(cookies, [reverse("my-bookings")]),
        "plans": _each(cookies, [reverse("plans")]),
    }


def _each(cookies: list[str], paths: list[str]) -> list[load.Item]:
    """One request a member and path in turn, as many as there are of the longer list."""
    count = max(len(cookies), len(paths))
    pairs = islice(zip(cycle(cookies), cycle(paths), strict=False), count)
    return [[load.get(path, cookie=cookie, accept="text/html")] for cookie, path in pairs]


def _once(items: Sequence[load.Item], count: int) -> list[load.Item]:
    return list(islice(cycle(items), count))


def _row(context: Context, name: str, loads: list[load.Load], floors: list[load.Load]) -> Row:
    rates = [each.rate for each in loads]
    floor_rates = [each.rate for each in floors]
    ratio = ratio_to_floor(rates, floor_rates)
    least = TARGETS.get(name)
    return Row(
        group=GROUP,
        name=name,
        data=context.data("user", "classsession", "booking"),
        value=median(rates),
        unit="/s",
        spread=Spread.of([time for each in loads for time in each.latencies]),
        rounds=rates,
        floor=FLOOR,
        floor_value=median(floor_rates),
        ratio=ratio,
        target=f">= {least} of floor" if least else "",
        met=context.verdict(ratio >= least) if least else None,
        cpu=median([each.cpu_a_request for each in loads]),
        note=f"{CLIENTS} clients, client CPU {median([each.cpu_share for each in loads]):.0%}",
    )
