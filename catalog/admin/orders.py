"""Carts, orders with what is done to them, refunds and reviews."""

from collections.abc import Sequence
from datetime import datetime

from django import forms
from django.contrib import admin
from django.db.models import Sum

from catalog.models import Cart, CartItem, Order, Refund, Review
from catalog.operations import orders, reviews
from gymsite.backoffice import (
    Action,
    BranchScoped,
    MemberSearched,
    ReasonForm,
    Referenced,
    branch_filter,
    by_status,
    calling,
)
from gymsite.backoffice.actions import Run
from gymsite.core import money, references


@admin.register(Cart)
class CartAdmin(MemberSearched):
    list_display = ("id", "member", "status", "created_at", "branch")
    list_filter = ("status", branch_filter())


class RefundForm(ReasonForm):
    restock = forms.BooleanField(
        required=False, label="The goods lie in the store again"
    )
    field_order = ("restock", "reason")


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
class OrderAdmin(Referenced, MemberSearched):
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
        Action(
            "ready",
            "Packed, ready to collect",
            calling(
                orders.mark_ready,
                "order_id",
                lambda row, order: (
                    f"{references.shown(order.reference)} can be collected; "
                    f"{row.member} is told."
                ),
            ),
            facts=by_status,
        ),
        Action(
            "collected",
            "Handed over",
            calling(
                orders.mark_collected,
                "order_id",
                lambda row, order: (
                    f"{references.shown(order.reference)} was handed over."
                ),
            ),
            facts=by_status,
        ),
        Action(
            "refund",
            "Give the money back",
            calling(
                orders.refund_order,
                "order_id",
                lambda row, refunds: (
                    f"{references.shown(row.reference)}: "
                    f"{sum(one.quantity for one in refunds)} given back to "
                    f"{row.member}."
                ),
            ),
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

    def named(self, row: Order) -> str:
        return f"{references.shown(row.reference)} of {row.member}"

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


def moderating(*, publish: bool) -> Run:
    return calling(
        reviews.moderate_review,
        "review_id",
        lambda row, review: (
            f"{row.member} on {row.product}: {review.get_status_display().lower()}."
        ),
        publish=publish,
    )


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
        Action("publish", "Publish", moderating(publish=True), facts=by_status),
        Action(
            "reject",
            "Reject",
            moderating(publish=False),
            facts=by_status,
            explain="It is not shown and does not count for the product's rating.",
        ),
    )

    def named(self, row: Review) -> str:
        return f"{row.rating} of 5 for {row.product} by {row.member}"

    @admin.display(description="text")
    def beginning(self, obj: Review) -> str:
        return f"{obj.text[:120]}…" if len(obj.text) > 120 else obj.text
