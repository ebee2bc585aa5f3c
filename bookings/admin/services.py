"""What is sold by the hour."""

from django.contrib import admin
from django.http import HttpRequest

from bookings.models import Service
from gymsite.backoffice import BY_NAME, BranchScoped, branch_filter
from gymsite.core import money


@admin.register(Service)
class ServiceAdmin(BranchScoped):
    """What is changed of a service changes no appointment that is booked."""

    shares_brandwide = True
    keyset = BY_NAME
    list_display = ("name", "minutes", "price", "raster_minutes", "branch", "is_active")
    list_filter = ("is_active", branch_filter())
    list_select_related = ("branch",)
    search_fields = ("name", "slug")

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Service | None = None
    ) -> dict[str, tuple[str, ...]]:
        return {} if obj else {"slug": ("name",)}

    def as_choice(self, row: Service) -> str:
        return f"{row}, {row.minutes} minutes, {self.price(row)}"

    @admin.display(description="price")
    def price(self, obj: Service) -> str:
        return money.shown(obj.price_minor, obj.currency)
