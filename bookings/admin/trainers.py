"""Trainers."""

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from bookings.admin import parents
from bookings.models import Trainer
from bookings.queries import appointments
from gymsite.backoffice import BY_NAME, BranchScoped, branch_filter


def hours(request: HttpRequest, row: Trainer) -> str:
    """When they take appointments, what is otherwise, and what they have next."""
    now = timezone.now()
    otherwise = row.exceptions.filter(ends_at__gt=now).select_related("branch")
    context = {
        "trainer": row,
        "hours": row.availability.filter(is_active=True).order_by("weekday", "starts"),
        "otherwise": otherwise.order_by("starts_at")[:20],
        "ahead": appointments.next_ones(row.pk, now),
    }
    return render_to_string("admin/bookings/_hours.html", context)


@admin.register(Trainer)
class TrainerAdmin(BranchScoped):
    slug_route = "trainer"
    keyset = BY_NAME
    list_display = ("name", "branch", "user", "is_active")
    list_filter = ("is_active", branch_filter())
    list_select_related = ("branch", "user")
    search_fields = ("name", "slug")
    autocomplete_fields = ("user",)
    readonly_fields = ("is_active",)
    row_actions = parents.TRAINER_ACTIONS
    cards = (hours,)

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Trainer | None = None
    ) -> dict[str, tuple[str, ...]]:
        return {} if obj else {"slug": ("name",)}
