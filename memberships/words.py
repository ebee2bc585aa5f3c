"""Plans and memberships in words."""

from datetime import date
from typing import Any

from django.utils.text import capfirst

from gymsite.core.money import shown
from gymsite.core.periods import day_name
from memberships.models import Membership, Plan
from memberships.queries import Entitlement, counted_until, included_classes

STATES = {"active": "Active", "frozen": "Frozen", "past_due": "Payment due"}
DOORS = {"pool": "Pool", "vip": "VIP area", "private_rooms": "Private rooms"}


def plan_card(plan: Plan) -> dict[str, Any]:
    """What the plans page says about a plan."""
    includes = []
    counted = plan.includes_classes or plan.includes_appointments
    if counted:
        within = f", within {plan.valid_days} days" if plan.valid_days else ""
        includes.append(f"{capfirst(included_classes(plan))}{within}")
    includes += [DOORS[name] for name in plan.included if name in DOORS]
    includes.append(f"At {plan.branch.name} only" if plan.branch else "At every branch")
    if plan.includes_classes and plan.booking_window_days:
        includes.append(f"Book {plan.booking_window_days} days ahead")
    return {
        "id": plan.pk,
        "slug": plan.slug,
        "name": plan.name,
        "summary": plan.summary,
        "price": shown(plan.price_minor, plan.currency),
        "per": "once" if plan.kind == Plan.Kind.PACK else f"a {plan.period}",
        "is_base": plan.is_base,
        "includes": includes,
        "leaves_out": [] if counted else ["No classes"],
    }


def greeting(membership: Membership) -> str:
    """What whoever has just bought it may do with it."""
    where = (
        f"at {membership.only_branch.name}"
        if membership.only_branch
        else "at any branch"
    )
    if membership.includes_classes or membership.includes_appointments:
        return f"You can book {included_classes(membership)}, {where}."
    return f"Come and train {where}. It includes no classes; a class pack adds some."


def entitlement_card(entitlement: Entitlement, today: date) -> dict[str, Any]:
    """What the membership page says about one that stands."""
    counted = entitlement.includes_classes or entitlement.includes_appointments
    limit = entitlement.limit if counted else None
    is_active = entitlement.status == "active"
    state = STATES.get(entitlement.status, entitlement.status)
    if is_active and not entitlement.was_paid:
        state = "To be paid at the front desk"
    return {
        "id": entitlement.membership_id,
        "name": entitlement.plan_name,
        "state": state,
        "tag": "good" if is_active and entitlement.was_paid else "wait",
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


def membership_line(membership: Membership) -> dict[str, Any]:
    ends = membership.ends_on and _with_year(membership.ends_on)
    return {
        "name": membership.plan_name,
        "from": _with_year(membership.starts_on),
        "to": ends,
    }


def _with_year(day: date) -> str:
    return f"{day_name(day)} {day.year}"
