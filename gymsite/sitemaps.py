"""What a search engine may find: pages for everybody, and things by the hundred.

Classes are too many.
"""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import sitemaps
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from bookings.models import Trainer
from catalog.models import Category
from catalog.queries.product_lists import on_sale
from gymsite.core.models import Branch

# Private pages, and pages that ask for a log-in: nothing for a search to find.
NOT_SEARCHED = (
    "admin:index",
    "my-bookings",
    "notifications",
    "profile",
    "cart",
    "shop-search",
)
BELOW = ("/account/", "/api/")  # no pages themselves, but many are below
PAGES = (
    "timetable",
    "plans",
    "trainers",
    "shop",
    "rentals",
    "contact",
    "terms",
    "privacy",
)


class OfTheSite(sitemaps.Sitemap):
    """Addresses with the setting's scheme and host.

    The client chooses those of the request.
    """

    def get_domain(self, site: Any = None) -> str:
        return urlsplit(settings.SITE_URL).netloc

    def get_protocol(self, protocol: str | None = None) -> str:
        return urlsplit(settings.SITE_URL).scheme


class Pages(OfTheSite):
    def items(self) -> tuple[str, ...]:
        return PAGES

    def location(self, item: str) -> str:
        return reverse(item)


class Slugs(OfTheSite):
    """The pages ``url_name`` of the rows that ``rows`` gives, by their slugs."""

    def __init__(self, url_name: str, rows: Any) -> None:
        self.url_name, self.rows = url_name, rows

    def items(self) -> Any:
        return self.rows().order_by("pk").values_list("slug", flat=True)

    def location(self, item: str) -> str:
        return reverse(self.url_name, args=[item])


SITEMAPS = {
    "pages": Pages,
    "branches": Slugs("branch", lambda: Branch.objects.filter(is_active=True)),
    "trainers": Slugs("trainer", lambda: Trainer.objects.filter(is_active=True)),
    "categories": Slugs("shop-category", Category.objects.all),
    "products": Slugs("product", on_sale),
}


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    paths = sorted([*BELOW, *map(reverse, NOT_SEARCHED)])
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in paths), ""]
    lines.append(f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}")
    return HttpResponse(
        "\n".join(lines) + "\n", content_type="text/plain; charset=utf-8"
    )
