"""My bookings: what is ahead, what I wait for, what was; one booking's page; visits."""

from datetime import datetime
from operator import itemgetter
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from bookings import cancelling
from bookings.models import Booking
from bookings.operations.bookings import cancel_booking
from bookings.queries import appointments, bookings, checkins
from bookings.views import sentences
from bookings.views.appointments import appointment_line
from gymsite.core import references
from gymsite.core.errors import DomainError
from gymsite.core.pagination import keyset_page
from gymsite.core.periods import when
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest
from memberships.queries import entitlements_of_today

PAGE_SIZE = 20


@require_safe
@member_page
def my_bookings(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    today, held = entitlements_of_today(request.user.pk, now)
    context = {
        "section": "bookings",
        "upcoming": _upcoming(request, now),
        "waiting": [
            sentences.waiting_line(entry)
            for entry in bookings.waiting(request.user.pk, now)
        ],
        "entitlements": [
            sentences.cover_line(entitlement, today) for entitlement in held
        ],
    }
    return render(request, "bookings/my_bookings.html", context)


def _upcoming(request: MemberRequest, now: datetime) -> list[dict[str, Any]]:
    """Classes and appointments ahead, in the order of time."""
    member_id = request.user.pk
    booked = [
        sentences.booking_line(booking, now)
        for booking in bookings.upcoming(member_id, now)
    ]
    request.page_header, ahead = appointments.ahead(member_id, now)
    met = [appointment_line(appointment, now) for appointment in ahead]
    return sorted([*booked, *met], key=itemgetter("starts_at"))


@require_safe
@member_page
def past_bookings(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    rows = bookings.past(request.user.pk, now)
    page = keyset_page(
        rows, ("-starts_at", "-id"), cursor=request.GET.get("after"), limit=PAGE_SIZE
    )
    lines = [sentences.booking_line(booking, now) for booking in page.items]
    return render(
        request,
        "bookings/past_bookings.html",
        {"section": "bookings", "past": lines, "next": page.next},
    )


@require_safe
@member_page
def booking_page(request: MemberRequest, reference: str) -> HttpResponse:
    return _page(
        request, bookings.by_reference(reference, request.user.pk), timezone.now()
    )


@require_POST
@member_page
def cancel(request: MemberRequest, reference: str) -> HttpResponse:
    now = timezone.now()
    booking = bookings.by_reference(reference, request.user.pk)
    # a double click: the first click cancelled
    if booking.status in (Booking.Status.CANCELLED, Booking.Status.LATE_CANCELLED):
        return redirect("booking", reference)
    try:
        ended = cancel_booking(
            booking_id=booking.pk,
            member_id=request.user.pk,
            actor_id=request.user.pk,
            now=now,
        )
    except DomainError as refusal:
        return _page(request, booking, now, refusal)
    messages.success(request, f"Cancelled. {cancelling.cancelled(ended)}")
    return redirect("booking", reference)


def _page(
    request: HttpRequest,
    booking: Booking,
    now: datetime,
    refusal: DomainError | None = None,
) -> HttpResponse:
    zone = booking.session.zone
    terms = cancelling.terms_of(booking, zone)
    context = {
        "section": "bookings",
        "booking": booking,
        "reference": references.shown(booking.reference),
        "starts": when(booking.starts_at, zone),
        "cancelled": booking.cancelled_at and when(booking.cancelled_at, zone),
        "deadline": cancelling.sentence(terms, now),
        "is_free": terms.is_free(now),
        "can_cancel": booking.status == Booking.Status.BOOKED
        and now < booking.starts_at,
        "cost": cancelling.cancelled(booking),
        "refusal": refusal,
    }
    status = refusal.status if refusal else 200
    return render(request, "bookings/booking.html", context, status=status)


@require_safe
@member_page
def visits(request: MemberRequest) -> HttpResponse:
    rows = checkins.of_member(request.user.pk).select_related(
        "branch", "booking__session__gym_class"
    )
    page = keyset_page(
        rows, ("-at", "-id"), cursor=request.GET.get("after"), limit=PAGE_SIZE
    )
    lines = [sentences.visit_line(checkin) for checkin in page.items]
    return render(
        request,
        "bookings/visits.html",
        {"section": "profile", "visits": lines, "next": page.next},
    )
