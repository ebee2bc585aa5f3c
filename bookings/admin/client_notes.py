"""What trainers note about their clients: for managers to read."""

from django.contrib import admin

from bookings.models import ClientNote
from gymsite.backoffice import MemberSearched, branch_filter


@admin.register(ClientNote)
class ClientNoteAdmin(MemberSearched):
    branch_path = "trainer__branch_id"
    search_fields = ("client",)
    list_display = ("created_at", "trainer", "client")
    list_filter = (branch_filter("trainer__branch_id"),)
    list_select_related = ("trainer", "client")
    links = ("client__id__exact", "trainer__id__exact")
