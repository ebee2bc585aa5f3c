"""Plans, memberships, what they allow, and what is paid for them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from gymsite.core.periods import next_month
from gymsite.ops.seed import words
from gymsite.ops.seed.accounts import DEMO_MEMBER
from gymsite.ops.seed.columns import (
    DAY,
    HOUR,
    Maybe,
    Table,
    Words,
    day_number,
    text_bytes,
)
from gymsite.ops.seed.draws import weighted
from gymsite.ops.seed.plan import Plan, day_of, midnights
from gymsite.ops.seed.tables.core import Branches, People
from gymsite.ops.seed.tables.money import (
    DESK,
    FAILED,
    PAID,
    PENDING,
    REFUNDED,
    Payments,
)

STATUSES = ["active", "frozen", "past_due", "ended"]
ACTIVE, FROZEN, PAST_DUE, ENDED = range(4)
UNLIMITED, PER_PERIOD, PACK = range(3)
KINDS = ["unlimited", "per_period", "pack"]
NEVER = 10_000_000
HOUSE_WINDOW = 14
# How often each plan of the fixture is chosen; those not named here once.
POPULAR = {
    "Unlimited": 16,
    "Classic 8": 12,
    "Classic 4": 7,
    "Gym Floor": 10,
    "Unlimited Plus": 6,
    "Pack of 10": 8,
}
DEMO_PLAN = "Black"


@dataclass(frozen=True, slots=True)
class Plans:
    """Plans by place (id - 1).

    ``branch`` is -1 for plans of every branch, ``classes`` 0 without a limit.
    """

    rows: list[dict]
    kind: np.ndarray
    weekly: np.ndarray
    classes: np.ndarray
    valid_days: np.ndarray
    price: np.ndarray
    branch: np.ndarray
    window: np.ndarray
    includes_classes: np.ndarray
    popularity: np.ndarray

    def place(self, name: str) -> int:
        return next(place for place, row in enumerate(self.rows) if row["name"] == name)


def plans(branch_count: int) -> Plans:
    rows = words.rows("plans", "memberships.plan")
    number = lambda name, empty=0: np.array([row[name] or empty for row in rows])  # noqa: E731
    branch = number("branch") - 1
    return Plans(
        rows=rows,
        kind=np.array([KINDS.index(row["kind"]) for row in rows]),
        weekly=np.array([row["period"] == "week" for row in rows]),
        classes=number("classes"),
        valid_days=number("valid_days"),
        price=number("price_minor"),
        branch=branch,
        window=number("booking_window_days", HOUSE_WINDOW),
        includes_classes=np.array([row["includes_classes"] for row in rows]),
        popularity=np.array([POPULAR.get(row["name"], 1) for row in rows])
        * (branch < branch_count),
    )


def plan_table(offers: Plans, branch_count: int) -> Table:
    """The fixture's plans; one of a branch that is left out is off sale."""
    rows, terms = offers.rows, _terms(offers, branch_count)
    here = (offers.branch >= 0) & (offers.branch < branch_count)
    return Table(
        "memberships_plan",
        {
            "id": np.arange(1, len(rows) + 1),
            **{
                name: text_bytes([row[name] for row in rows])
                for name in ("name", "slug", "summary")
            },
            **terms,
            "is_on_sale": np.array([row["is_on_sale"] for row in rows])
            & (here | (offers.branch < 0)),
            "rank": np.array([row["rank"] for row in rows]),
        },
    )


def _terms(offers: Plans, branch_count: int) -> dict[str, Any]:
    """What a plan offers, as columns by its place; ``branch_id`` is its only branch."""
    rows = offers.rows
    windows = np.array([row["booking_window_days"] or 0 for row in rows])
    flags = (
        "includes_classes",
        "includes_pool",
        "includes_vip",
        "includes_private_rooms",
    )
    return {
        **{
            name: text_bytes([row[name] for row in rows])
            for name in ("kind", "period", "currency")
        },
        "classes": Maybe(offers.classes, offers.classes > 0),
        "valid_days": Maybe(offers.valid_days, offers.valid_days > 0),
        "price_minor": offers.price,
        "branch_id": Maybe(
            offers.branch + 1, (offers.branch >= 0) & (offers.branch < branch_count)
        ),
        "booking_window_days": Maybe(windows, windows > 0),
        **{name: np.array([row[name] for row in rows]) for name in flags},
    }


