"""Group booking: places over HTTP against the bare transaction under pgbench.

And what 200 at once get.
"""

from collections.abc import Iterable

from bookings.models import HOLDS_PLACE, Booking, ClassSession, WaitlistEntry
from gymsite.ops.bench.context import Context
from gymsite.ops.bench.floors import CLIENTS as FLOOR_CLIENTS
from gymsite.ops.bench.floors import Floor
from gymsite.ops.bench.report import Row
from gymsite.ops.rig import load
from gymsite.ops.rig.errors import WrongResult
from gymsite.ops.rig.people import Pair, leave_places
from gymsite.ops.rig.stats import Spread, median, ratio_to_floor

GROUP = "booking"
CLIENTS = 32
SESSIONS = 2000
PLACES = 20
RUSH = 200
MOST_A_SECOND = 1500  # more than two workers book; bounds how many members are readied
LEAST = {"spread": 0.05, "hot": 0.2}
AIM = {"spread": 0.1, "hot": 0.4}
CREATED, CONFLICT = 201, 409


def measure(context: Context) -> list[Row]:
    """Floor, bookings, floor, hot session.

    Each load follows its floor, so that both find the machine alike.
    """
    floor = Floor(context.databases)
    rounds = context.pace.rounds
    members = context.people.unlimited(round(MOST_A_SECOND * context.pace.seconds))
    context.people.tokens(members)
    sessions = context.people.open_sessions(SESSIONS + 2 * rounds)
    alone, usual = sessions[: 2 * rounds], sessions[2 * rounds :]
    leave_places(usual, MOST_A_SECOND)
    book_many(context, context.people.pairs(members[: 4 * context.pace.warm_up], usual))
    measured: dict[str, list[load.Load]] = {"spread": [], "hot": [], "rush": []}
    floors: dict[str, list[float]] = {"spread": [], "hot": []}
    for turn in range(rounds):
        context.say(f"booking: round {turn + 1} of {rounds}")
        floors["spread"].append(floor.bookings(context.pace.seconds))
        measured["spread"].append(
            book_many(context, context.people.pairs(members, usual, shift=turn + 1))
        )
        floors["hot"].append(floor.hot_session(context.pace.seconds))
        measured["hot"].append(book_or_queue(context, members, alone[2 * turn]))
        measured["rush"].append(rush(context, members, alone[2 * turn + 1]))
    names = {
        "spread": f"booking POST, {len(usual):,} sessions",
        "hot": "booking POST, one hot session and its waitlist",
    }
    rows = [
        _rate_row(context, kind, name, measured[kind], floors[kind])
        for kind, name in names.items()
    ]
    return [*rows, _rush_row(context, measured["rush"])]


def book_many(context: Context, pairs: list[Pair]) -> load.Load:
    """Every pair once, as far as the time goes; each must be booked."""
    items = [[book(context, pair)] for pair in pairs]
    return context.send(
        items,
        clients=CLIENTS,
        seconds=context.pace.seconds,
        repeat=False,
        expected=[CREATED],
    )


def book_or_queue(context: Context, members: list[int], session: int) -> load.Load:
    """All want one session of 20 places; who finds it full joins the waitlist."""
    leave_places([session], PLACES)
    items = [
        [book(context, pair), join(context, pair)]
        for pair in context.people.pairs(members, [session])
    ]
    done = context.send(
        items,
        clients=CLIENTS,
        seconds=context.pace.seconds,
        repeat=False,
        expected=[CREATED, CONFLICT],
    )
    check_session(
        session, waiting=done.statuses[CREATED] - min(PLACES, len(done.latencies))
    )
    return done


def rush(context: Context, members: list[int], session: int) -> load.Load:
    """200 clients for 20 places: 20 booked, 180 refused, the database agrees."""
    leave_places([session], PLACES)
    pairs = context.people.pairs(members, [session])[:RUSH]
    items = [[book(context, pair)] for pair in pairs]
    done = context.send(
        items, clients=len(items), repeat=False, expected=[CREATED, CONFLICT]
    )
    if done.statuses.get(CREATED) != min(PLACES, len(items)):
        raise WrongResult(f"{done.statuses} for {PLACES} places")
    check_session(session, waiting=0)
    return done


def book(context: Context, pair: Pair) -> load.Request:
    token = context.people.tokens([pair.member])[pair.member]
    return load.send(
        "POST", "/api/v1/bookings/book", {"session_id": pair.session}, token=token
    )


def join(context: Context, pair: Pair) -> load.Request:
    token = context.people.tokens([pair.member])[pair.member]
    return load.send(
        "POST", f"/api/v1/bookings/{pair.session}/waitlist/join", token=token
    )


def check_session(session_id: int, *, waiting: int) -> None:
    """Raise WrongResult unless the session is sold exactly as was answered.

    Its counts, its bookings and the waitlist's positions.
    """
    session = ClassSession.objects.get(pk=session_id)
    booked = Booking.objects.filter(session=session, status__in=HOLDS_PLACE).count()
    line = list(
        WaitlistEntry.objects.filter(session=session, status="waiting").order_by(
            "position"
        )
    )
    if not booked == session.booked_count <= session.capacity:
        raise WrongResult(
            f"{booked} bookings, booked_count {session.booked_count}, capacity "
            f"{session.capacity}"
        )
    if [entry.position for entry in line] != list(
        range(1, waiting + 1)
    ) or session.waitlist_length != waiting:
        raise WrongResult(
            f"{waiting} joined, {len(line)} wait, waitlist_length "
            f"{session.waitlist_length}"
        )


def _times(loads: Iterable[load.Load]) -> list[float]:
    return [time for each in loads for time in each.latencies]


def _rate_row(
    context: Context, kind: str, name: str, loads: list[load.Load], floors: list[float]
) -> Row:
    rates = [each.rate for each in loads]
    ratio = ratio_to_floor(rates, floors)
    asked = median([each.requests / each.wall for each in loads])
    return Row(
        group=GROUP,
        name=name,
        data=context.data("user", "classsession", "booking"),
        value=median(rates),
        unit="/s",
        spread=Spread.of(_times(loads)),
        rounds=rates,
        floor=f"same SQL, pgbench -c{FLOOR_CLIENTS}",
        floor_value=median(floors),
        ratio=ratio,
        target=f">= {LEAST[kind]} of floor, aim {AIM[kind]}",
        met=context.verdict(ratio >= LEAST[kind]),
        cpu=median([each.cpu_a_request for each in loads]),
        note=(
            f"{CLIENTS} clients, {asked:,.0f} requests/s, client CPU "
            f"{median([e.cpu_share for e in loads]):.0%}"
        ),
    )


def _rush_row(context: Context, loads: list[load.Load]) -> Row:
    spread = Spread.of(_times(loads))
    return Row(
        group=GROUP,
        name=f"{RUSH} clients at once on {PLACES} places",
        data=f"{len(loads)} sessions, each sold {PLACES} of {PLACES}",
        value=spread.p95,
        unit="ms",
        spread=spread,
        rounds=[each.spread.p95 for each in loads],
        target=f"exactly {PLACES} sold",
        met=True,  # anything else has raised WrongResult
        note=f"p95; {median([each.rate for each in loads]):,.0f} requests/s",
    )
