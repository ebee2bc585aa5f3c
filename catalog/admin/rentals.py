"""What is lent: kinds, units, and who has which until when."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from catalog.models import HOLDS_UNIT, Rental, RentalKind, RentalUnit
from catalog.operations import lending, rentals
from gymsite.backoffice import (
    Action,
    BranchScoped,
    MemberSearched,
    ReasonForm,
    Referenced,
    StaffAdmin,
    branch_filter,
    by_status,
    calling,
    hanging,
)
from gymsite.backoffice.actions import Run
from gymsite.core import money
from gymsite.core.models import Branch
from gymsite.core.queries.branches import past_their_day


def switching(
    operation: Callable[..., Any],
    key: str,
    of: str,
    said: Callable[[Any], str],
    **off: Any,
) -> tuple[Action, Action]:
    """Lend a kind or a unit no more, and lend it again."""

    def run(how: str, *, on: bool) -> Run:
        return calling(operation, key, lambda row, _: f"{said(row)} {how}.", on=on)

    return (
        Action(
            "off",
            "Lend no more",
            run("no more", on=False),
            form=ReasonForm,
            facts=hanging(of),
            **off,
        ),
        Action("on", "Lend again", run("again", on=True), form=ReasonForm),
    )


@admin.register(RentalKind)
class RentalKindAdmin(StaffAdmin):
    slug_route = "rent"
    keyset = ("rank", "id")
    list_display = ("name", "day_fee", "deposit", "longest_days", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "slug")
    readonly_fields = ("is_active",)
    row_actions = switching(
        lending.switch_kind,
        "kind_id",
        "catalog.rentalkind",
        lambda row: f"{row} can be rented",
        explain="It leaves the shop.",
    )

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: RentalKind | None = None
    ) -> dict[str, tuple[str, ...]]:
        return {} if obj else {"slug": ("name",)}

    @admin.display(description="a day")
    def day_fee(self, obj: RentalKind) -> str:
        return money.shown(obj.day_fee_minor, obj.currency)

    @admin.display(description="deposit")
    def deposit(self, obj: RentalKind) -> str:
        return money.shown(obj.deposit_minor, obj.currency)


@admin.register(RentalUnit)
class RentalUnitAdmin(BranchScoped):
    keyset = ("branch_id", "code", "id")
    list_display = ("code", "kind", "branch", "is_active")
    list_filter = ("is_active", branch_filter())
    list_select_related = ("kind", "branch")
    search_fields = ("code", "kind__name")
    autocomplete_fields = ("kind",)
    links = ("kind__id__exact",)
    readonly_fields = ("is_active",)
    row_actions = switching(
        lending.switch_unit,
        "unit_id",
        "catalog.rentalunit",
        lambda row: f"{row.code} is lent",
        loses=True,
        explain="Broken, lost or put away: nobody gets it any more.",
    )

    def named(self, row: RentalUnit) -> str:
        return f"{row.code}, {row.kind.name}"


def taken_back(row: Rental, rental: Rental) -> str:
    late = (
        f" Being late came to {money.shown(rental.late_minor, rental.currency)}."
        if rental.late_minor
        else ""
    )
    return f"{row.unit.code} is back from {row.member}.{late}"


def who_has_what(rows: Sequence[Rental], now: datetime) -> dict[str, Any]:
    late = sum(
        row.status in HOLDS_UNIT and row.ends_on < row.branch.today(now) for row in rows
    )
    return {**by_status(rows, now), "Past their last day": late}


class OverdueFilter(admin.SimpleListFilter):
    """The start page's tile links here (catalog_rental_branch_due)."""

    title = "return"
    parameter_name = "return"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("overdue", "Overdue")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() != "overdue":
            return queryset
        over = past_their_day("ends_on", Branch.objects.all(), timezone.now())
        return queryset.filter(over, status=Rental.Status.OUT)


@admin.register(Rental)
class RentalAdmin(Referenced, MemberSearched):
    list_display = (
        "reference_shown",
        "unit",
        "member",
        "status",
        "starts_on",
        "ends_on",
        "branch",
    )
    list_filter = (OverdueFilter, "status", branch_filter())
    list_select_related = ("unit__kind", "member", "branch")
    links = ("member__id__exact", "unit__id__exact")
    row_actions = (
        Action(
            "handout",
            "Hand out",
            calling(
                rentals.hand_out,
                "rental_id",
                lambda row, rental: (
                    f"{row.unit.code} is out with {row.member} until "
                    f"{rental.ends_on:%d %b}."
                ),
            ),
            facts=who_has_what,
        ),
        Action(
            "return",
            "Take back",
            calling(rentals.return_rental, "rental_id", taken_back),
            facts=who_has_what,
            explain="The deposit goes back, less what being late costs.",
        ),
        Action(
            "cancel",
            "Cancel the rental",
            calling(
                rentals.cancel_rental,
                "rental_id",
                lambda row, _: (
                    f"{row.unit.code} is free again; what {row.member} paid goes back."
                ),
            ),
            facts=who_has_what,
            loses=True,
            explain="What was paid goes back.",
        ),
    )

    def named(self, row: Rental) -> str:
        return f"{row.unit.kind.name} {row.unit.code} of {row.member}"
