"""Suppliers, their offers, and what was ordered and received of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone

from catalog.admin.purchase_plan import plan_view
from catalog.models import (
    Delivery,
    PurchaseLine,
    PurchaseOrder,
    Supplier,
    SupplierOffer,
)
from catalog.operations.deliveries import LONGEST_NOTE, deliver
from catalog.operations.purchasing import cancel_purchase
from catalog.queries import purchasing
from gymsite.backoffice import (
    BY_NAME,
    Action,
    ActionForm,
    BranchScoped,
    Referenced,
    StaffAdmin,
    branch_filter,
    calling,
    reason_for,
)
from gymsite.core import money, references, search
from gymsite.core.models import Branch
from gymsite.core.text import is_key


@admin.register(Supplier)
class SupplierAdmin(StaffAdmin):
    keyset = BY_NAME
    list_display = ("name", "email", "phone", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "email")


@admin.register(SupplierOffer)
class SupplierOfferAdmin(StaffAdmin):
    list_display = (
        "product",
        "supplier",
        "pack_size",
        "cost",
        "fewest_packs",
        "most_packs",
        "lead_days",
        "is_active",
    )
    list_filter = ("is_active",)
    list_select_related = ("product", "supplier")
    search_fields = ("product__name", "supplier__name")
    autocomplete_fields = ("product", "supplier")
    links = ("product__id__exact", "supplier__id__exact")

    @admin.display(description="a pack")
    def cost(self, obj: SupplierOffer) -> str:
        return money.shown(obj.pack_cost_minor, obj.currency)

    def named(self, row: SupplierOffer) -> str:
        return f"{row.pack_size} x {row.product.name} from {row.supplier.name}"


class DeliverForm(ActionForm):
    """The note, and how much came of each line: all of it unless somebody says else."""

    note = forms.CharField(
        max_length=LONGEST_NOTE,
        help_text="The number on the delivery note; the same one counts once.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in self._lines():
            left = line.quantity - line.received
            self.fields[f"line_{line.pk}"] = forms.IntegerField(
                label=line.product.name,
                min_value=0,
                initial=left,
                help_text=f"{left} of {line.quantity} are still to come.",
            )

    def _lines(self) -> list[PurchaseLine]:
        chosen = self.request.GET.get("ids", "").partition(",")[0]
        if not is_key(chosen):
            return []
        order = self.model_admin.get_queryset(self.request).filter(pk=chosen).first()
        lines = purchasing.lines_of(order.pk) if order else []
        return [line for line in lines if line.received < line.quantity]


def receive(
    request: HttpRequest, row: PurchaseOrder, given: dict[str, Any], now: datetime
) -> str:
    lines = {
        int(name.removeprefix("line_")): units
        for name, units in given.items()
        if name.startswith("line_")
    }
    received = deliver(
        purchase_id=row.pk,
        note=given["note"],
        lines=lines,
        actor_id=request.user.pk,
        now=now,
    )
    units = sum(line.quantity for line in received.lines)
    said = (
        "was counted before"
        if received.repeated
        else received.order.get_status_display().lower()
    )
    return f"{units} units with note {received.delivery.note}: {said}."


def to_come(rows: Sequence[PurchaseOrder], now: datetime) -> dict[str, str]:
    (row,) = rows
    lines = purchasing.lines_of(row.pk)
    return {"Status": row.get_status_display()} | {
        f"{line.product} ({line.pk})": f"{line.received} of {line.quantity} received"
        for line in lines
    }


class LateFilter(admin.SimpleListFilter):
    """The start page's tile links here (catalog_purchaseorder_due)."""

    title = "delivery"
    parameter_name = "delivery"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("late", "Late")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() != "late":
            return queryset
        return queryset & purchasing.late(Branch.objects.all(), timezone.now())


@admin.register(PurchaseOrder)
class PurchaseOrderAdmin(Referenced, BranchScoped):
    """Orders come from approved plans and change by deliveries and cancelling alone."""

    change_list_template = "admin/catalog/purchases.html"
    list_display = (
        "reference_shown",
        "supplier",
        "status",
        "total",
        "ordered_at",
        "expected_on",
        "branch",
    )
    list_filter = (LateFilter, "status", branch_filter())
    list_select_related = ("supplier", "branch")
    search_fields = ("reference",)
    search_help_text = "A reference, or a supplier's name."
    links = ("supplier__id__exact",)
    readonly_fields = ("lines_received", "deliveries_counted")
    row_actions = (
        Action(
            "deliver",
            "Receive a delivery",
            receive,
            form=DeliverForm,
            facts=to_come,
            single=True,
        ),
        Action(
            "cancel",
            "Cancel the rest",
            calling(
                cancel_purchase,
                "purchase_id",
                lambda row, order: (
                    f"Nothing more is expected of {references.shown(order.reference)}."
                ),
            ),
            form=reason_for("Kept in the order's history."),
            facts=to_come,
            single=True,
            loses=True,
            explain=(
                "What came stays in stock; nothing more is expected. Tell the supplier."
            ),
        ),
    )

    def get_urls(self) -> list:
        view = self.admin_site.admin_view(plan_view(self))
        return [
            path("plan/", view, name="catalog_purchaseorder_plan"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None):
        may = {"may_plan": request.user.has_perm("catalog.plan_purchaseorder")}
        return super().changelist_view(request, {**may, **(extra_context or {})})

    def find(self, rows: QuerySet, text: str) -> QuerySet:
        if reference := references.read(text):
            return rows.filter(reference=reference)
        return rows.filter(
            supplier__in=search.find(Supplier.objects.all(), text, "name").values("pk")
        )

    def named(self, row: PurchaseOrder) -> str:
        return f"{references.shown(row.reference)} from {row.supplier.name}"

    @admin.display(description="lines")
    def lines_received(self, obj: PurchaseOrder) -> str:
        lines = purchasing.lines_of(obj.pk)
        costs = (money.shown(line.cost_minor, obj.currency) for line in lines)
        return "\n".join(
            f"{line.product}: {line.quantity} for {cost}, {line.received} received"
            for line, cost in zip(lines, costs, strict=True)
        )

    @admin.display(description="deliveries")
    def deliveries_counted(self, obj: PurchaseOrder) -> str:
        context = {
            "entries": reverse("admin:catalog_stockentry_changelist"),
            "deliveries": obj.deliveries.order_by("id"),
        }
        return render_to_string("admin/catalog/_deliveries.html", context)

    @admin.display(description="total")
    def total(self, obj: PurchaseOrder) -> str:
        return money.shown(obj.total_minor, obj.currency)


@admin.register(PurchaseLine)
class PurchaseLineAdmin(BranchScoped):
    branch_path = "order__branch_id"
    list_display = ("id", "order", "product", "quantity", "received")
    list_select_related = ("order", "product")
    links = ("order__id__exact", "product__id__exact")


@admin.register(Delivery)
class DeliveryAdmin(BranchScoped):
    branch_path = "order__branch_id"
    list_display = ("received_at", "note", "order", "actor")
    list_select_related = ("order", "actor")
    links = ("order__id__exact",)
