"""Brand, branches with their hours, and people."""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import date, time

import numpy as np
from django.contrib.auth.hashers import make_password

from gymsite.core.models.users import STAFF_ROLES, Role
from gymsite.ops.event_kinds import OpsEvent
from gymsite.ops.seed import words
from gymsite.ops.seed.accounts import ACCOUNTS, DEMO_MEMBER, FIRST_SERIAL, PASSWORD, PIN
from gymsite.ops.seed.columns import (
    DAY,
    HOUR,
    MINUTE,
    Maybe,
    Table,
    Words,
    day_number,
    jsonb,
    text_bytes,
    time_number,
)
from gymsite.ops.seed.draws import weighted
from gymsite.ops.seed.plan import Plan, midnights, season
from gymsite.ops.seed.scale import DESK_A_BRANCH

YEARS_OF_JOINS = 6
SHOP_YEARS = 2
WEEKDAY_SHOPPING = np.array([1.1, 1.0, 0.95, 0.95, 0.9, 1.05, 1.25])
ROLES = [str(role) for role in Role]
SOUTHERN = {"Australia/Sydney", "Pacific/Auckland"}
PHONES = {
    "Europe/London": "+44 7700 900",
    "America/New_York": "+1 212 555 0",
    "Australia/Sydney": "+61 491 570 ",
}


@dataclass(frozen=True, slots=True)
class Branches:
    """Branches by place (id - 1).

    ``opens`` and ``closes`` are minutes of the day, shape (branches, 7).
    """

    rows: list[dict]
    hours: list[dict]
    zones: list[str]
    zone: np.ndarray
    southern: np.ndarray
    opens: np.ndarray
    closes: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)


def branches(count: int) -> Branches:
    """The first ``count`` branches of the fixture; then more in the same cities."""
    known = words.rows("branches", "core.branch")
    hours = words.rows("branches", "core.branchhours")
    rows = [
        _house(known[place % len(known)], place, len(known)) for place in range(count)
    ]
    all_hours = [
        {**row, "id": 7 * place + row["weekday"] + 1, "branch": place + 1}
        for place in range(count)
        for row in hours[7 * (place % len(known)) : 7 * (place % len(known)) + 7]
    ]
    zones = sorted({row["time_zone"] for row in rows})
    minutes = np.array(
        [[_minute(row["opens"]), _minute(row["closes"])] for row in all_hours]
    ).reshape(-1, 7, 2)
    return Branches(
        rows=rows,
        hours=all_hours,
        zones=zones,
        zone=np.array([zones.index(row["time_zone"]) for row in rows]),
        southern=np.array([row["time_zone"] in SOUTHERN for row in rows]),
        opens=minutes[..., 0],
        closes=minutes[..., 1],
    )


def _house(row: dict, place: int, known: int) -> dict:
    if place < known:
        return {**row, "id": place + 1}
    nth, districts = place // known - 1, words.words()["districts"]
    again, nth = divmod(nth, len(districts))
    district = districts[nth] + (f" {again + 1}" if again else "")
    return {
        **row,
        "id": place + 1,
        "name": f"{row['name']} {district}",
        "slug": f"{row['slug']}-{words.latin(district)}",
    }


def _minute(text: str) -> int:
    wall = time.fromisoformat(text)
    return wall.hour * 60 + wall.minute


def branch_tables(here: Branches) -> list[Table]:
    brand = words.rows("branches", "core.brand")[0]
    fields = ("name", "slug", "time_zone", "address", "phone")
    branch = {name: text_bytes([row[name] for row in here.rows]) for name in fields}
    hours = here.hours
    return [
        Table(
            "core_brand",
            {
                name: np.array([value]) if name == "id" else value
                for name, value in brand.items()
            },
        ),
        Table(
            "core_branch",
            {"id": np.arange(1, len(here) + 1), "is_active": True, **branch},
        ),
        Table(
            "core_branchhours",
            {
                "id": np.array([row["id"] for row in hours]),
                "branch_id": np.array([row["branch"] for row in hours]),
                "weekday": np.array([row["weekday"] for row in hours]),
                "opens": np.array(
                    [time_number(time.fromisoformat(row["opens"])) for row in hours]
                ),
                "closes": np.array(
                    [time_number(time.fromisoformat(row["closes"])) for row in hours]
                ),
            },
        ),
    ]


