"""The cache of rendered fragments.

It is bounded in bytes, and never keyed by what an address says.
"""

import random
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.test import Client

from gymsite.web import fragments
from gymsite.web.fragments import ENTRY, MEGABYTE, Fragments, weight
from tests.factories import PlanFactory, ProductFactory, SessionFactory

ODD = "odd-words"
CACHED = re.compile(r"lru_cache|^@cache\b|= Fragments\(|cached_property", re.MULTILINE)


@pytest.fixture
def cache():
    made = Fragments("test", most_bytes=10_000)
    yield made
    fragments.caches.remove(made)


def test_what_is_kept_has_no_indentation():
    drawn = fragments.draw(
        "includes/select.html",
        {"select": {"name": "a", "choices": [("b", "C  d")], "chosen": ""}},
    )
    assert "\n " not in drawn
    assert ">C  d</option>" in drawn


class TestFragments:
    def test_what_was_kept_is_found_again(self, cache):
        cache.keep("a", "drawn")
        assert (cache.get("a"), cache.get("b")) == ("drawn", None)
        assert cache.find(["b", "a"]) == [None, "drawn"]

    def test_what_is_there_is_not_drawn_again(self, cache):
        assert cache.get_or_draw("a", lambda: "first") == "first"
        assert cache.get_or_draw("a", lambda: "second") == "first"

    def test_it_never_holds_more_than_its_bound(self, cache):
        for number in range(500):
            cache.keep(number, "x" * random.Random(number).randrange(900))
            assert cache.bytes <= cache.most_bytes
        assert len(cache) > 5

    def test_what_is_asked_for_stays_and_what_is_not_goes(self, cache):
        cache.keep("asked for", "x" * 100)
        cache.keep("not asked for", "x" * 100)
        for number in range(100):
            cache.keep(number, "x" * 100)
            assert cache.get("asked for")
        assert cache.get("not asked for") is None

    def test_the_bytes_are_those_of_what_it_holds(self, cache):
        for drawn in ("x", "x" * 500, "y"):  # the same key again: the last value counts
            cache.keep("key", drawn)
        assert cache.bytes == ENTRY + weight("key") + weight("y")
        cache.clear()
        assert (cache.bytes, len(cache)) == (0, 0)

    def test_one_piece_never_takes_the_room_of_all(self, cache):
        cache.keep("small", "x")
        cache.keep("huge", "x" * 5_000)
        assert (cache.get("small"), cache.get("huge")) == ("x", None)

    def test_many_threads_keep_the_bound(self, cache):
        def use(first):
            for number in range(first, first + 300):
                cache.keep(number % 40, "x" * (number % 700))
                cache.find(range(40))

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(use, range(16)))  # this raises what a thread raised
        assert (
            cache.bytes
            == sum(size for _, size in cache._entries.values())
            <= cache.most_bytes
        )


def test_a_value_weighs_what_its_parts_do():
    @dataclass(frozen=True, slots=True)
    class Drawn:
        html: str
        names: tuple[str, ...]

    long = "x" * 1000
    assert 1000 < weight(long) < 1100
    assert weight(Drawn(long, (long, long))) > 3 * weight(long)
    assert weight({"a": [long]}) > weight(long)


def odd_addresses(count: int) -> list[str]:
    draw = random.Random(5)
    kinds = (
        "/?subject={odd}",
        "/?trainer={odd}&level={odd}&part={odd}",
        "/?day={day}&trainer={odd}",
        "/?branch={odd}&day={odd}",
        "/shop/search/?q={odd}",
        "/shop/?after={odd}",
        "/shop/?kind={odd}",
        "/shop/{odd}/",
        "/shop/products/{odd}/",
        "/classes/{number}/",
        "/api/v1/membership/plans?limit={limit}&cursor={cursor}",
    )
    return [
        kinds[n % len(kinds)].format(
            odd=f"{ODD}-{draw.getrandbits(64):x}" + "x" * draw.randrange(900),
            day=f"2026-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}",
            number=draw.getrandbits(60),
            limit=draw.randrange(1, 200),
            cursor=["WzEsMV0", "WzIsMl0"][n % 2],
        )
        for n in range(count)
    ]


@pytest.mark.django_db
def test_five_thousand_odd_addresses_take_less_than_10_mb():
    SessionFactory(), ProductFactory(), PlanFactory()
    client = Client(raise_request_exception=False)
    for path in odd_addresses(5_000):
        client.get(path)
    assert sum(cache.bytes for cache in fragments.caches) <= 10 * MEGABYTE
    kept = [repr(key) for cache in fragments.caches for key in cache._entries]
    assert kept
    assert [key for key in kept if ODD in key] == []


def test_all_that_a_worker_keeps_is_bounded(project):
    assert sum(cache.most_bytes for cache in fragments.caches) <= 64 * MEGABYTE


def test_every_cache_stands_in_the_document(project: Path):
    """docs/pages.md describes each cache.

    It says what the key is, how much the cache may take and who empties it.
    """
    document = (project / "docs" / "pages.md").read_text()
    sources = [
        path
        for part in ("gymsite", "bookings", "catalog", "memberships")
        for path in (project / part).rglob("*.py")
        if "migrations" not in path.parts and CACHED.search(path.read_text())
    ]
    # commands end before it matters
    serving = [path.relative_to(project) for path in sources if "ops" not in path.parts]
    assert len(serving) > 5
    assert [str(path) for path in serving if f"`{path}`" not in document] == []