@dataclass(frozen=True, slots=True)
class Memberships:
    """Memberships by place (id - 1); members and branches are places, days numbers.

    ``pays`` marks the one membership of a member that the seed books classes with;
    ``books_until`` is the last day that it has paid for classes on.
    """

    member: np.ndarray
    branch: np.ndarray
    plan: np.ndarray
    status: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    created: np.ndarray
    ended: np.ndarray
    pays: np.ndarray
    books_until: np.ndarray

    def __len__(self) -> int:
        return len(self.member)


def memberships(
    plan: Plan, here: Branches, crowd: People, offers: Plans
) -> Memberships:
    """A base membership for most members, packs for some, none for a few."""
    random = plan.random("memberships")
    members = crowd.members
    draw = random.random(len(members))
    closed = ~crowd.is_active[members]
    base = (draw < 0.76) & ~closed
    packs = (draw >= 0.76) & (draw < 0.85) & ~closed
    former = ((draw >= 0.85) & (draw < 0.95)) | closed
    demo = members == DEMO_MEMBER.id - 1
    base, packs, former = base | demo, packs & ~demo, former & ~demo
    bases = _bases(plan, random, crowd, offers, members[base])
    starts = np.full(plan.sizes.users, plan.today)
    starts[bases[0]] = bases[3]
    beside = base & (random.random(len(members)) < 0.03) & ~demo
    earlier = (
        base
        & (random.random(len(members)) < 0.25)
        & (starts[members] - crowd.joined_day[members] > 40)
    )
    pack_holders, formers = members[packs | beside], members[former | (earlier & ~demo)]
    parts = [
        bases,
        _packs(plan, random, crowd, offers, pack_holders),
        _former(random, crowd, offers, formers, starts[formers] - 1),
    ]
    pays = np.r_[
        np.ones(len(bases[0]), bool),
        np.isin(pack_holders, members[packs]),
        np.isin(formers, members[former]),
    ]
    return _joined(
        plan,
        here,
        crowd,
        [np.concatenate(column) for column in zip(*parts, strict=True)],
        pays,
    )


def _choose(
    random, offers: Plans, branch: np.ndarray, kinds: tuple[int, ...]
) -> np.ndarray:
    """A plan of ``kinds`` for each: of every branch or, less often, of the own one."""
    fits = np.isin(offers.kind, kinds)
    house = weighted(
        random, offers.popularity * fits * (offers.branch < 0), len(branch)
    )
    own = np.full(int(branch.max(initial=0)) + 1, -1)
    for place in np.flatnonzero(
        fits & (offers.branch >= 0) & (offers.branch < len(own))
    ):
        if own[offers.branch[place]] < 0 or random.random() < 0.5:
            own[offers.branch[place]] = place
    wants_own = (random.random(len(branch)) < 0.2) & (own[branch] >= 0)
    return np.where(wants_own, own[branch], house)


def _bases(
    plan: Plan, random, crowd: People, offers: Plans, member: np.ndarray
) -> tuple[np.ndarray, ...]:
    chosen = _choose(random, offers, crowd.branch[member], (UNLIMITED, PER_PERIOD))
    draw = random.random(len(member))
    status = np.where(draw < 0.025, FROZEN, np.where(draw < 0.06, PAST_DUE, ACTIVE))
    joined = crowd.joined_day[member]
    later = joined + (random.random(len(member)) * (plan.today - 1 - joined)).astype(
        int
    )
    starts = np.where(random.random(len(member)) < 0.6, joined, later)
    demo = member == DEMO_MEMBER.id - 1
    chosen[demo], status[demo], starts[demo] = (
        offers.place(DEMO_PLAN),
        ACTIVE,
        joined[demo],
    )
    until = np.where(
        status == ACTIVE, NEVER, plan.today - random.integers(3, 20, len(member))
    )
    return member, chosen, status, starts, np.full(len(member), NEVER), until


def _packs(
    plan: Plan, random, crowd: People, offers: Plans, member: np.ndarray
) -> tuple[np.ndarray, ...]:
    chosen = _choose(random, offers, crowd.branch[member], (PACK,))
    joined = crowd.joined_day[member]
    earliest = np.maximum(joined, plan.today - offers.valid_days[chosen] - 40)
    starts = earliest + (
        random.random(len(member)) * (plan.today - 1 - earliest)
    ).astype(int)
    ends = starts + offers.valid_days[chosen] - 1
    return (
        member,
        chosen,
        np.where(ends < plan.today, ENDED, ACTIVE),
        starts,
        ends,
        ends,
    )


