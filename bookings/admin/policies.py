"""Booking policies."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from bookings.models import (
    BookingPolicy,
)
from gymsite.backoffice import BranchScoped


@admin.register(BookingPolicy)
class BookingPolicyAdmin(BranchScoped):
    """Nobody changes a policy: "Add" starts from the newest; bookings keep theirs."""

    shares_brandwide = True
    list_display = (
        "id",
        "branch",
        "created_at",
        "window_days",
        "cutoff_minutes",
        "promotion_margin_minutes",
    )
    list_select_related = ("branch",)
    exclude = ("created_at",)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        newest = self.get_queryset(request).first()
        shown = (
            field.name
            for field in BookingPolicy._meta.concrete_fields
            if field.name not in ("id", "created_at")
        )
        return (
            {name: getattr(newest, name) for name in shown} if newest else {}
        ) | super().get_changeform_initial_data(request)

    def save_model(
        self, request: HttpRequest, obj: BookingPolicy, form: ModelForm, change: bool
    ) -> None:
        obj.created_at = timezone.now()
        super().save_model(request, obj, form, change)
