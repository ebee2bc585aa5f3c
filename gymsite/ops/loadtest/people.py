"""The plan that the swarm is given: who plays, by what proof, and what they look at."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F
from django.urls import reverse

from bookings.models import ClassSession, ClassType
from catalog.models import Category, Product
from gymsite.core.models import Role, User
from gymsite.ops.loadtest.profiles import MIX, Profile
from gymsite.ops.rig.errors import Refused
from gymsite.ops.rig.people import People

SPARE = 1.1  # Locust deals its users out by share, to one more or less
SESSIONS, PRODUCTS, LOOKED_UP = 400, 60, 200
ENOUGH = 100_000  # pieces of a product, so that shoppers meet a shelf and no stock-out
DESK, MANAGERS = 20, 10


def plan(people: People, profile: Profile, *, stocked: bool) -> dict[str, Any]:
    """All of swarm.py's plan but the address.

    ``stocked``: the database is ours, so shelves and a class may be filled.

    Raises Refused where the brand is too small or too old for it.
    """
    sessions = people.open_sessions(SESSIONS + 1)
    if len(sessions) < 2:
        raise Refused(
            "The seeded brand has no classes ahead that can be booked: seed it again."
        )
    unlimited = people.unlimited(_count(profile, "member") + 2 * profile.rush.people)
    popular = _popular(sessions, profile.rush.places, stocked=stocked)
    usual = [one for one in sessions if one != popular]
    free = [pair.member for pair in people.pairs(unlimited, [popular])]
    rushing = free[: min(profile.rush.people, len(unlimited) // 2)]
    members = [one for one in unlimited if one not in set(rushing)]
    shoppers = [
        one
        for one in people.shoppers(2 * _count(profile, "shopper") + len(unlimited))
        if one not in unlimited
    ]
    cast = {
        "member": members[: _count(profile, "member")],
        "shopper": shoppers[: _count(profile, "shopper")],
        "front desk": _staff(Role.FRONT_DESK, DESK),
        "staff": _staff(Role.MANAGER, MANAGERS),
    }
    if not all(cast.values()) or len(rushing) < 2:
        raise Refused(
            "The seeded brand lacks members, shoppers or staff: seed it again, or "
            "larger."
        )
    things = _things(people, usual, members, stocked=stocked)
    return {
        "stages": [[stage.seconds, stage.users] for stage in profile.stages],
        "think": list(profile.think),
        "mix": MIX,
        "people": {actor: _proven(people, ids) for actor, ids in cast.items()},
        "things": things,
        "rush": {
            "at": profile.rush.at,
            "session": popular,
            "people": _proven(people, rushing),
        },
    }


def _popular(sessions: list[int], places: int, *, stocked: bool) -> int:
    """The session with the largest room, left with ``places`` if the database is ours.

    Never with more than the room holds, which reconcile would rightly report.
    """
    rows = ClassSession.objects.filter(pk__in=sessions).annotate(
        room_left=F("room__capacity") - F("booked_count")
    )
    session = rows.order_by("-room_left", "pk")[0]
    if stocked:
        session.capacity = session.booked_count + min(places, session.room_left)
        session.save(update_fields=["capacity"])
    return session.pk


def _count(profile: Profile, actor: str) -> int:
    return round(profile.most_users * MIX[actor] / sum(MIX.values()) * SPARE) + 2


def _staff(role: str, count: int) -> list[int]:
    rows = User.objects.filter(
        role=role, is_active=True, home_branch__isnull=False
    ).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:count])


def _proven(people: People, ids: Iterable[int]) -> list[dict[str, Any]]:
    """Each person with the proofs of who they are."""
    ids = list(ids)
    tokens, cookies = people.tokens(ids), people.cookies(ids)
    return [{"id": one, "cookie": cookies[one], "token": tokens[one]} for one in ids]


def _things(
    people: People, sessions: list[int], members: list[int], *, stocked: bool
) -> dict[str, list]:
    """What is looked at, bought and looked up."""
    goods = list(
        Product.objects.filter(status="on_sale").order_by("rank", "pk")[:PRODUCTS]
    )
    if stocked:
        held = [product.pk for product in goods if product.tracks_stock]
        people.stock_up(held, people.branch(), ENOUGH)
    named = dict(
        User.objects.filter(pk__in=members[:LOOKED_UP]).values_list("pk", "username")
    )
    shelves = Category.objects.filter(products__in=goods).distinct()
    return {
        "sessions": sessions,
        "products": [
            {"id": one.pk, "path": reverse("product", args=[one.slug])} for one in goods
        ],
        "shelves": [
            reverse("shop"),
            *(reverse("shop-category", args=[one.slug]) for one in shelves),
        ],
        "names": [product.name for product in goods],
        "words": list(ClassType.objects.values_list("subject", flat=True).distinct()),
        "members": [{"id": pk, "name": name} for pk, name in named.items()],
    }
