"""Bookings and waitlist entries: the turns of demand.py with times and states."""

from dataclasses import dataclass

import numpy as np

from gymsite.ops.seed.accounts import DEMO_MEMBER
from gymsite.ops.seed.columns import DAY, HOUR, MINUTE, Maybe, Table, Words
from gymsite.ops.seed.draws import ranks, reference_letters, weighted
from gymsite.ops.seed.plan import Plan
from gymsite.ops.seed.tables.demand import HELD, SPARE, WAITING_SHARE, WAITS, Turns
from gymsite.ops.seed.tables.memberships import Memberships, Plans
from gymsite.ops.seed.tables.sessions import Sessions

# of the one policy, as BookingPolicy's defaults have it
CUTOFF, MARGIN, GRACE, LATE_GRACE = 12 * HOUR, 2 * HOUR, 30 * MINUTE, 10 * MINUTE
LINE_OPENS = 12 * DAY  # how long before its start people line up for a session
STATUSES = ["booked", "attended", "no_show", "cancelled", "late_cancelled"]
BOOKED, ATTENDED, NO_SHOW, CANCELLED, LATE = range(5)
SOURCES = ["page", "api", "staff", "waitlist"]
FROM_WAITLIST = 3
LINE = ["waiting", "promoted", "left", "passed_over", "closed"]
WAITING, PROMOTED, LEFT, PASSED_OVER, CLOSED = range(5)
NO_SHOW_SHARE = 0.055
NO_SHOW_AFTER = 2 * HOUR  # after the end somebody says who did not come


@dataclass(slots=True)
class Bookings:
    """Bookings by place (id - 1), in order; ``allowance`` is a place or -1."""

    session: np.ndarray
    membership: np.ndarray
    status: np.ndarray
    source: np.ndarray
    booked: np.ndarray
    free_until: np.ndarray
    cancelled: np.ndarray
    by_gym: np.ndarray
    attended: np.ndarray
    allowance: np.ndarray

    def __len__(self) -> int:
        return len(self.session)

    @property
    def holds_place(self) -> np.ndarray:
        return self.status <= NO_SHOW

    @property
    def uses_class(self) -> np.ndarray:
        """A place held uses a class up, and so does one given back too late."""
        return self.holds_place | (self.status == LATE)


@dataclass(slots=True)
class Line:
    """Waitlist entries by place (id - 1), in order of joining.

    ``booking`` is a place or -1.
    """

    session: np.ndarray
    membership: np.ndarray
    status: np.ndarray
    position: np.ndarray
    joined: np.ndarray
    ended: np.ndarray
    booking: np.ndarray
    allowance: np.ndarray

    def __len__(self) -> int:
        return len(self.session)


def bookings_and_line(
    plan: Plan, held: Memberships, offers: Plans, dated: Sessions, drawn: Turns
) -> tuple[Bookings, Line]:
    """The exact numbers that the plan asks for, of the turns drawn."""
    random = plan.random("bookings")
    off = dated.cancelled[drawn.session]
    holding = np.flatnonzero((drawn.role == HELD) & ~off)
    soonest = _soonest(held, offers, dated, drawn.session, drawn.membership)
    called_off = np.flatnonzero(
        (drawn.role == HELD)
        & off
        & (soonest < dated.cancelled_at[drawn.session] - HOUR)
    )
    spares = random.permutation(np.flatnonzero((drawn.role == SPARE) & ~off))
    given_back = plan.sizes.bookings - len(holding) - len(called_off)
    if not 0 < given_back <= len(spares):
        raise ValueError(
            f"The draw of {len(holding)} bookings leaves no room for an exact "
            f"{plan.sizes.bookings}."
        )
    rows = np.r_[holding, called_off, spares[:given_back]]
    kind = np.repeat(
        np.array([0, 1, 2], dtype=np.int8), [len(holding), len(called_off), given_back]
    )
    booked = _bookings(plan, random, held, offers, dated, drawn[rows], kind)
    line = _line(plan, random, held, dated, drawn, spares[given_back:], booked)
    return _in_order(booked, line)


