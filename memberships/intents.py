"""What visitors come to a plan's page for."""

from gymsite.web import intents
from memberships.queries import on_sale


def register() -> None:
    intents.declare("plan", choose_plan)


def choose_plan(slug: str) -> str | None:
    plan = on_sale().filter(slug=slug).first()
    return f"{'start' if plan.is_base else 'buy'} {plan.name}" if plan else None
