"""Rooms, class types, trainers, weekly classes and their dated sessions."""

import re
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from gymsite.ops.seed import words
from gymsite.ops.seed.accounts import DEMO_TRAINER
from gymsite.ops.seed.columns import (
    MINUTE,
    Table,
    Words,
    text_array,
    text_bytes,
)
from gymsite.ops.seed.plan import Plan
from gymsite.ops.seed.tables.core import Branches, People

# A room's day: starts 90 minutes apart hold classes of up to 75, so that no two meet,
# whatever a clock change does.
SLOTS = np.array([375, 465, 555, 645, 735, 870, 975, 1065, 1155, 1245])
WEEKDAY_DEMAND = np.array([3.0, 3.2, 2.2, 1.4, 2.6, 0.7, 2.0, 4.4, 4.2, 2.2])
WEEKEND_DEMAND = np.array([0.4, 2.0, 4.2, 4.0, 2.2, 1.0, 1.4, 1.4, 0.7, 0.2])
# rooms of one branch do not all start on the same minute
OFFSETS = np.array([0, 10, 5, 15])
# 02:15 on Sundays in houses that never close: the hour that a clock change skips or
# repeats
NIGHT = 135
WEEKDAY_PULL = np.array([1.12, 1.1, 1.08, 1.0, 0.82, 0.95, 0.88])
KINDS = {
    "studio": ("Yoga", "Pilates", "Dance", "Recovery", "Conditioning"),
    "spin": ("Spin",),
    "reformer": ("Reformer",),
    "weights": ("Strength", "Conditioning"),
    "ring": ("Boxing",),
    "pool": ("Swim",),
    "private": ("Recovery", "Pilates", "Strength"),
}
LEVELS = ["all", "beginner", "improver", "advanced"]


@dataclass(frozen=True, slots=True)
class Rooms:
    rows: list[dict]
    branch: np.ndarray
    capacity: np.ndarray

    def at(self, branch_count: int) -> np.ndarray:
        """Rooms of each branch."""
        return np.bincount(self.branch, minlength=branch_count)


def rooms(count: int, branch_count: int) -> Rooms:
    """``count`` rooms shared out as in the fixture: each branch has its first ones.

    More where the brand is larger.
    """
    known = defaultdict(list)
    for row in words.rows("rooms", "bookings.room"):
        known[row["branch"] - 1].append(row)
    houses = [known[place % len(known)] for place in range(branch_count)]
    wanted = np.array([len(house) for house in houses], dtype=float)
    shares = np.maximum(2, np.floor(wanted * count / wanted.sum())).astype(int)
    for place in range(count - shares.sum()):
        shares[place % branch_count] += 1
    rows = [
        {
            **house[nth % len(house)],
            "branch": place,
            "number": (place + 1) * 100 + nth + 1,
        }
        for place, house in enumerate(houses)
        for nth in range(shares[place])
    ]
    return Rooms(
        rows,
        np.array([row["branch"] for row in rows]),
        np.array([row["capacity"] for row in rows]),
    )


def room_table(places: Rooms) -> Table:
    rows = places.rows
    text = {name: text_bytes([row[name] for row in rows]) for name in ("name", "kind")}
    return Table(
        "bookings_room",
        {
            "id": np.arange(1, len(rows) + 1),
            "branch_id": places.branch + 1,
            "number": np.array([row["number"] for row in rows]),
            "capacity": places.capacity,
            "equipment": np.array([text_array(row["equipment"]) for row in rows]),
            "is_active": True,
            **text,
        },
    )


def class_types() -> list[dict]:
    return words.rows("class_types", "bookings.classtype")


def class_type_table() -> Table:
    rows = class_types()
    text = {
        name: text_bytes([row[name] for row in rows])
        for name in ("name", "slug", "subject", "description")
    }
    numbers = {
        name: np.array([row[name] for row in rows]) for name in ("id", "minutes")
    }
    return Table("bookings_classtype", {**numbers, **text})


@dataclass(frozen=True, slots=True)
class Classes:
    """Weekly classes by place (id - 1); ``pull`` is how much each draws (about 1).

    ``starts`` is minutes of the day.
    """

    branch: np.ndarray
    room: np.ndarray
    kind: np.ndarray
    trainer: np.ndarray
    weekday: np.ndarray
    starts: np.ndarray
    minutes: np.ndarray
    capacity: np.ndarray
    pull: np.ndarray

    def __len__(self) -> int:
        return len(self.branch)


