"""What is sold: categories, products with their prices, and how much there is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from catalog.admin.pictures import PictureInline
from catalog.models import Category, PriceChange, Product, StockLevel
from catalog.operations.products import set_status
from catalog.operations.stock import MOST_COUNTED, count_stock, open_stock
from gymsite.backoffice import Action, ReasonForm, StaffAdmin, calling, reason_for
from gymsite.backoffice.actions import Run
from gymsite.backoffice.forms import StaffForm
from gymsite.backoffice.links import link_line
from gymsite.core import dependents, money
from gymsite.core.errors import Invalid


@admin.register(Category)
class CategoryAdmin(StaffAdmin):
    slug_route = "shop-category"
    keyset = ("rank", "id")
    list_display = ("name", "kind", "rank")
    list_filter = ("kind",)
    search_fields = ("name", "slug")

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Category | None = None
    ) -> dict[str, tuple[str, ...]]:
        return {} if obj else {"slug": ("name",)}


SHOWN_PRICES = 20


def putting(status: Product.Status) -> Run:
    return calling(
        set_status,
        "product_id",
        lambda row, product: f"{product}: {product.get_status_display().lower()}.",
        status=status,
    )


def statuses(rows: Sequence[Product], now: datetime) -> dict[str, str]:
    return {row.name: row.get_status_display() for row in rows}


def what_holds_it(rows: Sequence[Product], now: datetime) -> dict[str, str]:
    return {**statuses(rows, now), **dependents.shown("catalog.product", rows, now)}


@admin.register(Product)
class ProductAdmin(StaffAdmin):
    slug_route = "product"
    keyset = ("rank", "id")
    list_display = ("name", "sku", "category", "price", "status", "on_hand")
    list_filter = ("status",)
    list_select_related = ("category", "stock")
    search_fields = ("name", "sku", "maker")
    autocomplete_fields = ("category",)
    links = ("category__id__exact",)
    inlines = (PictureInline,)
    exclude = ("created_at",)
    row_actions = (
        Action(
            "withdraw",
            "Withdraw from sale",
            putting(Product.Status.WITHDRAWN),
            form=reason_for("Kept in the product's history."),
            facts=what_holds_it,
            explain=(
                "It leaves the shop and can't be paid in carts any more. What was "
                "ordered stays."
            ),
        ),
        Action(
            "putback",
            "Sell again",
            putting(Product.Status.ON_SALE),
            form=ReasonForm,
            facts=statuses,
        ),
    )

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Product | None = None
    ) -> dict[str, tuple[str, ...]]:
        return {} if obj else {"slug": ("name",)}

    def get_readonly_fields(
        self, request: HttpRequest, obj: Product | None = None
    ) -> tuple[str, ...]:
        return (
            (
                "status",
                "tracks_stock",
                "in_stock",
                "rating",
                "review_count",
                "price_history",
            )
            if obj
            else ("status",)
        )

    def get_inlines(self, request: HttpRequest, obj: Product | None) -> Sequence[type]:
        return self.inlines if obj else ()

    def save_model(
        self, request: HttpRequest, obj: Product, form: StaffForm, change: bool
    ) -> None:
        if not change:
            obj.created_at = timezone.now()
        super().save_model(request, obj, form, change)
        if not change and obj.tracks_stock:
            open_stock(product_id=obj.pk)

    def named(self, row: Product) -> str:
        return f"{row.name}, {row.sku}"

    @admin.display(description="price")
    def price(self, obj: Product) -> str:
        return money.shown(obj.price_minor, obj.currency)

    @admin.display(description="in stock")
    def on_hand(self, obj: Product) -> int | str:
        return obj.stock.on_hand if obj.tracks_stock else "never runs out"

    @admin.display(description="price history")
    def price_history(self, obj: Product) -> str:
        """Newest first (catalog_pricechange_history), written by the database."""
        changes = obj.prices.order_by("-at")[:SHOWN_PRICES]
        return ", ".join(
            f"{change.at:%d %b %Y}: {money.shown(change.price_minor, change.currency)}"
            for change in changes
        )

    @admin.display(description="in stock")
    def in_stock(self, obj: Product) -> str:
        if not obj.tracks_stock:
            return "never runs out"
        level = reverse("admin:catalog_stocklevel_change", args=[obj.pk])
        entries = reverse("admin:catalog_stockentry_changelist")
        ledger = f"{entries}?product__id__exact={obj.pk}"
        return link_line(
            (level, "Count, reorder level"),
            (ledger, "Ledger"),
            after=str(obj.stock.on_hand),
        )


class LowFilter(admin.SimpleListFilter):
    """The start page's tile links here (catalog_stocklevel_low)."""

    title = "stock"
    parameter_name = "stock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("low", "At its reorder level or below")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() != "low":
            return queryset
        return queryset.filter(
            on_hand__lte=F("reorder_at"), product__status=Product.Status.ON_SALE
        )


class CountForm(ReasonForm):
    counted = forms.IntegerField(
        min_value=0, max_value=MOST_COUNTED, help_text="What lies on the shelf now."
    )
    field_order = ("counted", "reason")


def count(
    request: HttpRequest, row: StockLevel, given: dict[str, Any], now: datetime
) -> str:
    if request.user.home_branch_id is None:
        why = "the ledger says where it was counted"
        raise Invalid({"counted": [f"Choose your home branch first: {why}."]})
    entry = count_stock(
        product_id=row.pk,
        counted=given["counted"],
        reason=given["reason"],
        branch_id=request.user.home_branch_id,
        actor_id=request.user.pk,
        now=now,
    )
    if entry is None:
        return "The count agrees."
    return f"{row.product}: {given['counted']} counted, {entry.quantity:+} entered."


def what_lies_there(rows: Sequence[StockLevel], now: datetime) -> dict[str, int]:
    return {f"{row.product} by the ledger": row.on_hand for row in rows}


@admin.register(StockLevel)
class StockLevelAdmin(StaffAdmin):
    keyset = ("product_id",)
    list_display = ("product", "on_hand", "reorder_at")
    list_filter = (LowFilter,)
    list_select_related = ("product",)
    search_fields = ("product__name", "product__sku")
    readonly_fields = ("product", "on_hand")
    fields = ("product", "on_hand", "reorder_at")
    row_actions = (
        Action(
            "count",
            "Count the stock",
            count,
            form=CountForm,
            facts=what_lies_there,
            single=True,
            explain=(
                "The difference becomes an entry of the stock ledger, with your reason."
            ),
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def named(self, row: StockLevel) -> str:
        return f"Stock of {row.product.name}"


@admin.register(PriceChange)
class PriceChangeAdmin(StaffAdmin):
    list_display = ("at", "product", "price")
    list_select_related = ("product",)
    links = ("product__id__exact",)

    @admin.display(description="price")
    def price(self, obj: PriceChange) -> str:
        return money.shown(obj.price_minor, obj.currency)
