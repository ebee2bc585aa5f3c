"""The stock ledger: to read, to filter and to take away."""

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest

from catalog.models import Product, StockEntry, StockHold
from gymsite.backoffice import (
    BranchScoped,
    Exported,
    Harmless,
    branch_filter,
    month_filter,
)
from gymsite.core import search


@admin.register(StockEntry)
class StockEntryAdmin(Exported, BranchScoped):
    """``balance`` is what lay in the store after the entry; the database writes it."""

    list_display = (
        "at",
        "product",
        "kind",
        "quantity_shown",
        "balance",
        "reason",
        "actor",
        "branch",
    )
    list_filter = ("kind", month_filter("at"), branch_filter())
    list_select_related = ("product", "actor", "branch")
    search_fields = ("product",)
    search_help_text = "A product's name or SKU."
    links = ("product__id__exact", "order__id__exact", "delivery__id__exact")
    exported = {
        "id": F("id"),
        "at": F("at"),
        "branch": Harmless("branch__name"),
        "sku": Harmless("product__sku"),
        "product": Harmless("product__name"),
        "kind": F("kind"),
        "quantity": F("quantity"),
        "balance": F("balance"),
        "order": F("order__reference"),
        "delivery_note": Harmless("delivery__note"),
        "reason": Harmless("reason"),
    }

    def find(self, rows: QuerySet, text: str) -> QuerySet:
        """First the few products, then their entries (catalog_stockentry_product)."""
        found = search.find(Product.objects.all(), text, "name", "sku")
        return rows.filter(product__in=found.values("pk"))

    def get_search_results(
        self, request: HttpRequest, rows: QuerySet, term: str
    ) -> tuple[QuerySet, bool]:
        """All entries of the products that fit: their index gives them newest first."""
        text = term.replace("\0", "").strip()[: search.LONGEST]
        return (self.find(rows, text), False) if text else (rows, False)

    @admin.display(description="quantity")
    def quantity_shown(self, obj: StockEntry) -> str:
        return f"{obj.quantity:+}"


@admin.register(StockHold)
class StockHoldAdmin(BranchScoped):
    branch_path = "cart__branch_id"
    list_display = ("product", "quantity", "expires_at", "cart")
    list_select_related = ("product", "cart")
    links = ("product__id__exact",)
