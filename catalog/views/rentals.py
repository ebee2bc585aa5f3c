"""My rentals: what I have and had, giving back and giving up."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from catalog.errors import RentalNotFound
from catalog.models import Rental
from catalog.operations.rentals import announce_return, cancel_rental
from catalog.queries import rentals as reads
from catalog.views import rental_rows
from catalog.views.shop_page import shop_page
from gymsite.core import references
from gymsite.core.errors import DomainError
from gymsite.core.pagination import keyset_page
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest

PAGE_SIZE = 20


@require_safe
@member_page
def my_rentals(request: MemberRequest) -> HttpResponse:
    now, after = timezone.now(), request.GET.get("after")
    page = keyset_page(
        reads.past(request.user.pk), ("-id",), cursor=after, limit=PAGE_SIZE
    )
    context = {
        "current": []
        if after
        else [
            rental_rows.rental_line(rental, now)
            for rental in reads.current(request.user.pk)
        ],
        "past": [rental_rows.rental_line(rental, now) for rental in page.items],
        "next": page.next,
        "after": after,
    }
    return shop_page(request, "my_rentals.html", context)


@require_safe
@member_page
def rental(request: MemberRequest, reference: str) -> HttpResponse:
    return _page(request, _mine(request, reference), timezone.now())


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def return_rental(request: MemberRequest, reference: str) -> HttpResponse:
    """Say that it is back; the desk looks at it and takes it back."""
    now, found = timezone.now(), _mine(request, reference)
    # after logging in; a double click
    if request.method != "POST" or found.status == Rental.Status.RETURNED:
        return redirect("rental", found.reference)
    try:
        announce_return(rental_id=found.pk, member_id=request.user.pk, now=now)
    except DomainError as refusal:
        return _page(request, found, now, refusal)
    messages.success(
        request,
        "Thank you for bringing it back. The desk looks at it and settles the rest.",
    )
    return redirect("rental", found.reference)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def cancel(request: MemberRequest, reference: str) -> HttpResponse:
    now, found = timezone.now(), _mine(request, reference)
    if request.method != "POST" or found.status == Rental.Status.CANCELLED:
        return redirect("rental", found.reference)
    try:
        cancel_rental(
            rental_id=found.pk,
            member_id=request.user.pk,
            actor_id=request.user.pk,
            now=now,
        )
    except DomainError as refusal:
        return _page(request, found, now, refusal)
    messages.success(request, "Cancelled. What you paid comes back in full.")
    return redirect("rental", found.reference)


def _mine(request: MemberRequest, typed: str) -> Rental:
    reference = references.read(typed)
    found = reads.by_reference(reference, request.user.pk) if reference else None
    if found is None:
        raise RentalNotFound("You have no such rental.", remedy="Look under Rentals.")
    return found


def _page(
    request: MemberRequest,
    found: Rental,
    now: datetime,
    refusal: DomainError | None = None,
) -> HttpResponse:
    return shop_page(
        request,
        "rental.html",
        {"rental": rental_rows.rental_shown(found, now)},
        refusal=refusal,
    )
