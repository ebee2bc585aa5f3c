"""Trainers."""

from django.contrib import admin
from django.http import HttpRequest

from bookings.admin import parents
from bookings.models import (
    Trainer,
)
from gymsite.backoffice import BY_NAME, BranchScoped, branch_filter


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

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Trainer | None = None
    ) -> dict[str, tuple[str, ...]]:
        return {} if obj else {"slug": ("name",)}
