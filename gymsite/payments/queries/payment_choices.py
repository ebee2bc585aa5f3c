"""The ways to pay that a page offers."""

from dataclasses import dataclass

from django.conf import settings

from gymsite.payments.queries.gateways import (
    TEST_CARD_DECLINES,
    moves_no_money,
    ways_to_pay,
)

DESK = "desk"
LABELS = {"card": "Card", DESK: "At the front desk"}
PRETENDS = "Test card: no money moves."


@dataclass(frozen=True, slots=True)
class Way:
    """One choice of a page: its gateway, and the card's token that goes with it."""

    gateway: str
    label: str
    source: str = ""


def ways(*, at_desk: bool = False) -> dict[str, Way]:
    """What can be chosen, by name; with ``at_desk`` also to pay later there."""
    found: dict[str, Way] = {}
    for gateway in ways_to_pay():
        if gateway == DESK:
            continue
        found[gateway] = Way(gateway, LABELS.get(gateway, gateway.title()))
        if settings.DECLINED_CARD and moves_no_money(gateway):
            found[f"{gateway}-declined"] = Way(
                gateway, "A card that is declined, to try it out", TEST_CARD_DECLINES
            )
    if at_desk and DESK in ways_to_pay():
        found[DESK] = Way(DESK, LABELS[DESK])
    return found


def choices(offered: dict[str, Way]) -> list[tuple[str, str]]:
    return [(name, way.label) for name, way in offered.items()]


def note(offered: dict[str, Way]) -> str:
    """What whoever pays must know about these ways."""
    pretends = any(moves_no_money(way.gateway) for way in offered.values())
    return PRETENDS if pretends else ""


def paid_by(gateway: str) -> str:
    """``Card (test card: no money moved)``"""
    label = LABELS.get(gateway, gateway.title())
    return f"{label} (test card: no money moved)" if moves_no_money(gateway) else label
