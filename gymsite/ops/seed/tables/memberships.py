"""Plans, memberships, what they allow, and what is paid for them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gymsite.ops.seed import words
from gymsite.ops.seed.accounts import DEMO_MEMBER
from gymsite.ops.seed.columns import DAY, HOUR, Maybe, Table, Words, text_bytes
from gymsite.ops.seed.draws import weighted
from gymsite.ops.seed.plan import Plan, midnights
from gymsite.ops.seed.tables.core import Branches, People

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