def _bookings(
    plan: Plan,
    random,
    held,
    offers: Plans,
    dated: Sessions,
    drawn: Turns,
    kind: np.ndarray,
) -> Bookings:
    """``kind``: 0 holds its place, 1 went with its session, 2 was given back."""
    session, count = drawn.session, len(drawn.session)
    starts, over = dated.starts[session], dated.ends[session] <= plan.now
    earliest = _soonest(held, offers, dated, session, drawn.membership)
    latest = np.minimum(starts - 10 * MINUTE, plan.now - 5 * MINUTE)
    latest = np.where(
        kind == 1, np.minimum(latest, dated.cancelled_at[session] - MINUTE), latest
    )
    booked = earliest + ((latest - earliest) * random.beta(0.8, 1.3, count)).astype(
        np.int64
    )
    free_until = np.minimum(np.maximum(starts - CUTOFF, booked + LATE_GRACE), starts)
    end = np.minimum(starts, plan.now)
    late_from = np.maximum(booked, free_until)
    late = (
        (kind == 2)
        & (late_from < end)
        & ((random.random(count) < 0.2) | (booked >= starts - CUTOFF))
    )
    low, high = (
        np.where(late, late_from, booked),
        np.where(late, end, np.minimum(free_until, plan.now)),
    )
    cancelled = low + (
        np.maximum(high - low, 2) * (0.02 + 0.96 * random.random(count))
    ).astype(np.int64)
    cancelled = np.where(kind == 1, dated.cancelled_at[session], cancelled)
    absent = (random.random(count) < NO_SHOW_SHARE) & (
        held.member[drawn.membership] != DEMO_MEMBER.id - 1
    )
    status = np.where(over, np.where(absent, NO_SHOW, ATTENDED), BOOKED)
    status = np.where(kind == 0, status, np.where(late, LATE, CANCELLED)).astype(
        np.int8
    )
    arrival = np.clip(random.normal(-8, 6, count), -29, 12) * MINUTE
    source = weighted(random, np.array([62, 25, 13]), count).astype(np.int8)
    return Bookings(
        session,
        drawn.membership,
        status,
        source,
        booked,
        free_until,
        cancelled,
        kind == 1,
        starts + arrival.astype(np.int64),
        np.full(count, -1, dtype=np.int32),
    )


def _soonest(
    held: Memberships,
    offers: Plans,
    dated: Sessions,
    session: np.ndarray,
    membership: np.ndarray,
) -> np.ndarray:
    """When each could book first: the membership has begun, the window is open.

    That is an hour later than by the clock of UTC where a clock change lies within it.
    """
    opened = dated.starts[session] - offers.window[held.plan[membership]] * DAY
    return np.maximum(opened + HOUR, held.created[membership]) + MINUTE


def _line(
    plan: Plan,
    random,
    held,
    dated: Sessions,
    drawn: Turns,
    spares: np.ndarray,
    booked: Bookings,
) -> Line:
    """Who waits, who left or waited in vain, and enough promoted ones."""
    total = plan.sizes.waitlist
    waits = np.flatnonzero(drawn.role == WAITS)
    waits = waits[
        ranks(drawn.session[waits], random.random(len(waits))).argsort(kind="stable")
    ]
    waits = waits[: int(total * (WAITING_SHARE + 0.06))]
    full = (
        np.bincount(booked.session[booked.holds_place], minlength=len(dated))
        == dated.capacity
    )
    spare_ok = full[drawn.session[spares]] & _long_a_member(
        plan, held, dated, drawn.session[spares], drawn.membership[spares]
    )
    vain = spares[spare_ok][: int(total * 0.16)]
    promotable = full[booked.session] & booked.holds_place
    promotable &= _long_a_member(plan, held, dated, booked.session, booked.membership)
    promoted = random.permutation(np.flatnonzero(promotable))[
        : total - len(waits) - len(vain)
    ]
    if len(waits) + len(vain) + len(promoted) != total:
        raise ValueError(f"Too few full sessions for {total} waitlist entries.")
    session = np.r_[drawn.session[waits], drawn.session[vain], booked.session[promoted]]
    over = dated.starts[drawn.session[vain]] <= plan.now
    in_vain = np.where(over & (random.random(len(vain)) < 0.6), CLOSED, LEFT)
    status = np.r_[
        np.full(len(waits), WAITING), in_vain, np.full(len(promoted), PROMOTED)
    ]
    membership = np.r_[
        drawn.membership[waits], drawn.membership[vain], booked.membership[promoted]
    ]
    position, joined, ended = _joined(plan, random, dated, session, status)
    booking = np.r_[np.full(len(waits) + len(vain), -1), promoted]
    line = Line(
        session,
        membership,
        status,
        position,
        joined,
        ended,
        booking,
        np.full(total, -1),
    )
    _promote(dated, booked, line)
    return line


def _long_a_member(
    plan: Plan, held, dated: Sessions, session: np.ndarray, membership: np.ndarray
) -> np.ndarray:
    """Whose membership is older than the session's line: any order is possible."""
    begun = dated.starts[session] - LINE_OPENS < plan.now - DAY
    return begun & (
        held.created[membership] <= dated.starts[session] - LINE_OPENS - DAY
    )


