"""Who runs the site and where: contact, terms, privacy, and each branch with its address and opening hours."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from gymsite.core import mail_message
from gymsite.core.errors import NotFound
from gymsite.core.models import Branch
from gymsite.core.models.branches import Weekday

# What is somebody's own, or asks for a log-in: nothing for a search to find.
NOT_SEARCHED = (
    *("/account/", "/admin/", "/api/", "/bookings/", "/notifications/", "/profile/"),
    *("/shop/cart/", "/shop/search/"),
)


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    context = {"brand": mail_message.brand(), "branches": _branches()}
    return render(request, "core/contact.html", context)


@require_safe
def branch(request: HttpRequest, slug: str) -> HttpResponse:
    found = _branches().filter(slug=slug).first()
    if found is None:
        raise NotFound("There is no such branch.", remedy="The contact page names them all.")
    return render(request, "core/branch.html", {"branch": found, "week": _week(found)})


def _week(of: Branch) -> list[tuple[str, str]]:
    """(day, when it is open) of the seven days."""
    hours = {one.weekday: f"{one.opens:%H:%M} to {one.closes_shown}" for one in of.hours.all()}
    return [(str(day.label), hours.get(day.value, "Closed")) for day in Weekday]


def _branches():
    return Branch.objects.filter(is_active=True)


def text_page(name: str, title: str) -> Callable[[HttpRequest], HttpResponse]:
    """The page of a text that the brand keeps in its field ``name``."""

    @require_safe
    def page(request: HttpRequest) -> HttpResponse:
        brand = mail_message.brand()
        context = {"brand": brand, "title": title, "text": getattr(brand, name)}
        return render(request, "core/text_page.html", context)

    return page


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_SEARCHED), ""]
    lines.append(f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
