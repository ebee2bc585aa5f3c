"""What is short, what to buy for it, and what is on its way."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet

from catalog.errors import ProductNotFound
from catalog.models import (
    Delivery,
    PurchaseLine,
    PurchaseOrder,
    StockEntry,
    SupplierOffer,
)
from catalog.purchase_plan import (
    MOST_UNITS,
    WEEKS,
    Packs,
    Purchase,
    cheapest,
    expected_sales,
)
from gymsite.core.models import Branch, Brand
from gymsite.core.queries.branches import past_their_day
from gymsite.postgres.rows import fetch_all
from gymsite.postgres.statements import statements

SQL = statements("catalog", "purchasing")
HORIZON_DAYS = 28
LONGEST_HORIZON = 180
LARGEST_BUDGET = 2**31 - 1  # what a purchase order's total can hold


@dataclass(frozen=True, slots=True)
class Short:
    """A product of which too few will be there, in units.

    ``expected`` sales are those until the next plan's goods.
    """

    product_id: int
    product: str
    on_hand: int
    on_order: int
    expected: int
    reorder_at: int
    offers: Sequence[Packs]
    bought: int = 0

    @property
    def short(self) -> int:
        return max(0, self.expected + self.reorder_at - self.on_hand - self.on_order)

    @property
    def left(self) -> int:
        """What stays short after the plan."""
        return max(0, self.short - self.bought)

    @property
    def why(self) -> str:
        """Why something stays short, or more is bought than is short; or empty."""
        if self.bought > self.short:
            return f"Packs are whole: {self.bought - self.short} more than needed."
        if not self.left:
            return ""
        if not self.offers:
            return "No supplier offers it."
        offered = sum(offer.size * offer.most for offer in self.offers)
        if self.bought < min(self.short, offered, MOST_UNITS):
            return "The budget does not reach."
        return (
            f"One plan buys at most {MOST_UNITS}."
            if offered > MOST_UNITS
            else "The offers hold no more."
        )


@dataclass(frozen=True, slots=True)
class PlanLine:
    """So many packs of one offer.

    ``quantity`` in units, ``cost_minor`` of the whole line.
    """

    offer_id: int
    supplier_id: int
    supplier: str
    product_id: int
    product: str
    pack_size: int
    lead_days: int
    packs: int
    quantity: int
    cost_minor: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What to buy from whom; amounts are minor units of ``currency``."""

    lines: list[PlanLine]
    shortages: list[Short]
    currency: str

    @property
    def total_minor(self) -> int:
        return sum(line.cost_minor for line in self.lines)

    @property
    def shortage_left(self) -> int:
        """Units that stay short, of all products."""
        return sum(row.left for row in self.shortages)

    @property
    def digest(self) -> str:
        """Tells a plan from others: packs of the same offers at the same cost."""
        ordered = sorted(
            (line.offer_id, line.packs, line.quantity, line.cost_minor)
            for line in self.lines
        )
        return hashlib.sha256(repr((self.currency, ordered)).encode()).hexdigest()[:32]


def plan_purchases(
    *,
    horizon_days: int = HORIZON_DAYS,
    budget_minor: int | None = None,
    product_ids: Iterable[int] | None = None,
    now: datetime,
) -> Plan:
    """The packs that cover what is short for ``horizon_days`` at least cost.

    A budget buys as much of it as it pays for. Short is what is expected to sell until
    the goods of a next plan would come (horizon and longest lead of the product's
    offers) and the reorder level, less stock and open orders. Raises ProductNotFound
    for products that are not on sale or have no stock.
    """
    rows, currency = _facts(product_ids, now)
    offers = _offers([row.product_id for row in rows], currency)
    found = [_short(row, offers[row.product_id], horizon_days, now) for row in rows]
    shortages = [row for row in found if row.short]
    budget = min(
        LARGEST_BUDGET if budget_minor is None else budget_minor, LARGEST_BUDGET
    )
    bought = cheapest([(row.short, row.offers) for row in shortages], budget)
    lines = _lines(bought, offers, {row.product_id: row.product for row in shortages})
    planned = [
        replace(row, bought=sum(one.units for one in of))
        for row, of in zip(shortages, bought, strict=True)
    ]
    return Plan(lines, planned, currency)


