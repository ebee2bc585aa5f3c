"""Who runs the site and where: contact, terms, privacy, and each branch.

A branch shows its address and opening hours.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gymsite.core.errors import NotFound
from gymsite.core.models import Branch
from gymsite.core.models.branches import Weekday
from gymsite.notifications import mail_message


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    context = {"brand": mail_message.brand(), "branches": _branches()}
    return render(request, "site/contact.html", context)


@require_safe
def branch(request: HttpRequest, slug: str) -> HttpResponse:
    found = _branches().filter(slug=slug).first()
    if found is None:
        raise NotFound(
            "There is no such branch.", remedy="The contact page names them all."
        )
    return render(request, "site/branch.html", {"branch": found, "week": _week(found)})


def _week(of: Branch) -> list[tuple[str, str]]:
    """(day, when it is open) for each of the seven days."""
    hours = {
        one.weekday: f"{one.opens:%H:%M} to {one.closes_shown}"
        for one in of.hours.all()
    }
    return [(str(day.label), hours.get(day.value, "Closed")) for day in Weekday]


def _branches():
    return Branch.objects.filter(is_active=True)


def text_page(name: str, title: str) -> Callable[[HttpRequest], HttpResponse]:
    """The page of a text that the brand keeps in its field ``name``."""

    @require_safe
    def page(request: HttpRequest) -> HttpResponse:
        brand = mail_message.brand()
        context = {"brand": brand, "title": title, "text": getattr(brand, name)}
        return render(request, "site/text_page.html", context)

    return page