def classes(plan: Plan, here: Branches, places: Rooms, crowd: People) -> Classes:
    random = plan.random("classes")
    room, weekday, starts, demand = _slots(plan, random, here, places)
    branch = places.branch[room]
    kinds = class_types()
    kind = _kinds(random, places, room, kinds)
    minutes = np.array([row["minutes"] for row in kinds])[kind]
    order = np.lexsort((room, starts, weekday, branch))
    room, weekday, starts, demand, branch, kind, minutes = (
        column[order]
        for column in (room, weekday, starts, demand, branch, kind, minutes)
    )
    trainer = _trainers(
        random, crowd, branch, weekday * 1440 + starts, minutes, kind, kinds
    )
    charm = (
        random.normal(0, 0.22, plan.sizes.trainers)[trainer]
        + random.normal(0, 0.3, len(kinds))[kind]
    )
    pull = (
        demand**0.5
        * WEEKDAY_PULL[weekday]
        * np.exp(charm + random.normal(0, 0.25, len(room)))
    )
    capacity = np.where(
        random.random(len(room)) < 0.25,
        places.capacity[room] * 3 // 4,
        places.capacity[room],
    )
    return Classes(
        branch,
        room,
        kind,
        trainer,
        weekday,
        starts,
        minutes,
        np.maximum(capacity, 4),
        pull,
    )


