"""Group endpoints: the gym reference's endpoints, one client, against its times."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from gymsite.ops.bench.cast import Cast
from gymsite.ops.bench.context import Context
from gymsite.ops.bench.pages import FLOOR
from gymsite.ops.bench.report import Row
from gymsite.ops.rig import load
from gymsite.ops.rig.stats import Spread, median, ratio_to_floor

GROUP = "endpoints"
THIRD = Fraction(1, 3)  # of the reference's time
CREATED = 201


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One row: the reference's milliseconds and the share of them that it may take.

    None where no time was printed; ``items`` makes of a cast what is sent.
    """

    name: str
    reference: float | None
    items: Callable[[Any], list[load.Item]]
    status: int = 200
    data: tuple[str, ...] = ("user",)
    share: Fraction = THIRD


ENDPOINTS = (
    Endpoint("POST /users/register", 13.0, Cast.register, CREATED),
    Endpoint("GET /users/{username}", 4.0, lambda cast: cast.own("/users/{name}")),
    Endpoint("GET /membership/", 9.4, lambda cast: cast.own("/membership/")),
    Endpoint("POST /membership/{user_id}/enroll", 9.4, Cast.enroll, CREATED),
    Endpoint("GET /membership/plans", 0.76, lambda cast: cast.own("/membership/plans")),
    Endpoint(
        "GET /classes/",
        13.2,
        lambda cast: cast.own("/classes/"),
        data=("classsession",),
    ),
    Endpoint(
        "GET /classes/search",
        17.9,
        lambda cast: cast.each("/classes/search?q={}", cast.words),
        data=("classsession",),
    ),
    Endpoint(
        "POST /bookings/book",
        None,
        Cast.book,
        CREATED,
        data=("classsession", "booking"),
    ),
    Endpoint(
        "DELETE /bookings/{id}/cancel, promoting",
        52.1,
        Cast.cancel,
        data=("booking", "waitlistentry"),
    ),
    Endpoint(
        "GET /bookings/{id}/waitlist", 11.8, Cast.waitlists, data=("waitlistentry",)
    ),
    Endpoint(
        "POST /bookings/{id}/waitlist/join",
        22.2,
        Cast.join,
        CREATED,
        data=("waitlistentry",),
    ),
    Endpoint(
        "GET /bookings/{username}",
        19.1,
        lambda cast: cast.own("/bookings/{name}"),
        data=("booking",),
    ),
    Endpoint(
        "POST /checkins/{user_id}/checkin",
        16.1,
        Cast.check_in,
        CREATED,
        data=("checkin",),
    ),
    Endpoint(
        "GET /checkins/{user_id}",
        22.9,
        lambda cast: cast.own("/checkins/{id}"),
        data=("checkin",),
    ),
    Endpoint("GET /rooms", 8.3, lambda cast: cast.own("/rooms")),
    Endpoint(
        "GET /rooms/{number}", 8.9, lambda cast: cast.each("/rooms/{}", cast.rooms)
    ),
    Endpoint("GET /rooms/{day}", 15.5, Cast.days, data=("classsession",)),
)


def measure(context: Context) -> list[Row]:
    """The gym's own."""
    return measured(
        context,
        GROUP,
        ENDPOINTS,
        Cast(context, context.pace.requests, context.pace.rounds),
    )


def measured(
    context: Context, group: str, endpoints: Sequence[Endpoint], cast: Any
) -> list[Row]:
    """Rounds of floor and endpoint in turn; a row without data is left out."""
    rounds = context.pace.rounds
    bare = _bare_requests(context, context.pace.requests)
    loads: dict[Endpoint, list[load.Load]] = {endpoint: [] for endpoint in endpoints}
    floors: dict[Endpoint, list[load.Load]] = {endpoint: [] for endpoint in endpoints}
    for turn in range(rounds + 1):  # the first is the warm-up
        context.say(
            f"{group}: round {turn} of {rounds}" if turn else f"{group}: warming up"
        )
        for endpoint in endpoints:
            if items := endpoint.items(cast):
                floor = context.send(bare, repeat=False)
                done = context.send(items, repeat=False, expected=[endpoint.status])
                if turn:
                    floors[endpoint].append(floor)
                    loads[endpoint].append(done)
    return [
        _row(context, group, each, loads[each], floors[each])
        for each in endpoints
        if loads[each]
    ]


def _bare_requests(context: Context, count: int) -> list[load.Item]:
    (member,) = context.people.unlimited(1)
    cookie = context.people.cookies([member])[member]
    return [[load.get("/bench/logged-in", cookie=cookie)]] * count


def _row(
    context: Context,
    group: str,
    endpoint: Endpoint,
    loads: list[load.Load],
    floors: list[load.Load],
) -> Row:
    spread = Spread.of([time for each in loads for time in each.latencies])
    rounds = [each.spread.p50 for each in loads]
    floor_rounds = [each.spread.p50 for each in floors]
    limit = endpoint.reference and endpoint.reference * float(endpoint.share)
    return Row(
        group=group,
        name=endpoint.name,
        data=context.data(*endpoint.data),
        value=median(rounds),
        unit="ms",
        spread=spread,
        rounds=rounds,
        floor=FLOOR,
        floor_value=median(floor_rounds),
        ratio=ratio_to_floor(rounds, floor_rounds),
        reference=endpoint.reference,
        cpu=median([each.cpu_a_request for each in loads]),
        target=f"< {limit:.2f} ms, {endpoint.share}" if limit else "",
        met=context.verdict(median(rounds) < limit) if limit else None,
    )
