"""Ordering from suppliers."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import transaction

from catalog import locks, rules
from catalog.errors import PlanOutdated
from catalog.event_kinds import CatalogEvent
from catalog.models import PurchaseLine, PurchaseOrder
from catalog.queries.purchasing import Plan, PlanLine, plan_purchases
from gymsite.core import references
from gymsite.core.models import Branch
from gymsite.core.operations.events import record


@transaction.atomic
def approve_plan(
    *,
    digest: str,
    branch_id: int,
    horizon_days: int,
    budget_minor: int | None = None,
    product_ids: Iterable[int] | None = None,
    actor_id: int,
    now: datetime,
) -> list[PurchaseOrder]:
    """Order what a plan says for the branch, one purchase order a supplier.

    The plan is made again: raises PlanOutdated unless it still is the one with
    ``digest``, or when it buys nothing. Plans are approved one after the other, so what
    one orders the next one counts.
    """
    locks.lock_purchasing()
    plan = plan_purchases(
        horizon_days=horizon_days,
        budget_minor=budget_minor,
        product_ids=product_ids,
        now=now,
    )
    if not plan.lines or plan.digest != digest:
        raise PlanOutdated(remedy="Look at the new plan, then approve that.")
    by_supplier = groupby(sorted(plan.lines, key=_supplier), key=_supplier)
    branch = Branch.objects.get(pk=branch_id)
    return [
        _order(plan, list(lines), branch, actor_id, now) for _, lines in by_supplier
    ]


def _supplier(line: PlanLine) -> int:
    return line.supplier_id


def _order(
    plan: Plan, lines: list[PlanLine], branch: Branch, actor_id: int, now: datetime
) -> PurchaseOrder:
    today = branch.today(now)
    order = PurchaseOrder.objects.create(
        reference=references.new(),
        branch=branch,
        supplier_id=lines[0].supplier_id,
        total_minor=sum(line.cost_minor for line in lines),
        currency=plan.currency,
        ordered_at=now,
        expected_on=today + timedelta(days=max(line.lead_days for line in lines)),
        approved_by_id=actor_id,
    )
    PurchaseLine.objects.bulk_create(
        PurchaseLine(
            order=order,
            offer_id=line.offer_id,
            product_id=line.product_id,
            quantity=line.quantity,
            cost_minor=line.cost_minor,
        )
        for line in lines
    )
    _note(
        CatalogEvent.PURCHASE_ORDERED,
        order,
        actor_id,
        now,
        total_minor=order.total_minor,
        lines=len(lines),
    )
    return order


@transaction.atomic
def cancel_purchase(
    *,
    purchase_id: int,
    reason: str,
    branch_id: int | None = None,
    actor_id: int,
    now: datetime,
) -> PurchaseOrder:
    """Expect no more of a purchase order; what was received stays.

    Raises PurchaseNotFound, WrongPurchaseState.
    """
    order = locks.lock_purchase(purchase_id, branch_id=branch_id)
    if refusal := rules.purchase_may_become(order, PurchaseOrder.Status.CANCELLED):
        raise refusal
    order.status = PurchaseOrder.Status.CANCELLED
    order.save(update_fields=["status"])
    _note(CatalogEvent.PURCHASE_CANCELLED, order, actor_id, now, reason=reason[:200])
    return order


def _note(
    kind: CatalogEvent, order: PurchaseOrder, actor_id: int, now: datetime, **data: Any
) -> None:
    record(kind, order, at=now, actor_id=actor_id, reference=order.reference, **data)
