"""A member's bookings and appointments as calendars: a private feed, and one of them
as a file."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.views.decorators.http import require_POST, require_safe

from bookings.icalendars import calendar_of
from bookings.models import Appointment, Booking
from bookings.queries import bookings, calendars
from bookings.views.appointments import own_appointment
from gymsite.core.errors import NotFound
from gymsite.core.operations.users import new_calendar_token
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest

CALENDAR = "text/calendar; charset=utf-8"
# Raise it when icalendars.py writes bookings otherwise: then calendars fetch them anew.
FORMAT = 2


@require_safe
@member_page
def calendar(request: MemberRequest) -> HttpResponse:
    token = request.user.calendar_token
    address = (
        settings.SITE_URL + reverse("calendar-feed", args=[token]) if token else ""
    )
    context = {
        "section": "bookings",
        "address": address,
        "webcal": "webcal" + address[address.find(":") :],
    }
    return render(request, "bookings/calendar.html", context)


@require_POST
@member_page
def reset(request: MemberRequest) -> HttpResponse:
    had_one = request.user.calendar_token is not None
    new_calendar_token(user_id=request.user.pk)
    messages.success(
        request,
        "A new address; the old one is dead."
        if had_one
        else "Your calendar has an address.",
    )
    return redirect("calendar")


@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    member_id = calendars.calendar_owner(token)
    if member_id is None:
        raise NotFound(
            "There is no such calendar.",
            remedy="Its owner may have given it a new address.",
        )
    etag = quote_etag(f"{FORMAT}-{calendars.feed_version(member_id, now)}")
    answer = get_conditional_response(request, etag=etag)
    if answer is None:
        answer = HttpResponse(
            calendar_of(
                [*calendars.booked(member_id, now), *calendars.met(member_id, now)],
                settings.SITE_URL,
            ),
            content_type=CALENDAR,
        )
    answer["ETag"] = etag
    patch_cache_control(answer, private=True, max_age=300)
    return answer


@require_safe
@member_page
def booking_calendar(request: MemberRequest, reference: str) -> HttpResponse:
    return _file(bookings.by_reference(reference, request.user.pk))


@require_safe
@member_page
def appointment_calendar(request: MemberRequest, reference: str) -> HttpResponse:
    return _file(own_appointment(request, reference))


def _file(row: Booking | Appointment) -> HttpResponse:
    text = calendar_of([row], settings.SITE_URL)
    answer = HttpResponse(text, content_type=CALENDAR)
    answer["Content-Disposition"] = f'attachment; filename="{row.reference}.ics"'
    return answer
