"""A class's page, and its buttons: book, join the waitlist, leave it."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from bookings import cancelling, errors, rules
from bookings.operations.bookings import book_session
from bookings.operations.waitlist import join_waitlist, leave_waitlist
from bookings.queries import waitlist
from bookings.queries.eligibility import facts as read_facts
from bookings.views import details, partials, sentences
from gymsite.core.errors import DomainError
from gymsite.core.periods import when
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest
from gymsite.web.tags import ordinal


@require_safe
def class_page(request: HttpRequest, session_id: int) -> HttpResponse:
    return _page(request, session_id, timezone.now())


@require_POST
@member_page
def book(request: MemberRequest, session_id: int) -> HttpResponse:
    now = timezone.now()
    try:
        booking = book_session(
            session_id=session_id, member_id=request.user.pk, now=now
        )
    except errors.AlreadyBooked:  # a double click: the first one did it
        booking = None
    except DomainError as refusal:
        return _refused(request, session_id, now, refusal)
    if request.htmx:
        return partials.row(request, session_id, now, said="You are booked.")
    reference = (
        booking.reference
        if booking
        else read_facts(
            session_id=session_id, member_id=request.user.pk, now=now
        ).booking_reference
    )
    return redirect("booking", reference)


@require_POST
@member_page
def join(request: MemberRequest, session_id: int) -> HttpResponse:
    now = timezone.now()
    try:
        entry = join_waitlist(session_id=session_id, member_id=request.user.pk, now=now)
    except errors.AlreadyWaiting:
        return redirect("class-page", session_id)
    except DomainError as refusal:
        return _refused(request, session_id, now, refusal)
    said = f"You are {ordinal(waitlist.rank(session_id, entry.position))} on the list."
    if request.htmx:
        return partials.row(request, session_id, now, said=said)
    messages.success(
        request, f"{said} When a place frees, we book you in and tell you."
    )
    return redirect("class-page", session_id)


@require_POST
@member_page
def leave(request: MemberRequest, session_id: int) -> HttpResponse:
    now = timezone.now()
    try:
        leave_waitlist(session_id=session_id, member_id=request.user.pk, now=now)
    except DomainError as refusal:
        return _refused(request, session_id, now, refusal)
    messages.success(request, "You have left the list. Nothing is charged.")
    return redirect("class-page", session_id)


def _refused(
    request: MemberRequest, session_id: int, now: datetime, refusal: DomainError
) -> HttpResponse:
    if refusal.status == 404:
        raise refusal
    if request.htmx:
        return partials.row(request, session_id, now, refusal=refusal)
    return _page(request, session_id, now, refusal)


def _page(
    request: HttpRequest,
    session_id: int,
    now: datetime,
    refusal: DomainError | None = None,
) -> HttpResponse:
    shown = details.class_page(session_id)
    context = {
        "section": "timetable",
        "page": shown,
        "refusal": refusal,
        "next_path": request.path,
    }
    if request.user.is_authenticated:
        context |= _for_member(request.user.pk, session_id, now)
    status = refusal.status if refusal else 200
    return render(request, "bookings/class_page.html", context, status=status)


def _for_member(member_id: int, session_id: int, now: datetime) -> dict[str, object]:
    """What the button will do for this member, or which rule says no."""
    facts = read_facts(session_id=session_id, member_id=member_id, now=now)
    refusal = rules.judge(facts, rules.BOOKING)
    joins = isinstance(refusal, errors.SessionFull)
    if joins:
        refusal = rules.judge(facts, rules.JOINING)
    return {
        "facts": facts,
        "no": refusal,
        "joins": joins,
        "uses": sentences.will_use(facts),
        "deadline": cancelling.before_booking(facts),
        "promotes_until": when(rules.promotes_until(facts), facts.session.zone),
        "lies_ahead": now < facts.session.starts_at,
        "rank": waitlist.rank(session_id, facts.entry_position)
        if facts.entry_position
        else None,
    }