def _facts(product_ids: Iterable[int] | None, now: datetime) -> tuple[list[Any], str]:
    """What the database knows of each product that is planned, and the currency."""
    currency = Brand._meta.get_field("currency").default
    midnight = datetime.combine(now.astimezone(UTC), time.min, UTC)
    weeks = [midnight - timedelta(weeks=back) for back in range(WEEKS, 0, -1)]
    asked = None if product_ids is None else sorted(set(product_ids))
    values = {
        "weeks": weeks,
        "since": weeks[0],
        "midnight": midnight,
        "currency": currency,
        "products": asked,
    }
    rows = fetch_all(SQL.stock_to_plan, values)
    if missing := sorted(set(asked or ()) - {row.product_id for row in rows}):
        raise ProductNotFound(
            f"There is no stock to plan of product {', '.join(map(str, missing[:5]))}.",
            product_ids=missing,
        )
    return rows, rows[0].currency if rows else currency


def _offers(product_ids: list[int], currency: str) -> dict[int, list[Any]]:
    """What can be ordered of each product (catalog_supplieroffer_product)."""
    rows = SupplierOffer.objects.filter(
        product__in=product_ids,
        is_active=True,
        supplier__is_active=True,
        currency=currency,
    ).order_by("id")
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows.values_list(
        "id",
        "product_id",
        "supplier_id",
        "supplier__name",
        "pack_size",
        "pack_cost_minor",
        "fewest_packs",
        "most_packs",
        "lead_days",
        named=True,
    ):
        found[row.product_id].append(row)
    return found


def _short(row: Any, offers: list[Any], horizon_days: int, now: datetime) -> Short:
    days = horizon_days + max((offer.lead_days for offer in offers), default=0)
    weeks_known = -(-(now - row.created_at).days // 7)
    return Short(
        product_id=row.product_id,
        product=row.product,
        on_hand=row.on_hand,
        on_order=row.on_order,
        expected=expected_sales(
            weighted=row.weighted, weeks_known=weeks_known, days=days
        ),
        reorder_at=row.reorder_at,
        offers=[
            Packs(
                offer_id=offer.id,
                size=offer.pack_size,
                cost_minor=offer.pack_cost_minor,
                fewest=offer.fewest_packs,
                most=offer.most_packs,
            )
            for offer in offers
        ],
    )


def _lines(
    bought: list[list[Purchase]], offers: dict[int, list[Any]], names: dict[int, str]
) -> list[PlanLine]:
    """By supplier, then product."""
    terms = {offer.id: offer for of_product in offers.values() for offer in of_product}
    found = []
    for one in (one for of_product in bought for one in of_product):
        offer = terms[one.offer_id]
        found.append(
            PlanLine(
                offer_id=offer.id,
                supplier_id=offer.supplier_id,
                supplier=offer.supplier__name,
                product_id=offer.product_id,
                product=names[offer.product_id],
                pack_size=offer.pack_size,
                lead_days=offer.lead_days,
                packs=one.packs,
                quantity=one.units,
                cost_minor=one.cost_minor,
            )
        )
    return sorted(found, key=lambda line: (line.supplier, line.product, line.offer_id))


def lines_of(purchase_id: int) -> list[PurchaseLine]:
    """A purchase order's lines with their products, in order of the products."""
    return list(
        PurchaseLine.objects.filter(order=purchase_id)
        .select_related("product")
        .order_by("product_id", "id")
    )


def delivery_of(purchase_id: int, note: str) -> Delivery | None:
    """The delivery that came with this note, whatever its case."""
    return Delivery.objects.filter(order=purchase_id, note__iexact=note).first()


def entries_of(delivery_id: int) -> list[StockEntry]:
    """What was received with a delivery (catalog_stockentry_delivery)."""
    rows = StockEntry.objects.filter(delivery=delivery_id).select_related(
        "product", "line"
    )
    return list(rows.order_by("product_id", "line_id"))


def late(branches: Iterable[Branch], now: datetime) -> QuerySet[PurchaseOrder]:
    """What these branches should have got by now (catalog_purchaseorder_due)."""
    open_ = (PurchaseOrder.Status.ORDERED, PurchaseOrder.Status.PART_RECEIVED)
    return PurchaseOrder.objects.filter(
        past_their_day("expected_on", branches, now), status__in=open_
    )
