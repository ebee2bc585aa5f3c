"""What is sold by the hour."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from bookings.models import Service, TrainerService
from bookings.operations.services import give_to_all
from gymsite.backoffice import BY_NAME, Action, BranchScoped, branch_filter
from gymsite.core import money


def give(
    request: HttpRequest, row: Service, given: dict[str, Any], now: datetime
) -> str:
    added = give_to_all(service_id=row.pk, actor_id=request.user.pk, now=now)
    return f"{row}: {added} more trainers give it."


def givers(rows: Sequence[Service], now: datetime) -> dict[str, Any]:
    given = TrainerService.objects.filter(service__in=rows)
    return {"Trainers who give it": given.count()}


EVERYBODY = Action(
    "everybody",
    "Given by every trainer",
    give,
    facts=givers,
    single=True,
    explain=(
        "Every trainer in use gives it, of its branch where it has one. Who does not "
        "is said on the trainer's own page, under Services."
    ),
)


@admin.register(Service)
class ServiceAdmin(BranchScoped):
    """What is changed of a service changes no appointment that is booked."""

    shares_brandwide = True
    keyset = BY_NAME
    list_display = ("name", "minutes", "price", "raster_minutes", "branch", "is_active")
    list_filter = ("is_active", branch_filter())
    list_select_related = ("branch",)
    search_fields = ("name", "slug")
    row_actions = (EVERYBODY,)

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Service | None = None
    ) -> dict[str, tuple[str, ...]]:
        return {} if obj else {"slug": ("name",)}

    def as_choice(self, row: Service) -> str:
        return f"{row}, {row.minutes} minutes, {self.price(row)}"

    @admin.display(description="price")
    def price(self, obj: Service) -> str:
        return money.shown(obj.price_minor, obj.currency)