def _slots(plan: Plan, random, here: Branches, places: Rooms) -> tuple[np.ndarray, ...]:
    """Room, weekday, start and demand of each class: good slots for every room."""
    count = len(places.branch)
    demand = np.where(np.arange(7)[:, None] < 5, WEEKDAY_DEMAND, WEEKEND_DEMAND)
    starts = np.broadcast_to(
        SLOTS + OFFSETS[np.arange(count) % 4][:, None, None], (count, 7, len(SLOTS))
    )
    opens, closes = (
        here.opens[places.branch][:, :, None],
        here.closes[places.branch][:, :, None],
    )
    fits = (starts >= opens) & (starts + 75 <= closes)
    score = np.where(
        fits, np.log(demand) + random.gumbel(size=starts.shape), -np.inf
    ).reshape(count, -1)
    share = np.full(count, plan.sizes.classes // count)
    share[: plan.sizes.classes % count] += 1
    first_at_night = np.isin(
        np.arange(count), np.unique(places.branch, return_index=True)[1]
    ) & (opens[:, 6, 0] == 0)
    share[first_at_night] -= 1
    best = np.argsort(-score, axis=1)
    taken = np.arange(best.shape[1]) < share[:, None]
    room = np.r_[np.nonzero(taken)[0], np.flatnonzero(first_at_night)]
    slot = best[taken]
    nights = int(first_at_night.sum())
    weekday = np.r_[slot // len(SLOTS), np.full(nights, 6)]
    begin = np.r_[
        starts.reshape(count, -1)[np.nonzero(taken)[0], slot], np.full(nights, NIGHT)
    ]
    return room, weekday, begin, np.r_[demand.reshape(-1)[slot], np.full(nights, 0.5)]


def _kinds(random, places: Rooms, room: np.ndarray, kinds: list[dict]) -> np.ndarray:
    """A class type that suits each room."""
    kind = np.empty(len(room), dtype=np.int64)
    room_kind = np.array([row["kind"] for row in places.rows])[room]
    for name, subjects in KINDS.items():
        fitting = np.array(
            [place for place, row in enumerate(kinds) if row["subject"] in subjects]
        )
        here = np.flatnonzero(room_kind == name)
        kind[here] = fitting[random.integers(0, len(fitting), len(here))]
    return kind


def _trainers(
    random, crowd: People, branch, begin, minutes, kind, kinds: list[dict]
) -> np.ndarray:
    """Who teaches each class: of the free ones, who knows it and teaches little yet.

    Classes come sorted by branch and time of the week. This walks the weekly classes,
    not their sessions.
    """
    subjects = sorted({row["subject"] for row in kinds})
    subject = np.array([subjects.index(row["subject"]) for row in kinds])[kind]
    home = crowd.branch[crowd.trainers]
    knows = random.random((len(home), len(subjects))) < 0.3
    knows[np.arange(len(home)), np.arange(len(home)) % len(subjects)] = True
    free_from = np.zeros(len(home), dtype=np.int64)
    load = np.zeros(len(home))
    crew = {int(place): np.flatnonzero(home == place) for place in np.unique(branch)}
    trainer = np.empty(len(branch), dtype=np.int64)
    for place in range(len(branch)):
        team = crew[int(branch[place])]
        cost = (
            load[team]
            + 6 * ~knows[team, subject[place]]
            + 10_000 * (free_from[team] > begin[place])
        )
        chosen = team[np.argmin(cost)]
        assert free_from[chosen] <= begin[place], "more rooms than trainers at a branch"
        trainer[place] = chosen
        free_from[chosen] = begin[place] + minutes[place]
        load[chosen] += 1
    return trainer


def class_table(plan: Plan, week: Classes) -> Table:
    random = plan.random("class names")
    kinds = class_types()
    prefix = np.where(random.random(len(week)) < 0.15, 1 + _part_of_day(week), 0)
    prefixes = ["", "Sunrise ", "Lunch ", "After Work ", "Weekend ", "Night Owl "]
    pool = [before + row["name"] for before in prefixes for row in kinds]
    letters = [re.sub("[^A-Z]", "", row["name"].upper())[:3] for row in kinds]
    digits = np.strings.zfill(np.arange(1, len(week) + 1).astype("S5"), 4)
    level = np.where(
        random.random(len(week)) < 0.5, 0, random.integers(1, 4, len(week))
    )
    return Table(
        "bookings_gymclass",
        {
            "id": np.arange(1, len(week) + 1),
            "branch_id": week.branch + 1,
            "class_type_id": week.kind + 1,
            "room_id": week.room + 1,
            "trainer_id": week.trainer + 1,
            "name": Words.of(pool, prefix * len(kinds) + week.kind),
            "code": np.strings.add(
                np.strings.add(text_bytes(letters)[week.kind], b"-"), digits
            ),
            "level": Words.of(LEVELS, level),
            "weekday": week.weekday,
            "starts": week.starts * MINUTE,
            "minutes": week.minutes,
            "capacity": week.capacity,
            "status": "active",
        },
    )


def _part_of_day(week: Classes) -> np.ndarray:
    """0 morning, 1 midday, 2 evening, 3 weekend, 4 night."""
    day = np.where(week.starts < 600, 0, np.where(week.starts < 900, 1, 2))
    return np.where(week.starts == NIGHT, 4, np.where(week.weekday >= 5, 3, day))


def trainer_table(plan: Plan, crowd: People, users: Table) -> Table:
    random = plan.random("trainers")
    count = len(crowd.trainers)
    first, last = users.columns["first_name"], users.columns["last_name"]
    bio, credentials = words.words()["bio"], words.words()["credentials"]
    names, bios, held = [], [], []
    for user in crowd.trainers:
        names.append(
            (
                first.pool[first.codes[user]] + b" " + last.pool[last.codes[user]]
            ).decode()
        )
        opening, focus, closing = (
            part[random.integers(len(part))] for part in bio.values()
        )
        bios.append(f"{opening}; {focus}. {closing}")
        held.append(
            text_array(
                sorted(
                    random.choice(
                        credentials, random.integers(1, 4), replace=False
                    ).tolist()
                )
            )
        )
    slugs = [
        name.decode().replace(".", "-")
        for name in users.columns["username"][crowd.trainers]
    ]
    slugs[0] = (
        f"{words.latin(DEMO_TRAINER.first_name)}-{words.latin(DEMO_TRAINER.last_name)}-1"
    )
    return Table(
        "bookings_trainer",
        {
            "id": np.arange(1, count + 1),
            "user_id": crowd.trainers + 1,
            "branch_id": crowd.branch[crowd.trainers] + 1,
            "name": text_bytes(names),
            "slug": text_bytes(slugs),
            "bio": text_bytes(bios),
            "specialities": np.array(
                [text_array(named) for named in specialities(plan, count)]
            ),
            "credentials": np.array(held),
            "is_active": True,
        },
    )


def specialities(plan: Plan, count: int) -> list[list[str]]:
    """One to three subjects of each trainer, first the one that they teach in any
    case."""
    random = plan.random("specialities")
    subjects = sorted({row["subject"] for row in class_types()})
    first = np.arange(count) % len(subjects)
    more = (first + random.integers(1, len(subjects), (2, count))) % len(subjects)
    many = random.integers(0, 3, count)
    places = ((first[nth], *more[: many[nth], nth]) for nth in range(count))
    return [list(dict.fromkeys(subjects[place] for place in own)) for own in places]
