"""Carts, orders with what is done to them, refunds and reviews."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest

from catalog.models import Cart, CartItem, Order, Refund, Review
from catalog.operations import orders, reviews
from gymsite.backoffice import (
    Action,
    BranchScoped,
    MemberSearched,
    ReasonForm,
    branch_filter,
)
from gymsite.core import money, references


def by_status(rows: Sequence[Any], now: datetime) -> dict[str, int]:
    return dict(Counter(row.get_status_display() for row in rows))


@admin.register(Cart)
class CartAdmin(MemberSearched):
    list_display = ("id", "member", "status", "created_at", "branch")
    list_filter = ("status", branch_filter())


def ready(
    request: HttpRequest, row: Order, given: dict[str, Any], now: datetime
) -> str:
    order = orders.mark_ready(order_id=row.pk, actor_id=request.user.pk, now=now)
    return (
        f"{references.shown(order.reference)} can be collected; {row.member} is told."
    )


def collected(
    request: HttpRequest, row: Order, given: dict[str, Any], now: datetime
) -> str:
    order = orders.mark_collected(order_id=row.pk, actor_id=request.user.pk, now=now)
    return f"{references.shown(order.reference)} was handed over."


class RefundForm(ReasonForm):
    restock = forms.BooleanField(
        required=False, label="The goods lie in the store again"
    )
    field_order = ("restock", "reason")


def refund(
    request: HttpRequest, row: Order, given: dict[str, Any], now: datetime
) -> str:
    refunds = orders.refund_order(
        order_id=row.pk,
        restock=given["restock"],
        reason=given["reason"],
        actor_id=request.user.pk,
        now=now,
    )
    return (
        f"{references.shown(row.reference)}: {sum(one.quantity for one in refunds)} "
        f"given back to {row.member}."
    )


def what_is_given_back(rows: Sequence[Order], now: datetime) -> dict[str, str]:
    (row,) = rows
    items = CartItem.objects.filter(cart=row.cart_id).annotate(
        given=Sum("refunds__quantity")
    )
    left = row.total_minor - row.refunded_minor
    return {"Given back in all": money.shown(left, row.currency)} | {
        f"{item.name}": f"{item.quantity - (item.given or 0)} of {item.quantity}"
        for item in items
    }


@admin.register(Order)
class OrderAdmin(MemberSearched):
    list_display = (
        "reference_shown",
        "member",
        "status",
        "total",
        "refunded",
        "placed_at",
        "branch",
    )
    list_filter = ("status", branch_filter())
    search_help_text = (
        "An order's reference, or a name, e-mail address, phone or member number."
    )
    readonly_fields = ("items",)
    row_actions = (
        Action("ready", "Packed, ready to collect", ready, facts=by_status),
        Action("collected", "Handed over", collected, facts=by_status),
        Action(
            "refund",
            "Give the money back",
            refund,
            form=RefundForm,
            facts=what_is_given_back,
            single=True,
            loses=True,
            explain=(
                "All that is left of it, by reversing entries in the money ledger. "
                "The member reads the reason."
            ),
        ),
    )

    def find(self, rows: QuerySet, text: str) -> QuerySet:
        reference = references.read(text)
        if reference:
            return rows.filter(reference=reference)
        return super().find(rows, text)

    def named(self, row: Order) -> str:
        return f"{references.shown(row.reference)} of {row.member}"

    @admin.display(description="reference")
    def reference_shown(self, obj: Order) -> str:
        return references.shown(obj.reference)

    @admin.display(description="total")
    def total(self, obj: Order) -> str:
        return money.shown(obj.total_minor, obj.currency)

    @admin.display(description="given back")
    def refunded(self, obj: Order) -> str:
        return (
            money.shown(obj.refunded_minor, obj.currency) if obj.refunded_minor else ""
        )

    @admin.display(description="lines")
    def items(self, obj: Order) -> str:
        lines = CartItem.objects.filter(cart=obj.cart_id)
        return ", ".join(
            f"{line.quantity} × {line.name} at "
            f"{money.shown(line.price_minor, line.currency)}"
            for line in lines
        )


@admin.register(Refund)
class RefundAdmin(BranchScoped):
    list_display = (
        "at",
        "order",
        "item",
        "quantity",
        "restocked",
        "reason",
        "actor",
        "branch",
    )
    list_filter = (branch_filter(),)
    list_select_related = ("order", "item", "actor", "branch")
    links = ("order__id__exact",)


def moderate(publish: bool) -> Any:
    def run(
        request: HttpRequest, row: Review, given: dict[str, Any], now: datetime
    ) -> str:
        review = reviews.moderate_review(
            review_id=row.pk, publish=publish, actor_id=request.user.pk, now=now
        )
        return f"{row.member} on {row.product}: {review.get_status_display().lower()}."

    return run


@admin.register(Review)
class ReviewAdmin(MemberSearched):
    """Read what was written in the list; the whole text stands on the review's page."""

    list_display = (
        "created_at",
        "product",
        "rating",
        "title",
        "beginning",
        "member",
        "status",
        "branch",
    )
    list_filter = ("status", branch_filter())
    list_select_related = ("product", "member", "branch")
    links = ("member__id__exact", "product__id__exact")
    row_actions = (
        Action("publish", "Publish", moderate(True), facts=by_status),
        Action(
            "reject",
            "Reject",
            moderate(False),
            facts=by_status,
            explain="It is not shown and does not count for the product's rating.",
        ),
    )

    def named(self, row: Review) -> str:
        return f"{row.rating} of 5 for {row.product} by {row.member}"

    @admin.display(description="text")
    def beginning(self, obj: Review) -> str:
        return f"{obj.text[:120]}…" if len(obj.text) > 120 else obj.text