@dataclass(frozen=True, slots=True)
class People:
    """Users by place (id - 1): role (a place in ROLES), home branch, day of joining.

    Staff come first, then the members who train, then from ``first_shopper`` on those
    who only shop.
    """

    role: np.ndarray
    branch: np.ndarray
    joined_day: np.ndarray
    joined_at: np.ndarray
    is_active: np.ndarray
    first_shopper: int

    @property
    def members(self) -> np.ndarray:
        """Those who train."""
        return np.flatnonzero(
            self.role[: self.first_shopper] == ROLES.index(Role.MEMBER)
        )

    def staff(self, role: str, branch_count: int) -> np.ndarray:
        """Somebody of that role at each branch."""
        able = np.flatnonzero(self.role == ROLES.index(role))
        return able[np.searchsorted(self.branch[able], np.arange(branch_count))]

    @property
    def trainers(self) -> np.ndarray:
        return np.flatnonzero(self.role == ROLES.index(Role.TRAINER))


def people(plan: Plan, here: Branches, rooms_at: np.ndarray) -> People:
    """Demo accounts, staff, trainers, members by joining, then shoppers.

    Trainers are shared out by rooms.
    """
    random = plan.random("people")
    role, branch = _staff(plan, here, rooms_at)
    team = len(role)
    count = max(plan.sizes.gym_users - team, 0)
    branch = np.r_[branch, weighted(random, rooms_at, count)]
    joined = np.r_[
        _joins(plan, random, team, 0.5), np.sort(_joins(plan, random, count, 0.62))
    ]
    joined[: len(ACCOUNTS)] = plan.today - 3 * 365
    minute = random.integers(6 * 60, 9 * 60, len(joined))
    active = random.random(len(joined)) >= 0.015
    active[:team] = True
    shoppers = plan.sizes.users - team - count
    role = np.r_[role, np.full(count + shoppers, ROLES.index(Role.MEMBER))]
    random = plan.random("shoppers")
    branch = np.r_[branch, weighted(random, rooms_at, shoppers)]
    joined = np.r_[
        joined,
        np.sort(
            days_of_shopping(
                plan, random, np.full(shoppers, plan.today - 365 * SHOP_YEARS), 2
            )
        ),
    ]
    minute = np.r_[minute, random.integers(7 * 60, 22 * 60, shoppers)]
    midnight = midnights(joined, here.zone[branch], here.zones)
    active = np.r_[active, np.ones(shoppers, dtype=bool)]
    return People(
        role, branch, joined, midnight + minute * MINUTE, active, team + count
    )


def days_of_shopping(
    plan: Plan, random: np.random.Generator, earliest: np.ndarray, before: int
) -> np.ndarray:
    """A day for each, from ``earliest`` to ``before`` days ago, by how busy it was.

    It grows; weekends are strong, and so are the weeks before Christmas and January.
    """
    first = plan.today - 365 * SHOP_YEARS
    days = np.arange(first, plan.today - before + 1)
    of_year = (days - day_number(date(2000, 1, 1))) % 365.25
    gifts = np.exp(-(((of_year - 340) / 13) ** 2)) + 0.6 * np.exp(
        -(((of_year - 330) / 4) ** 2)
    )
    growth = 0.35 + 0.65 * (days - first) / len(days)
    share = growth * season(days) * (1 + 0.7 * gifts) * WEEKDAY_SHOPPING[(days + 5) % 7]
    until = np.r_[0, np.cumsum(share)]
    begin = until[np.clip(earliest - first, 0, len(days) - 1)]
    drawn = begin + random.random(len(earliest)) * (until[-1] - begin)
    return first + np.minimum(
        np.searchsorted(until, drawn, side="right") - 1, len(days) - 1
    )


