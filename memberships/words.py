"""Plans and memberships in words."""

from datetime import date
from typing import Any

from gymsite.core.money import shown
from gymsite.core.periods import day_name
from memberships.models import Membership, Plan
from memberships.queries import Cover, counted_until

STATES = {"active": "Active", "frozen": "Frozen", "past_due": "Payment due"}
DOORS = (
    ("includes_classes", "All classes"),
    ("includes_pool", "Pool"),
    ("includes_vip", "VIP area"),
    ("includes_private_rooms", "Private rooms"),
)


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
        "includes": [_classes(plan), *_doors(plan), _where(plan), *_window(plan)],
    }


def _classes(plan: Plan) -> str:
    if plan.kind == Plan.Kind.UNLIMITED:
        return "As many classes as you like"
    if plan.kind == Plan.Kind.PACK:
        return f"{plan.classes} classes, within {plan.valid_days} days"
    return f"{plan.classes} classes a {plan.period}"


def _doors(plan: Plan) -> list[str]:
    return [words for field, words in DOORS[1:] if getattr(plan, field)]


def _where(plan: Plan) -> str:
    return f"At {plan.branch.name} only" if plan.branch else "At every branch"


def _window(plan: Plan) -> list[str]:
    return [f"Book {plan.booking_window_days} days ahead"] if plan.booking_window_days else []


def cover_card(cover: Cover, today: date) -> dict[str, Any]:
    """What the membership page says about one that stands."""
    limit = cover.limit
    return {
        "id": cover.membership_id,
        "name": cover.plan_name,
        "state": _state(cover),
        "tag": "good" if cover.status == "active" and cover.was_paid else "wait",
        "is_base": cover.is_base,
        "since": _with_year(cover.starts_on),
        "until": cover.ends_on and _with_year(cover.ends_on),
        "limit": limit,
        "used": cover.used,
        "left": cover.left,
        "counted_until": day_name(counted_until(cover, today)) if limit is not None else "",
    }


def _state(cover: Cover) -> str:
    if cover.status == "active" and not cover.was_paid:
        return "To be paid at the front desk"
    return STATES.get(cover.status, cover.status)


def membership_line(membership: Membership) -> dict[str, Any]:
    ends = membership.ends_on and _with_year(membership.ends_on)
    return {"name": membership.plan_name, "from": _with_year(membership.starts_on), "to": ends}


def _with_year(day: date) -> str:
    return f"{day_name(day)} {day.year}"