def _former(
    random, crowd: People, offers: Plans, member: np.ndarray, latest: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Memberships that were ended by ``latest``, some within the weeks of bookings."""
    chosen = _choose(random, offers, crowd.branch[member], (UNLIMITED, PER_PERIOD))
    starts = crowd.joined_day[member]
    ends = starts + (
        np.maximum(latest - starts, 0) * random.random(len(member)) ** 0.6
    ).astype(int)
    return member, chosen, np.full(len(member), ENDED), starts, ends, ends


def _joined(
    plan: Plan,
    here: Branches,
    crowd: People,
    columns: list[np.ndarray],
    pays: np.ndarray,
) -> Memberships:
    """All parts as one, in the order of their making."""
    member, chosen, status, starts, ends, until = columns
    midnight = midnights(starts, here.zone[crowd.branch[member]], here.zones)
    created = np.minimum(
        midnight + plan.random("enrolling").integers(9 * HOUR, 20 * HOUR, len(member)),
        plan.now - HOUR,
    )
    ended = np.maximum(
        (np.minimum(ends, plan.today - 1) + 1) * DAY - HOUR, created + HOUR // 2
    )
    found = (
        member,
        crowd.branch[member],
        chosen,
        status,
        starts,
        ends,
        created,
        ended,
        pays,
        np.minimum(until, ends),
    )
    order = np.argsort(created, kind="stable")
    return Memberships(*(column[order] for column in found))


def membership_table(held: Memberships, offers: Plans, branch_count: int) -> Table:
    sold = {
        name: column[held.plan] for name, column in _terms(offers, branch_count).items()
    }
    names = text_bytes([row["name"] for row in offers.rows])
    return Table(
        "memberships_membership",
        {
            "id": np.arange(1, len(held) + 1),
            "branch_id": held.branch + 1,
            "member_id": held.member + 1,
            "plan_id": held.plan + 1,
            "plan_name": names[held.plan],
            "only_branch_id": sold.pop("branch_id"),
            **sold,
            "status": Words.of(STATUSES, held.status),
            "is_base": offers.kind[held.plan] != PACK,
            "starts_on": held.starts,
            "ends_on": Maybe(held.ends, held.ends < NEVER),
            "created_at": held.created,
            "ended_at": Maybe(held.ended, held.status == ENDED),
        },
    )


@dataclass(frozen=True, slots=True)
class Periods:
    """The weeks and months that classes are counted by, numbered from the first."""

    first_day: int
    month_of: np.ndarray
    month_starts: np.ndarray
    month_ends: np.ndarray

    def number(
        self, days: np.ndarray, weekly: np.ndarray, is_pack: np.ndarray
    ) -> np.ndarray:
        """The number of each day's period: week, month, or a pack's only one."""
        # 2000-01-01 was a Saturday, so weeks of these numbers start on Mondays
        week = (days + 5) // 7
        month = self.month_of[days - self.first_day]
        return np.where(is_pack, 0, np.where(weekly, 1_000 + week, month))


def periods(plan: Plan) -> Periods:
    starts: list[date] = [plan.day.replace(day=1)]
    while day_number(starts[0]) > plan.first_day:
        starts.insert(0, day_of(day_number(starts[0]) - 1).replace(day=1))
    while day_number(next_month(starts[-1])) <= plan.last_day:
        starts.append(next_month(starts[-1]))
    first = np.array([day_number(day) for day in starts])
    last = np.array([day_number(next_month(day)) - 1 for day in starts])
    days = np.arange(plan.first_day, plan.last_day + 1)
    return Periods(
        plan.first_day, np.searchsorted(first, days, side="right") - 1, first, last
    )


@dataclass(frozen=True, slots=True)
class Allowances:
    """One row for each limited membership and period; ``of_use`` maps uses to rows."""

    membership: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    used: np.ndarray


def allowances(
    plan: Plan,
    held: Memberships,
    offers: Plans,
    membership: np.ndarray,
    day: np.ndarray,
    counts: np.ndarray,
) -> tuple[Allowances, np.ndarray]:
    """The allowances that classes were counted in, and each class's place, or -1.

    ``membership`` and ``day`` are of every booking and waitlist entry, ``counts`` says
    which of them use a class up. Each pack has one allowance from the start, each other
    membership one for a period in which it was needed.
    """
    calendar = periods(plan)
    kind = offers.kind[held.plan]
    packs = np.flatnonzero(kind == PACK)
    limited = kind[membership] != UNLIMITED
    number = calendar.number(
        day, offers.weekly[held.plan[membership]], kind[membership] == PACK
    )
    keys = np.r_[
        membership[limited].astype(np.int64) * 10_000 + number[limited], packs * 10_000
    ]
    different, place = np.unique(keys, return_inverse=True)
    of_use = np.full(len(membership), -1, dtype=np.int32)
    of_use[limited] = place[: limited.sum()]
    used = np.bincount(
        place[: limited.sum()][counts[limited]], minlength=len(different)
    )
    owner, number = different // 10_000, different % 10_000
    week = number >= 1_000
    month = np.where(week, 0, number)
    starts = np.where(week, (number - 1_000) * 7 - 5, calendar.month_starts[month])
    ends = np.where(week, starts + 6, calendar.month_ends[month])
    pack = kind[owner] == PACK
    return Allowances(
        owner,
        np.where(pack, held.starts[owner], starts),
        np.where(pack, held.ends[owner], ends),
        used,
    ), of_use


def allowance_table(rows: Allowances, held: Memberships, offers: Plans) -> Table:
    return Table(
        "memberships_allowance",
        {
            "id": np.arange(1, len(rows.membership) + 1),
            "branch_id": held.branch[rows.membership] + 1,
            "membership_id": rows.membership + 1,
            "starts_on": rows.starts,
            "ends_on": rows.ends,
            "granted": offers.classes[held.plan[rows.membership]],
            "used": rows.used,
        },
    )


@dataclass(frozen=True, slots=True)
class Billing:
    """What was asked: of each period its days, membership (a place) and payment."""

    membership: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    payments: Payments


def billing(plan: Plan, held: Memberships, offers: Plans) -> Billing:
    """Each membership's first period, and the latest renewal of running ones."""
    base = offers.kind[held.plan] != PACK
    renewed = base & (held.status != ENDED) & (held.starts < plan.today - 31)
    membership = np.r_[np.arange(len(held)), np.flatnonzero(renewed)]
    renewal = np.arange(len(membership)) >= len(held)
    paid = _payments(plan, held, offers, membership, renewal)
    starts = np.where(renewal, paid.created // DAY, held.starts[membership]).astype(
        np.int32
    )
    weekly = offers.weekly[held.plan[membership]]
    ends = np.where(weekly, starts + 6, _month_later(starts) - 1)
    return Billing(
        membership,
        starts,
        np.where(base[membership], ends, held.ends[membership]),
        paid,
    )


def _month_later(days: np.ndarray) -> np.ndarray:
    """The same day of the next month, or the last one that month has."""
    dates = np.datetime64("2000-01-01") + days
    first = dates.astype("M8[M]").astype("M8[D]")
    following = (dates.astype("M8[M]") + 1).astype("M8[D]")
    last = (dates.astype("M8[M]") + 2).astype("M8[D]") - 1
    return (
        np.minimum(following + (dates - first), last) - np.datetime64("2000-01-01")
    ).astype(np.int32)


def _payments(
    plan: Plan,
    held: Memberships,
    offers: Plans,
    membership: np.ndarray,
    renewal: np.ndarray,
) -> Payments:
    random = plan.random("payments")
    recent = plan.now - random.integers(2 * HOUR, 28 * DAY, len(membership))
    created = np.where(renewal, recent, held.created[membership])
    status = _paid_how(
        random,
        renewal & (held.status[membership] == PAST_DUE),
        created > plan.now - 7 * DAY,
    )
    currency = text_bytes([row["currency"] for row in offers.rows])
    count = len(membership)
    return Payments(
        branch=held.branch[membership],
        member=held.member[membership],
        status=status,
        purpose=np.full(count, b"membership"),
        thing=np.strings.add(
            np.where(renewal, b"renewal ", b"membership "),
            (membership + 1).astype("S12"),
        ),
        amount=offers.price[held.plan[membership]],
        currency=currency[held.plan[membership]],
        gateway=np.full(count, DESK),
        reference=np.zeros(count, dtype="S1"),
        created=created,
        paid=created + random.integers(HOUR // 60, HOUR // 4, count),
    )


def billing_table(held: Memberships, billed: Billing, payment: np.ndarray) -> Table:
    """``payment`` are the places of the periods' payments among all."""
    return Table(
        "memberships_billingperiod",
        {
            "id": np.arange(1, len(billed.membership) + 1),
            "branch_id": held.branch[billed.membership] + 1,
            "membership_id": billed.membership + 1,
            "starts_on": billed.starts,
            "ends_on": billed.ends,
            "amount_minor": billed.payments.amount,
            "currency": billed.payments.currency,
            "payment_id": payment + 1,
        },
    )


def _paid_how(random, due: np.ndarray, recent: np.ndarray) -> np.ndarray:
    draw = random.random(len(due))
    return np.where(
        due,
        FAILED,
        np.where(
            draw < 0.006, REFUNDED, np.where((draw < 0.012) & recent, PENDING, PAID)
        ),
    )
