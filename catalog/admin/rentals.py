"""What is lent: kinds, units, and who has which until when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from catalog.admin.orders import by_status
from catalog.models import HOLDS_UNIT, Rental, RentalKind, RentalUnit
from catalog.operations import lending, rentals
from gymsite.backoffice import (
    Action,
    BranchScoped,
    MemberSearched,
    ReasonForm,
    StaffAdmin,
    branch_filter,
)
from gymsite.core import dependents, money, references
from gymsite.core.models import Branch
from gymsite.core.queries.branches import past_their_day


def turn_kind(*, on: bool) -> Any:
    def run(
        request: HttpRequest, row: RentalKind, given: dict[str, Any], now: datetime
    ) -> str:
        asked = {"reason": given["reason"], "actor_id": request.user.pk, "now": now}
        lending.switch_kind(kind_id=row.pk, on=on, **asked)
        return f"{row} can be rented {'again' if on else 'no more'}."

    return run


def turn_unit(*, on: bool) -> Any:
    def run(
        request: HttpRequest, row: RentalUnit, given: dict[str, Any], now: datetime
    ) -> str:
        asked = {"reason": given["reason"], "actor_id": request.user.pk, "now": now}
        lending.switch_unit(unit_id=row.pk, on=on, **asked)
        return f"{row.code} is lent {'again' if on else 'no more'}."

    return run


def hanging(of: str) -> Any:
    def facts(rows: Sequence[Any], now: datetime) -> dict[str, str]:
        return dependents.shown(of, rows, now)

    return facts


@admin.register(RentalKind)
class RentalKindAdmin(StaffAdmin):
    slug_route = "rent"
    keyset = ("rank", "id")
    list_display = ("name", "day_fee", "deposit", "longest_days", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "slug")
    readonly_fields = ("is_active",)
    row_actions = (
        Action(
            "off",
            "Lend no more",
            turn_kind(on=False),
            form=ReasonForm,
            facts=hanging("catalog.rentalkind"),
            explain="It leaves the shop.",
        ),
        Action("on", "Lend again", turn_kind(on=True), form=ReasonForm),
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
    row_actions = (
        Action(
            "off",
            "Lend no more",
            turn_unit(on=False),
            form=ReasonForm,
            facts=hanging("catalog.rentalunit"),
            loses=True,
            explain="Broken, lost or put away: nobody gets it any more.",
        ),
        Action("on", "Lend again", turn_unit(on=True), form=ReasonForm),
    )

    def named(self, row: RentalUnit) -> str:
        return f"{row.code}, {row.kind.name}"


def hand_out(
    request: HttpRequest, row: Rental, given: dict[str, Any], now: datetime
) -> str:
    rental = rentals.hand_out(rental_id=row.pk, actor_id=request.user.pk, now=now)
    return f"{row.unit.code} is out with {row.member} until {rental.ends_on:%d %b}."


def take_back(
    request: HttpRequest, row: Rental, given: dict[str, Any], now: datetime
) -> str:
    rental = rentals.return_rental(rental_id=row.pk, actor_id=request.user.pk, now=now)
    late = (
        f" Being late came to {money.shown(rental.late_minor, rental.currency)}."
        if rental.late_minor
        else ""
    )
    return f"{row.unit.code} is back from {row.member}.{late}"


def cancel(
    request: HttpRequest, row: Rental, given: dict[str, Any], now: datetime
) -> str:
    rentals.cancel_rental(rental_id=row.pk, actor_id=request.user.pk, now=now)
    return f"{row.unit.code} is free again; what {row.member} paid goes back."


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
class RentalAdmin(MemberSearched):
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
        Action("handout", "Hand out", hand_out, facts=who_has_what),
        Action(
            "return",
            "Take back",
            take_back,
            facts=who_has_what,
            explain="The deposit goes back, less what being late costs.",
        ),
        Action(
            "cancel",
            "Cancel the rental",
            cancel,
            facts=who_has_what,
            loses=True,
            explain="What was paid goes back.",
        ),
    )

    def find(self, rows: QuerySet, text: str) -> QuerySet:
        reference = references.read(text)
        if reference:
            return rows.filter(reference=reference)
        return super().find(rows, text)

    def named(self, row: Rental) -> str:
        return f"{row.unit.kind.name} {row.unit.code} of {row.member}"

    @admin.display(description="reference")
    def reference_shown(self, obj: Rental) -> str:
        return references.shown(obj.reference)