def _joined(
    plan: Plan, random, dated: Sessions, session: np.ndarray, status: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Position, joining and end of each entry; the promoted stood first."""
    first = dated.starts[session] - LINE_OPENS
    last = np.minimum(dated.starts[session] - CUTOFF - MARGIN, plan.now)
    joined = first + (
        (last - first) * (0.02 + 0.9 * random.random(len(session)))
    ).astype(np.int64)
    turn = np.array([2, 0, 1, 1, 1])[status] + random.random(len(session))
    position = ranks(session, turn)
    by_time, by_turn = np.lexsort((joined, session)), np.lexsort((position, session))
    ordered = np.empty_like(joined)
    ordered[by_turn] = joined[by_time]
    joined = ordered
    ended = joined + (
        (last - joined) * (0.05 + 0.9 * random.random(len(session)))
    ).astype(np.int64)
    return (
        position + 1,
        joined,
        np.where(status == CLOSED, dated.starts[session], ended),
    )


def _promote(dated: Sessions, booked: Bookings, line: Line) -> None:
    """Promoted members were booked at that moment, and may leave free for a while."""
    promoted = line.status == PROMOTED
    row = line.booking[promoted]
    booked.source[row] = FROM_WAITLIST
    booked.booked[row] = line.ended[promoted]
    starts = dated.starts[booked.session[row]]
    booked.free_until[row] = np.minimum(
        np.maximum(starts - CUTOFF, line.ended[promoted] + GRACE), starts
    )


def _in_order(booked: Bookings, line: Line) -> tuple[Bookings, Line]:
    """Both in the order in which they were made."""
    order = np.argsort(booked.booked, kind="stable")
    place = np.empty(len(order) + 1, dtype=np.int64)
    place[order], place[-1] = np.arange(len(order)), -1
    turn = np.lexsort((line.position, line.session, line.joined))
    line.booking = place[line.booking]
    return (
        Bookings(*(getattr(booked, name)[order] for name in Bookings.__slots__)),
        Line(*(getattr(line, name)[turn] for name in Line.__slots__)),
    )


def policy_table(plan: Plan) -> Table:
    """One policy for the brand, with the defaults of the house."""
    return Table(
        "bookings_bookingpolicy",
        {
            "id": np.array([1]),
            "created_at": plan.now - 7 * 365 * DAY,
            "window_days": 14,
            "cutoff_minutes": CUTOFF // MINUTE,
            "promotion_margin_minutes": MARGIN // MINUTE,
            "promoted_grace_minutes": GRACE // MINUTE,
            "booked_grace_minutes": LATE_GRACE // MINUTE,
            "unpaid_bookings": 1,
            "checkin_opens_minutes": 30,
            "checkin_closes_minutes": 30,
        },
    )


def booking_table(
    plan: Plan, booked: Bookings, held: Memberships, dated: Sessions
) -> Table:
    ended = booked.status >= CANCELLED
    return Table(
        "bookings_booking",
        {
            "id": np.arange(1, len(booked) + 1, dtype=np.int32),
            "reference": reference_letters(np.arange(len(booked)), plan.seed),
            "branch_id": dated.branch[booked.session] + 1,
            "session_id": booked.session + 1,
            "member_id": held.member[booked.membership] + 1,
            "membership_id": booked.membership + 1,
            "allowance_id": Maybe(booked.allowance + 1, booked.allowance >= 0),
            "policy_id": 1,
            "status": Words.of(STATUSES, booked.status),
            "source": Words.of(SOURCES, booked.source),
            "starts_at": dated.starts[booked.session],
            "ends_at": dated.ends[booked.session],
            "booked_at": booked.booked,
            "free_until": booked.free_until,
            "cancelled_at": Maybe(booked.cancelled, ended),
            "cancel_reason": Words.of(
                ["", "The class was called off."], booked.by_gym.astype(int)
            ),
            "attended_at": Maybe(booked.attended, booked.status == ATTENDED),
            "missed_at": Maybe(
                np.minimum(dated.ends[booked.session] + NO_SHOW_AFTER, plan.now),
                booked.status == NO_SHOW,
            ),
            "sequence": ended.astype(np.int16),
        },
    )


def waitlist_table(line: Line, held: Memberships, dated: Sessions) -> Table:
    return Table(
        "bookings_waitlistentry",
        {
            "id": np.arange(1, len(line) + 1),
            "branch_id": dated.branch[line.session] + 1,
            "session_id": line.session + 1,
            "member_id": held.member[line.membership] + 1,
            "membership_id": line.membership + 1,
            "allowance_id": Maybe(line.allowance + 1, line.allowance >= 0),
            "booking_id": Maybe(line.booking + 1, line.booking >= 0),
            "position": line.position,
            "status": Words.of(LINE, line.status),
            "starts_at": dated.starts[line.session],
            "ends_at": dated.ends[line.session],
            "joined_at": line.joined,
            "ended_at": Maybe(line.ended, line.status != WAITING),
        },
    )
