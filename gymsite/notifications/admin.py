"""The admin of notices, of events that wait to be handed out, and of jobs."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Status

from gymsite.backoffice import MemberSearched, StaffAdmin, branch_filter
from gymsite.core.models import Event, Notification, Outbox, PutOff


@admin.register(Notification)
class NotificationAdmin(MemberSearched):
    list_display = ("created_at", "user", "kind", "title", "email_state", "is_read")
    list_display_links = ("created_at", "title")
    list_filter = ("email_state", branch_filter())
    list_select_related = ("user",)
    search_fields = ("user",)
    links = ("user__id__exact",)


@admin.register(Event)
class EventAdmin(MemberSearched):
    list_display = ("at", "kind", "member", "actor", "branch", "subject", "subject_id")
    list_display_links = ("at", "kind")
    list_filter = (branch_filter(),)
    list_select_related = ("member", "actor", "branch")


@admin.register(Outbox)
class OutboxAdmin(StaffAdmin):
    keyset = ("event_id",)
    list_display = ("event", "due_at", "attempts", "error")
    list_select_related = ("event",)
    list_filter = ()


@admin.register(PutOff)
class PutOffAdmin(StaffAdmin):
    keyset = ("due_at", "pk")
    list_display = ("job", "subject_id", "first_at", "attempts", "due_at", "error")
    list_filter = ()


class JobStateFilter(admin.SimpleListFilter):
    """Filters jobs by state.

    The column is an enum of the database, which accepts no other word.
    """

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status.value, status.value) for status in Status]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return (
            queryset.filter(status=self.value())
            if self.value() in {status.value for status in Status}
            else queryset
        )


@admin.register(ProcrastinateJob)
class JobAdmin(StaffAdmin):
    list_display = (
        "id",
        "task_name",
        "status",
        "scheduled_at",
        "attempts",
        "queue_name",
    )
    list_filter = (JobStateFilter,)
    fields = (
        "id",
        "task_name",
        "args",
        "status",
        "scheduled_at",
        "attempts",
        "queue_name",
        "lock",
        "queueing_lock",
    )
