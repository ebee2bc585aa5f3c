"""When trainers take appointments: hours by weekday, and days that are otherwise."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from bookings.models import Availability, AvailabilityException
from bookings.operations.availability import note_away, remove_away, set_hours
from gymsite.backoffice import Action, BranchScoped, branch_filter
from gymsite.backoffice.forms import StaffForm
from gymsite.backoffice.times import ClosingField
from gymsite.core.models.branches import MIDNIGHT
from gymsite.core.periods import when


class HoursForm(StaffForm):
    ends = ClosingField(help_text="00:00 is midnight, the end of the day.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("ends") != MIDNIGHT:
            check_order(self, "starts", "ends", "They end after they start.")
        if cleaned.get("valid_until") != cleaned.get("valid_from"):
            words = "The last day is not before the first."
            check_order(self, "valid_from", "valid_until", words)
        return cleaned


class AwayForm(StaffForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        check_order(self, "starts_at", "ends_at", "It ends after it starts.")
        return cleaned


def check_order(form: StaffForm, first: str, last: str, words: str) -> None:
    """Refuse what ends before it starts: the overlaps that are looked for next could
    make no range of it."""
    start, end = form.cleaned_data.get(first), form.cleaned_data.get(last)
    if start is not None and end is not None and end <= start:
        form.add_error(last, words)


@admin.register(Availability)
class AvailabilityAdmin(BranchScoped):
    """What is changed of a trainer's hours changes no appointment that is booked."""

    form = HoursForm
    keyset = ("trainer_id", "weekday", "id")  # bookings_availability_day
    list_display = (
        "trainer",
        "weekday",
        "starts",
        "ends",
        "valid_from",
        "valid_until",
        "branch",
        "is_active",
    )
    list_filter = ("weekday", "is_active", branch_filter())
    list_select_related = ("trainer", "branch")
    links = ("trainer__id__exact",)
    autocomplete_fields = ("trainer",)

    def named(self, row: Availability) -> str:
        return f"{row.trainer}, {row}"

    def get_readonly_fields(
        self, request: HttpRequest, obj: Availability | None = None
    ) -> tuple[str, ...]:
        return ("trainer",) if obj else ()

    def save_model(
        self, request: HttpRequest, obj: Availability, form: Any, change: bool
    ) -> None:
        set_hours(hours=obj, actor_id=request.user.pk, now=timezone.now())


def remove(
    request: HttpRequest,
    row: AvailabilityException,
    given: dict[str, Any],
    now: datetime,
) -> str:
    remove_away(exception_id=row.pk, actor_id=request.user.pk, now=now)
    return f"{row.trainer} has the usual hours again then."


@admin.register(AvailabilityException)
class AvailabilityExceptionAdmin(BranchScoped):
    """Holidays, blocks and extra hours: added and taken away, never changed."""

    form = AwayForm
    list_display = ("trainer", "kind", "starts", "ends", "reason", "branch")
    list_filter = ("kind", branch_filter())
    list_select_related = ("trainer", "branch")
    links = ("trainer__id__exact",)
    autocomplete_fields = ("trainer",)
    exclude = ("branch", "created_at")
    row_actions = (
        Action(
            "remove",
            "Take it away",
            remove,
            explain="The trainer's usual hours hold again.",
            removes=True,
        ),
    )

    def named(self, row: AvailabilityException) -> str:
        return f"{row.trainer}, {row.get_kind_display().lower()} {self.starts(row)}"

    def save_model(
        self, request: HttpRequest, obj: AvailabilityException, form: Any, change: bool
    ) -> None:
        asked = {
            name: form.cleaned_data[name]
            for name in ("kind", "starts_at", "ends_at", "reason")
        }
        made = note_away(
            trainer_id=obj.trainer_id,
            **asked,
            actor_id=request.user.pk,
            now=timezone.now(),
        )
        obj.__dict__.update(made.__dict__)

    @admin.display(description="starts")
    def starts(self, obj: AvailabilityException) -> str:
        return when(obj.starts_at, obj.branch.zone)

    @admin.display(description="ends")
    def ends(self, obj: AvailabilityException) -> str:
        return when(obj.ends_at, obj.branch.zone)
