"""Appointments: to read, and to change by operations only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path

from bookings.admin import appointment_actions
from bookings.admin.appointment_page import booking_page
from bookings.admin.finances import export_view, report_view
from bookings.admin.sessions import WhenFilter
from bookings.models import Appointment
from gymsite.backoffice import MemberSearched, Referenced, branch_filter
from gymsite.core import money
from gymsite.core.periods import when


@admin.register(Appointment)
class AppointmentAdmin(Referenced, MemberSearched):
    search_fields = ("client",)
    keyset = ("starts_at", "id")  # bookings_appt_branch_time, bookings_appt_by_time
    list_display = (
        "starts",
        "client",
        "trainer",
        "service",
        "status",
        "to_pay",
        "branch",
    )
    list_display_links = ("starts", "client")
    list_filter = (WhenFilter, "status", branch_filter())
    list_select_related = (
        "client",
        "trainer",
        "service",
        "room",
        "branch",
        "payment",
    )
    search_help_text = (
        "An appointment's reference, or a client's name, e-mail address, phone or "
        "member number."
    )
    links = ("client__id__exact", "trainer__id__exact")
    fields = (
        "reference_shown",
        "starts",
        "ends",
        "client",
        "trainer",
        "service",
        "room",
        "status",
        "price_minor",
        "to_pay",
        "free_until",
        "note",
        "cancel_reason",
        "branch",
        "booked_at",
    )
    readonly_fields = fields
    row_actions = appointment_actions.ACTIONS

    def get_urls(self) -> list:
        site = self.admin_site
        report, export = report_view(self), export_view(self)
        return [
            path("finances/", site.admin_view(report), name="bookings_finances"),
            path(
                "finances/export/",
                site.admin_view(export),
                name="bookings_finances_export",
            ),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return booking_page(self, request)

    def named(self, row: Appointment) -> str:
        return f"{row.client} with {row.trainer}, {self.starts(row)}"

    @admin.display(description="starts")
    def starts(self, obj: Appointment) -> str:
        return when(obj.starts_at, obj.branch.zone)

    @admin.display(description="ends")
    def ends(self, obj: Appointment) -> str:
        return when(obj.ends_at, obj.branch.zone)

    @admin.display(description="payment")
    def to_pay(self, obj: Appointment) -> str:
        if obj.payment is None:
            return _without_money(obj)
        amount = money.shown(obj.payment.amount_minor, obj.payment.currency)
        said = f"{amount}, {obj.payment.get_status_display().lower()}"
        if obj.payment.status != "paid" or not obj.payment.refunded_minor:
            return said
        back = money.shown(obj.payment.refunded_minor, obj.payment.currency)
        return f"{said}, {back} given back"


def _without_money(obj: Appointment) -> str:
    if obj.allowance_id is None:
        return "free"
    return "back in the pack" if obj.credit_returned_at else "from a pack"
