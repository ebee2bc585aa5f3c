"""Rooms."""

from django.contrib import admin

from bookings.admin import parents
from bookings.models import (
    Room,
)
from gymsite.backoffice import BranchScoped, branch_filter


@admin.register(Room)
class RoomAdmin(BranchScoped):
    keyset = ("number",)
    list_display = ("number", "name", "kind", "capacity", "branch", "is_active")
    list_display_links = ("number", "name")
    list_filter = ("kind", branch_filter())
    list_select_related = ("branch",)
    search_fields = ("name", "number")
    readonly_fields = ("is_active",)
    row_actions = parents.ROOM_ACTIONS
