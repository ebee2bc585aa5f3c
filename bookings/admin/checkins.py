"""Check-ins and what guards them: to read only."""

from django.contrib import admin
from django.urls import path

from bookings.admin.desk import desk_view
from bookings.models import CheckIn, CheckInNonce, PinAttempt
from gymsite.backoffice import MemberSearched, StaffAdmin, branch_filter


@admin.register(CheckIn)
class CheckInAdmin(MemberSearched):
    """Newest first by id: each partition's key begins with it, so a page merges the
    partitions' indexes."""

    list_display = ("at", "member", "branch", "method", "booking")
    list_filter = ("method", branch_filter())
    list_select_related = ("member", "branch", "booking")

    def get_urls(self) -> list:
        desk = self.admin_site.admin_view(desk_view(self))
        return [path("desk/", desk, name="bookings_checkin_desk"), *super().get_urls()]


@admin.register(CheckInNonce)
class CheckInNonceAdmin(StaffAdmin):
    keyset = ("-at", "nonce")
    list_display = ("nonce", "checkin_id", "at")


@admin.register(PinAttempt)
class PinAttemptAdmin(MemberSearched):
    list_display = ("at", "member_number", "member", "succeeded", "branch")
    list_filter = ("succeeded", branch_filter())
