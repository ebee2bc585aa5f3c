"""What an address asks of the shop: a shelf, facets, an order; parsed strictly."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from catalog.models import Category
from catalog.queries.product_lists import Wanted
from catalog.queries.search import tidy_words
from catalog.views.product_cards import least_mean
from gymsite.core.errors import Invalid
from gymsite.core.money import shown

# of each band its least and most price, in minor units
BANDS: dict[str, tuple[int | None, int | None]] = {
    "to-20": (None, 1999),
    "20-50": (2000, 4999),
    "50-100": (5000, 9999),
    "from-100": (10_000, None),
}
RATINGS = {stars: least_mean(int(stars)) for stars in ("4", "3")}
SORTS = {
    "featured": "Featured",
    "price": "Lowest price",
    "price-desc": "Highest price",
    "rating": "Best rated",
    "newest": "Newest",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A list as its address asks for it; all but ``q`` are values the shop knows."""

    category: str = ""
    kind: str = ""
    q: str = ""
    price: str = ""
    rating: str = ""
    stock: str = ""
    sort: str = "featured"

    @property
    def wanted(self) -> Wanted:
        least, most = BANDS.get(self.price, (None, None))
        return Wanted(
            kind=self.kind,
            category=self.category,
            least_price=least,
            most_price=most,
            in_stock=bool(self.stock),
            least_rating=RATINGS.get(self.rating),
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.price or self.rating or self.stock)

    @property
    def path(self) -> str:
        if self.q:
            return reverse("shop-search")
        if self.category:
            return reverse("shop-category", args=[self.category])
        return reverse("shop")

    @property
    def address(self) -> str:
        """Where this very list is."""
        words = urlencode(list(self._parameters()))
        return f"{self.path}?{words}" if words else self.path

    def address_after(self, cursor: str) -> str:
        """The page of this list after a cursor."""
        return f"{self.path}?{urlencode([*self._parameters(), ('after', cursor)])}"

    def _parameters(self) -> Iterator[tuple[str, str]]:
        for name in ("q", "kind", "price", "rating", "stock"):
            if value := getattr(self, name):
                yield name, value
        if self.sort != "featured":
            yield "sort", self.sort

    @property
    def unnarrowed(self) -> "Asked":
        return replace(self, price="", rating="", stock="")


def asked_for(given: QueryDict, category: str = "", *, searches: bool = False) -> Asked:
    """The list asked for; raises Invalid where a facet has no such choice."""
    asked = Asked(
        category=category,
        q=tidy_words(given.get("q", "")) if searches else "",
        kind="" if category or searches else given.get("kind", ""),
        price=given.get("price", ""),
        rating=given.get("rating", ""),
        stock=given.get("stock", ""),
        sort=given.get("sort") or "featured",
    )
    known: dict[str, Any] = {
        "kind": Category.Kind.values,
        "price": BANDS,
        "rating": RATINGS,
        "stock": ("1",),
        "sort": SORTS,
    }
    for name, choices in known.items():
        value = getattr(asked, name)
        if value and value not in choices:
            known_ones = ", ".join(choices)
            said = f"There is no such choice. Take one of these: {known_ones}."
            raise Invalid({name: [said]})
    return asked


def selects(
    asked: Asked, counts: dict[Any, int], currency: str
) -> list[dict[str, Any]]:
    """Price, rating and order for includes/select.html.

    Each choice with how many products it would leave.
    """
    prices = [
        (name, f"{_band(*bounds, currency)} ({counts[bounds]})")
        for name, bounds in BANDS.items()
    ]
    ratings = [
        (name, f"{name} stars and up ({counts[least]})")
        for name, least in RATINGS.items()
    ]
    sorts = [
        (name, "Best match" if asked.q and name == "featured" else said)
        for name, said in SORTS.items()
    ]
    return [
        {
            "name": "price",
            "label": "Price",
            "empty": "Any price",
            "choices": prices,
            "chosen": asked.price,
        },
        {
            "name": "rating",
            "label": "Rating",
            "empty": "Any rating",
            "choices": ratings,
            "chosen": asked.rating,
        },
        {"name": "sort", "label": "Order", "choices": sorts, "chosen": asked.sort},
    ]


def _band(least: int | None, most: int | None, currency: str) -> str:
    """``Under £20``, ``£20 to £50``"""
    low = "" if least is None else _whole(least, currency)
    high = "" if most is None else _whole(most + 1, currency)
    if not low:
        return f"Under {high}"
    return f"{low} to {high}" if high else f"{low} and more"


def _whole(amount_minor: int, currency: str) -> str:
    return shown(amount_minor, currency).removesuffix(".00")
