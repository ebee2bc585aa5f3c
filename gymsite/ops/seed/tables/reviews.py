"""What buyers say: ratings by each product's quality, texts of phrases."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from gymsite.core.models.users import Role
from gymsite.ops.seed import words
from gymsite.ops.seed.accounts import DEMO_MEMBER
from gymsite.ops.seed.columns import DAY, HOUR, MINUTE, SECOND, Maybe, Table, Words
from gymsite.ops.seed.plan import Plan
from gymsite.ops.seed.tables.core import Branches, People
from gymsite.ops.seed.tables.sales import Sales
from gymsite.ops.seed.tables.shop import Shop

STATUSES = ["pending", "published", "rejected"]
PENDING, PUBLISHED, REJECTED = range(3)
BANDS = ["bad", "mixed", "good"]
BAND = np.array([0, 0, 0, 1, 2, 2])  # of ratings 0 to 5
REJECTED_SHARE, SLOW_SHARE = 0.008, 0.004
WITHOUT_TEXT = 0.22


@dataclass(frozen=True, slots=True)
class Reviews:
    """Reviews by place, in order of time; ``item`` is the place of the purchase."""

    item: np.ndarray
    rating: np.ndarray
    at: np.ndarray
    status: np.ndarray

    def figures(
        self, product: np.ndarray, product_count: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """The sum of the published ratings of each product, and how many there are."""
        shown = self.status == PUBLISHED
        place, rating = product[self.item[shown]], self.rating[shown]
        total = np.bincount(place, weights=rating, minlength=product_count).astype(
            np.int64
        )
        return total, np.bincount(place, minlength=product_count)


@cache
def phrases() -> dict[str, Any]:
    return json.loads((words.FIXTURES / "review_phrases.json").read_text())


def reviews(plan: Plan, goods: Shop, sold: Sales) -> Reviews:
    """Some days after the purchase, of things that were there to be tried.

    The demo member's first one has its own.
    """
    random = plan.random("reviews")
    item = _reviewed(plan, random, goods, sold)
    bought = sold.placed[sold.cart[item]]
    wait = np.minimum(
        2 * DAY + random.exponential(16 * DAY, len(item)),
        (plan.now - bought) * random.uniform(0.5, 0.999, len(item)),
    )
    at = bought + wait.astype(np.int64) // SECOND * SECOND
    feeling = goods.quality[sold.product[item]] + random.normal(0, 0.75, len(item))
    feeling -= np.where(random.random(len(item)) < 0.06, 2.2, 0)
    rating = np.clip(np.round(feeling), 1, 5).astype(np.int64)
    order = np.argsort(at, kind="stable")
    item, rating, at = item[order], rating[order], at[order]
    unread = (at > plan.now - 2 * DAY) & (random.random(len(item)) < 0.7) | (
        random.random(len(item)) < SLOW_SHARE
    )
    status = np.where(random.random(len(item)) < REJECTED_SHARE, REJECTED, PUBLISHED)
    status = np.where(unread & (at > plan.now - 30 * DAY), PENDING, status)
    mine = sold.member[sold.cart[item]] == DEMO_MEMBER.id - 1
    return Reviews(
        item, np.where(mine, 5, rating), at, np.where(mine, PUBLISHED, status)
    )


def _reviewed(plan: Plan, random, goods: Shop, sold: Sales) -> np.ndarray:
    """The items that are reviewed: of some products more than of others."""
    member = sold.member[sold.cart] == DEMO_MEMBER.id - 1
    certain = np.flatnonzero(member)[:1]
    able = np.flatnonzero((sold.placed[sold.cart] < plan.now - 3 * DAY) & ~member)
    eager = np.exp(random.normal(0, 0.4, len(goods.rows)))[sold.product[able]]
    clock = random.exponential(1.0, len(able)) / eager
    count = plan.sizes.reviews - len(certain)
    return np.r_[certain, able[np.argpartition(clock, count)[:count]]]


def review_table(
    plan: Plan, here: Branches, crowd: People, goods: Shop, sold: Sales, said: Reviews
) -> Table:
    random = plan.random("review texts")
    cart, product = sold.cart[said.item], sold.product[said.item]
    branch = sold.branch[cart]
    decided = np.minimum(
        said.at + random.integers(20 * MINUTE, 30 * HOUR, len(cart)) // SECOND * SECOND,
        plan.now,
    )
    moderator = crowd.staff(Role.MANAGER, len(here))[branch]
    band = BAND[said.rating]
    silent = (random.random(len(cart)) < WITHOUT_TEXT) & (
        sold.member[cart] != DEMO_MEMBER.id - 1
    )
    return Table(
        "catalog_review",
        {
            "id": np.arange(1, len(cart) + 1),
            "branch_id": branch + 1,
            "product_id": product + 1,
            "member_id": sold.member[cart] + 1,
            "rating": said.rating,
            "title": _drawn(
                random, [phrases()["titles"][name] for name in BANDS], band
            ),
            "text": _texts(random, goods, goods.shelf[product], band, silent),
            "status": Words.of(STATUSES, said.status),
            "created_at": said.at,
            "moderated_at": Maybe(decided, said.status != PENDING),
            "moderated_by_id": Maybe(moderator + 1, said.status != PENDING),
        },
    )


def _drawn(random, lists: list[list[str]], which: np.ndarray) -> Words:
    """A phrase of the list of each row."""
    sizes = np.array([len(phrase) for phrase in lists])
    first = np.cumsum(sizes) - sizes
    code = first[which] + (random.random(len(which)) * sizes[which]).astype(np.int64)
    return Words.of([phrase for phrases_ in lists for phrase in phrases_], code)


def _texts(
    random, goods: Shop, shelf: np.ndarray, band: np.ndarray, silent: np.ndarray
) -> np.ndarray:
    """How they came to it, what is good or bad, what follows; three stars tell both."""
    known = phrases()
    kinds = [known["details"][known["group_of"][name]] for name in goods.shelf_names]
    good, bad = (
        _drawn(random, [kind[side] for kind in kinds], shelf)
        for side in ("good", "bad")
    )
    empty = (band == 0, band == 2)
    parts = [
        _drawn(random, [known["openings"][name] for name in BANDS], band),
        _unless(good, empty[0]),
        _unless(bad, empty[1]),
        _drawn(random, [known["closings"][name] for name in BANDS], band),
    ]
    text = np.where(silent, b"", parts[0].pool[parts[0].codes])
    for part in parts[1:]:
        space = np.where(part.pool == b"", b"", b" ")
        more = np.where(silent, b"", np.strings.add(space, part.pool)[part.codes])
        text = np.strings.add(text, more)
    return text


def _unless(phrase: Words, empty: np.ndarray) -> Words:
    return Words(
        np.r_[phrase.pool, [b""]], np.where(empty, len(phrase.pool), phrase.codes)
    )
