"""Plans and memberships in words."""

from datetime import date
from typing import Any

from django.utils.text import capfirst

from gymsite.core.models import Branch
from gymsite.core.money import shown
from gymsite.core.periods import day_name
from memberships.models import Membership, Plan, Terms
from memberships.queries import Entitlement, counted_until, included_classes

STATES = {"active": "Active", "frozen": "Frozen", "past_due": "Payment due"}
DOORS = {"pool": "Pool", "vip": "VIP area", "private_rooms": "Private rooms"}


def plan_card(plan: Plan) -> dict[str, Any]:
    """What the plans page says about a plan."""
    return {
        "id": plan.pk,
        "slug": plan.slug,
        "name": plan.name,
        "summary": plan.summary,
        "price": shown(plan.price_minor, plan.currency),
        "per": "once" if plan.kind == Plan.Kind.PACK else f"a {plan.period}",
        "is_base": plan.is_base,
        "includes": [
            *_classes(plan),
            *_doors(plan),
            _where(plan.branch),
            *_window(plan),
        ],
        "leaves_out": [] if plan.includes_classes else ["No classes"],
    }


def greeting(membership: Membership) -> str:
    """What whoever has just bought it may do with it."""
    where = (
        f"at {membership.only_branch.name}"
        if membership.only_branch
        else "at any branch"
    )
    if membership.includes_classes:
        return f"You can book {included_classes(membership)}, {where}."
    return f"Come and train {where}. It includes no classes; a class pack adds some."


def _classes(terms: Terms) -> list[str]:
    if not terms.includes_classes:
        return []
    within = f", within {terms.valid_days} days" if terms.valid_days else ""
    return [f"{capfirst(included_classes(terms))}{within}"]


def _doors(terms: Terms) -> list[str]:
    return [DOORS[name] for name in terms.included if name in DOORS]


def _where(branch: Branch | None) -> str:
    return f"At {branch.name} only" if branch else "At every branch"


def _window(plan: Plan) -> list[str]:
    days = plan.booking_window_days if plan.includes_classes else None
    return [f"Book {days} days ahead"] if days else []


def entitlement_card(entitlement: Entitlement, today: date) -> dict[str, Any]:
    """What the membership page says about one that stands."""
    limit = entitlement.limit if entitlement.includes_classes else None
    return {
        "id": entitlement.membership_id,
        "name": entitlement.plan_name,
        "state": _state(entitlement),
        "tag": "good"
        if entitlement.status == "active" and entitlement.was_paid
        else "wait",
        "is_base": entitlement.is_base,
        "since": _with_year(entitlement.starts_on),
        "until": entitlement.ends_on and _with_year(entitlement.ends_on),
        "classes": capfirst(included_classes(entitlement)),
        "limit": limit,
        "used": entitlement.used,
        "left": entitlement.left,
        "counted_until": day_name(counted_until(entitlement, today))
        if limit is not None
        else "",
    }


def _state(entitlement: Entitlement) -> str:
    if entitlement.status == "active" and not entitlement.was_paid:
        return "To be paid at the front desk"
    return STATES.get(entitlement.status, entitlement.status)


def membership_line(membership: Membership) -> dict[str, Any]:
    ends = membership.ends_on and _with_year(membership.ends_on)
    return {
        "name": membership.plan_name,
        "from": _with_year(membership.starts_on),
        "to": ends,
    }


def _with_year(day: date) -> str:
    return f"{day_name(day)} {day.year}"
