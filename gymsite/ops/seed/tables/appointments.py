"""Appointments: the turns of clients.py with times, states and payments."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gymsite.ops.seed.accounts import DEMO_MEMBER
from gymsite.ops.seed.columns import DAY, HOUR, MINUTE, SECOND, Maybe, Table, Words
from gymsite.ops.seed.draws import reference_letters, weighted
from gymsite.ops.seed.plan import Plan
from gymsite.ops.seed.tables import availability, clients, services
from gymsite.ops.seed.tables.availability import Exceptions, Rosters, meets
from gymsite.ops.seed.tables.bookings import Bookings
from gymsite.ops.seed.tables.core import Branches, People
from gymsite.ops.seed.tables.memberships import Memberships
from gymsite.ops.seed.tables.money import (
    CARD,
    DESK,
    FAILED,
    PAID,
    PENDING,
    REFUNDED,
    Payments,
)
from gymsite.ops.seed.tables.services import Services
from gymsite.ops.seed.tables.sessions import Sessions
from gymsite.ops.seed.tables.timetable import Classes, Rooms

# of the one policy, as BookingPolicy's defaults have it
CUTOFF, GRACE = 24 * HOUR, 10 * MINUTE
LONGEST_LEAD = 40 * DAY
STATUSES = [
    "booked",
    "confirmed",
    "completed",
    "no_show",
    "cancelled",
    "late_cancelled",
]
BOOKED, CONFIRMED, COMPLETED, NO_SHOW, CANCELLED, LATE = range(6)
# of what is over; the others are completed
NO_SHOWS, CANCELS, LATE_CANCELS = 0.045, 0.08, 0.045
SOURCES = ["page", "api", "staff"]
REASONS = ["", "The trainer is ill.", "Moved to another week."]
IN_A_ROOM = 0.2


@dataclass(slots=True)
class Appointments:
    """Appointments by place (id - 1), in the order of their making; members, trainers,
    rooms (or -1) and services are places, the times instants."""

    member: np.ndarray
    trainer: np.ndarray
    branch: np.ndarray
    service: np.ndarray
    room: np.ndarray
    status: np.ndarray
    busy: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    booked: np.ndarray
    cancelled: np.ndarray
    over: np.ndarray
    by_card: np.ndarray

    def __len__(self) -> int:
        return len(self.member)


@dataclass(frozen=True, slots=True)
class Diary:
    """All that trainers do beside their classes."""

    works: Rosters
    offered: Services
    gives: np.ndarray
    apart: Exceptions
    made: Appointments


def diary(
    plan: Plan,
    here: Branches,
    places: Rooms,
    crowd: People,
    week: Classes,
    dated: Sessions,
    booked: tuple[Bookings, Memberships] | None = None,
) -> Diary:
    works, offered = availability.rosters(plan, crowd), services.services()
    gives = services.given(plan, works.seniority)
    free = availability.free_hours(works, week)
    known, spare = clients.clients(plan, crowd, works, free)
    apart = availability.exceptions(plan, here, works, spare, dated)
    turns = clients.turns(plan, here, crowd, works, known, apart, dated, booked)
    made = _appointments(plan, crowd, works, offered, gives, known, turns)
    _give_rooms(plan, places, week, dated, made)
    return Diary(works, offered, gives, apart, made)


def _appointments(
    plan: Plan,
    crowd: People,
    works: Rosters,
    offered: Services,
    gives: np.ndarray,
    known: clients.Clients,
    turns: clients.Turns,
) -> Appointments:
    random = plan.random("what becomes of appointments")
    trainer = known.hours.trainer
    taken = _taken(random, works, gives, known, turns)
    starts = turns.starts + offered.before[taken] * MINUTE
    ends = starts + offered.minutes[taken] * MINUTE
    member = known.member[turns.client]
    booked = _booked(plan, random, crowd.joined_at[member], starts)
    by_card = (random.random(len(known)) < 0.55)[turns.client]
    status, cancelled = _became(plan, random, member, starts, ends, booked)
    over = np.minimum(ends + random.integers(0, 3 * HOUR, len(ends)), plan.now)
    made = Appointments(
        member,
        trainer[turns.client],
        works.branch[trainer[turns.client]],
        taken,
        np.full(len(member), -1),
        status,
        turns.starts,
        starts,
        ends,
        booked,
        cancelled,
        over // SECOND * SECOND,
        by_card,
    )
    order = np.argsort(booked, kind="stable")
    return Appointments(*(getattr(made, name)[order] for name in made.__slots__))


def _taken(
    random,
    works: Rosters,
    gives: np.ndarray,
    known: clients.Clients,
    turns: clients.Turns,
) -> np.ndarray:
    """The service of each turn: its client's, after an assessment for those who began
    within these weeks."""
    usual = services.taken(random, works.seniority, gives, known.hours.trainer)
    taken = usual[turns.client]
    _, first = np.unique(turns.client, return_index=True)
    taken[first[random.random(len(first)) < 0.3]] = services.ASSESSMENT
    return taken


def _booked(plan: Plan, random, joined: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Regulars book some weeks ahead, others days; at least two hours, at most 40
    days."""
    count = len(starts)
    weeks = random.random(count) < 0.7
    lead = np.where(weeks, 7 * DAY, 0) + random.integers(3 * HOUR, 21 * DAY, count)
    lately = plan.now - random.integers(6 * MINUTE, 20 * HOUR, count)
    latest = np.minimum(starts - 3 * HOUR, lately)
    booked = np.minimum(starts - np.where(weeks, lead, lead // 4), latest)
    earliest = np.maximum(joined + HOUR, starts - LONGEST_LEAD)
    return (
        np.maximum(booked, np.minimum(earliest, plan.now - 6 * MINUTE))
        // SECOND
        * SECOND
    )


def free_until(starts: np.ndarray, booked: np.ndarray) -> np.ndarray:
    return np.minimum(starts, np.maximum(starts - CUTOFF, booked + GRACE))


def _became(
    plan: Plan,
    random,
    member: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    booked: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """The states, and when each would have been cancelled."""
    count = len(starts)
    draw, over = random.random(count), ends <= plan.now
    demo = (member == DEMO_MEMBER.id - 1) & (starts > plan.now - 20 * DAY)
    draw = np.where(demo, 1.0, draw)
    near = (starts < plan.now + 4 * DAY) & (random.random(count) < 0.7)
    status = np.where(over, COMPLETED, np.where(near, CONFIRMED, BOOKED))
    status[over & (draw < NO_SHOWS)] = NO_SHOW
    given_up = (draw >= NO_SHOWS) & (draw < NO_SHOWS + CANCELS + LATE_CANCELS)
    status[given_up] = CANCELLED
    until = free_until(starts, booked)
    end = np.minimum(starts, plan.now)
    late = given_up & (draw < NO_SHOWS + LATE_CANCELS) & (until < end)
    status[late] = LATE
    low = np.where(late, until, booked + MINUTE)
    high = np.where(late, end, np.minimum(until, plan.now))
    wait = np.maximum(high - low, 2) * (0.02 + 0.96 * random.random(count))
    return status.astype(np.int8), low + wait.astype(np.int64)


def _give_rooms(
    plan: Plan, places: Rooms, week: Classes, dated: Sessions, made: Appointments
) -> None:
    """A room for some, where neither a class nor another appointment is."""
    random = plan.random("rooms of appointments")
    rows = np.flatnonzero(
        (random.random(len(made)) < IN_A_ROOM) & (made.status < CANCELLED)
    )
    count = places.at(int(places.branch.max()) + 1)
    firsts = np.cumsum(count) - count
    branch = made.branch[rows]
    room = firsts[branch] + random.integers(0, 1 << 30, len(rows)) % count[branch]
    held = week.room[dated.of_class][~dated.cancelled]
    _, begins, until = dated.taught
    free = ~meets(room, made.starts[rows], made.ends[rows], held, begins, until)
    rows, room = rows[free], room[free]
    order = np.lexsort((made.starts[rows], room))
    rows, room = rows[order], room[order]
    width = np.int64(1) << 26
    begins = room * width + made.starts[rows] // MINUTE
    latest = np.maximum.accumulate(room * width + made.ends[rows] // MINUTE)
    alone = np.r_[True, begins[1:] >= latest[:-1]] if len(rows) else free[:0]
    made.room[rows[alone]] = room[alone]


def payments(plan: Plan, offered: Services, made: Appointments) -> Payments:
    """One for each, by card as it was booked or at the desk when the client came."""
    random = plan.random("appointments' money")
    count = len(made)
    gone = made.status == CANCELLED
    # what nobody has paid yet: ahead, or some of those who did not come lately
    lately = made.ends > plan.now - 14 * DAY
    owing = (made.status >= NO_SHOW) & lately & (random.random(count) < 0.5)
    owing |= made.ends > plan.now
    by_desk = np.where(gone, FAILED, np.where(owing, PENDING, PAID))
    paid_there = made.starts + random.integers(-10, 70, count) * MINUTE
    return Payments(
        branch=made.branch,
        member=made.member,
        status=np.where(made.by_card, np.where(gone, REFUNDED, PAID), by_desk),
        purpose=np.full(count, b"appointment"),
        thing=reference_letters(np.arange(count), _letters(plan)),
        amount=offered.price[made.service],
        currency=np.full(count, b"GBP"),
        gateway=np.where(made.by_card, CARD, DESK),
        reference=np.where(
            made.by_card,
            np.strings.add(
                b"card_", reference_letters(np.arange(count), f"{_letters(plan)} card")
            ),
            b"",
        ),
        created=made.booked,
        paid=np.minimum(
            np.where(made.by_card, made.booked + 2 * SECOND, paid_there), plan.now
        ),
        returned=np.where(made.by_card & gone, made.cancelled, 0),
    )


def _letters(plan: Plan) -> str:
    return f"{plan.seed} appointments"


def appointment_table(
    plan: Plan, here: Branches, written: Diary, payment: np.ndarray
) -> Table:
    """``payment`` are the places of their payments among all."""
    made, offered = written.made, written.offered
    count = len(made)
    return Table(
        "bookings_appointment",
        {
            "id": np.arange(1, count + 1),
            "reference": reference_letters(np.arange(count), _letters(plan)),
            "branch_id": made.branch + 1,
            "trainer_id": made.trainer + 1,
            "client_id": made.member + 1,
            "service_id": made.service + 1,
            "room_id": Maybe(made.room + 1, made.room >= 0),
            "policy_id": 1,
            "payment_id": payment + 1,
            "status": Words.of(STATUSES, made.status),
            "starts_at": made.starts,
            "ends_at": made.ends,
            "busy_from": made.busy,
            "busy_until": made.ends + offered.after[made.service] * MINUTE,
            "time_zone": Words.of(here.zones, here.zone[made.branch]),
            "price_minor": offered.price[made.service],
            "currency": "GBP",
            "booked_at": made.booked,
            "free_until": free_until(made.starts, made.booked),
            "note": "",
            **_course(plan, made),
        },
    )


def _course(plan: Plan, made: Appointments) -> dict[str, Any]:
    """How each was booked, and what became of it when."""
    random = plan.random("how appointments were booked")
    count, ended = len(made), made.status >= CANCELLED
    done = (made.status == COMPLETED) | (made.status == NO_SHOW)
    came = (made.status == COMPLETED) & (random.random(count) < 0.7)
    reason = weighted(random, np.array([7, 2, 1]), count)
    arrival = made.starts - random.integers(0, 10, count) * MINUTE
    source = weighted(random, np.array([60, 15, 25]), count)
    return {
        "source": Words.of(SOURCES, source),
        "checked_in_at": Maybe(arrival, came),
        "over_at": Maybe(made.over, done),
        "cancelled_at": Maybe(made.cancelled, ended),
        "cancel_reason": Words.of(REASONS, reason * (made.status == CANCELLED)),
        "sequence": ended.astype(np.int16),
        "reminded_for": Maybe(made.starts, _reminded(plan, made)),
    }


def _reminded(plan: Plan, made: Appointments) -> np.ndarray:
    """Of what was booked a day before, since that day began."""
    due = made.starts - DAY
    return (made.status < CANCELLED) & (due <= plan.now) & (made.booked <= due)


def tables(
    plan: Plan, here: Branches, crowd: People, written: Diary, payment: np.ndarray
) -> list[Table]:
    works = written.works
    return [
        appointment_table(plan, here, written, payment),
        services.service_table(written.offered),
        services.given_table(written.gives),
        availability.availability_table(plan, crowd, works),
        availability.exception_table(plan, works, written.apart),
    ]