def _staff(
    plan: Plan, here: Branches, rooms_at: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    staff = [(account.role, 0) for account in ACCOUNTS]
    staff += [(Role.MANAGER, place) for place in range(1, len(here))]
    staff += [
        (Role.FRONT_DESK, place)
        for place in range(len(here))
        for _ in range(DESK_A_BRANCH)
    ][1:]
    staff += [
        (Role.TRAINER, place) for place in _shared(plan.sizes.trainers, rooms_at)
    ][1:]
    return np.array([ROLES.index(role) for role, _ in staff]), np.array(
        [place for _, place in staff]
    )


def _shared(count: int, rooms_at: np.ndarray) -> list[int]:
    """The branch of each trainer: one more than its rooms everywhere, the others by
    rooms. Branch 0 comes first."""
    least = rooms_at + 1
    more = np.floor((count - least.sum()) * rooms_at / rooms_at.sum()).astype(int)
    more[0] += count - least.sum() - more.sum()
    return np.repeat(np.arange(len(rooms_at)), least + more).tolist()


def _joins(
    plan: Plan, random: np.random.Generator, count: int, growth: float
) -> np.ndarray:
    """Days of joining over the years: more each year, many in January."""
    days = np.arange(plan.today - 365 * YEARS_OF_JOINS, plan.today - 1)
    age = (plan.today - days) / (365 * YEARS_OF_JOINS)
    weights = (1.05 - age) ** growth * season(days) ** 3
    return days[weighted(random, weights, count)]


def user_table(plan: Plan, here: Branches, crowd: People) -> Table:
    random = plan.random("names")
    count = plan.sizes.users
    names = words.Names()
    first, last = names.draw(random, count)
    usernames = names.addresses(first, last)
    domains = text_bytes(["@" + name for name in words.words()["mail_domains"]])
    staff = np.isin(crowd.role, [ROLES.index(role) for role in STAFF_ROLES])
    last_login = np.minimum(
        crowd.joined_at + random.integers(HOUR, 400 * DAY, count), plan.now - HOUR
    )
    columns = {
        "id": np.arange(1, count + 1),
        "password": make_password(PASSWORD, salt=_salt(plan, "password")),
        "last_login": Maybe(last_login, random.random(count) < 0.8),
        "username": usernames,
        "first_name": first,
        "last_name": last,
        "is_staff": staff,
        "is_active": crowd.is_active,
        "date_joined": crowd.joined_at,
        "email": np.strings.add(
            usernames, domains[random.integers(0, len(domains), count)]
        ),
        "phone": _phones(random, here, crowd),
        "role": Words.of(ROLES, crowd.role),
        "home_branch_id": crowd.branch + 1,
        "member_number": member_numbers(count),
        "pin_hash": make_password(PIN, salt=_salt(plan, "pin")),
        "calendar_token": Maybe(_token(plan), np.arange(count) == DEMO_MEMBER.id - 1),
    }
    _name_accounts(columns)
    return Table("core_user", columns)


def _salt(plan: Plan, purpose: str) -> str:
    """A salt that follows from the seed, so that the checksum is the same each time."""
    return hashlib.sha256(f"{plan.seed} {purpose}".encode()).hexdigest()[:22]


def _token(plan: Plan) -> bytes:
    digest = hashlib.sha256(f"{plan.seed} calendar".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=")


def _phones(random: np.random.Generator, here: Branches, crowd: People) -> np.ndarray:
    """Numbers from the ranges that are kept free for fiction."""
    starts = text_bytes(
        [PHONES.get(row["time_zone"], PHONES["Europe/London"]) for row in here.rows]
    )
    digits = np.strings.zfill(
        random.integers(0, 1000, len(crowd.branch)).astype("S3"), 3
    )
    return np.strings.add(starts[crowd.branch], digits)


def _name_accounts(columns: dict) -> None:
    width = max(columns["username"].dtype.itemsize, 24)
    for field in ("username", "email"):
        columns[field] = columns[field].astype(f"S{width + 16}")
    for field in ("first_name", "last_name"):
        pool = columns[field].pool
        named = text_bytes([getattr(account, field) for account in ACCOUNTS])
        codes = columns[field].codes.copy()
        codes[: len(ACCOUNTS)] = np.arange(len(pool), len(pool) + len(ACCOUNTS))
        columns[field] = Words(np.r_[pool, named], codes)
    for place, account in enumerate(ACCOUNTS):
        columns["username"][place] = account.username.encode()
        columns["email"][place] = f"{account.username}@example.com".encode()


def member_numbers(count: int) -> np.ndarray:
    """The first ``count`` numbers of core_next_member_number(): serial, Luhn digit."""
    serial = np.arange(FIRST_SERIAL, FIRST_SERIAL + count)
    digits = (serial[:, None] // 10 ** np.arange(7)) % 10
    doubled = digits * np.array([2, 1, 2, 1, 2, 1, 2])
    total = np.where(doubled > 9, doubled - 9, doubled).sum(axis=1)
    return (serial * 10 + -total % 10).astype("S8")


def seeded_event(plan: Plan, scale: float) -> Table:
    """The mark of a seeded database; its data says what was asked for."""
    asked = {
        "profile": plan.profile,
        "scale": scale,
        "seed": plan.seed,
        "day": str(plan.day),
        "users": plan.sizes.users,
        "appointments": plan.sizes.appointments,
    }
    return Table(
        "core_event",
        {
            "id": np.array([1]),
            "kind": OpsEvent.SEEDED,
            "at": np.array([plan.now]),
            "subject": "database",
            "subject_id": 1,
            "data": jsonb(json.dumps(asked)),
        },
    )
