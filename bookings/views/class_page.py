"""A class's page, and its buttons: book, join the waitlist, leave it."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from bookings import cancelling, errors, rules
from bookings.models import ClassSession
from bookings.operations.bookings import book_session
from bookings.operations.waitlist import join_waitlist, leave_waitlist
from bookings.queries import timetable_page, waitlist
from bookings.queries.eligibility import facts as read_facts
from bookings.views import partials, sentences
from bookings.views.fragments import FRAGMENTS
from gymsite.core.errors import DomainError
from gymsite.core.periods import when
from gymsite.web import fragments, request_counters
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest
from gymsite.web.tags import ordinal

BIGGEST = 2**63  # a bigint


@dataclass(frozen=True, slots=True)
class ClassPage:
    """``head`` and ``main`` are safe HTML; the rest is what the page's header and the
    reader's own part need."""

    id: int
    name: str
    title: str
    description: str
    day_address: str
    left: int
    waitlist_length: int
    is_cancelled: bool
    head: SafeString
    main: SafeString


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
    except errors.AlreadyBooked:  # a double click: the first click booked
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
    shown = _shared(session_id)
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


def _shared(session_id: int) -> ClassPage:
    """The shared part of a page, drawn once per change; raises SessionNotFound."""
    keys = timetable_page.session_keys(session_id) if session_id < BIGGEST else None
    page = None
    if keys and keys.rows:
        row = keys.rows[0]
        page = FRAGMENTS.get(("page", keys.version, *row))
        request_counters.looked(hits=page is not None, misses=page is None)
        if page is None:
            for session in timetable_page.sessions_with_keys([row[0]]):
                page = _draw(session)
                key = ("page", session.stamp, session.pk, session.content)
                FRAGMENTS.keep(key, page)
    if page is None:  # there was no such session, or it was deleted meanwhile
        raise errors.SessionNotFound(
            "The link may be old.", remedy="The timetable shows what is on."
        )
    return page


def _draw(session: ClassSession) -> ClassPage:
    starts, name = when(session.starts_at, session.zone), session.gym_class.name
    left = max(session.capacity - session.booked_count, 0)
    day_address = (
        f"{reverse('timetable')}?branch={session.branch.slug}"
        f"&day={session.session_date}"
    )
    context = {
        "session": session,
        "starts": starts,
        "minutes": round((session.ends_at - session.starts_at).total_seconds() / 60),
        "left": left,
        "day_address": day_address,
    }
    return ClassPage(
        id=session.pk,
        name=name,
        title=f"{name}, {starts}",
        description=(
            f"{name} with {session.trainer.name} at {session.branch.name}, {starts}."
        ),
        day_address=day_address,
        left=left,
        waitlist_length=session.waitlist_length,
        is_cancelled=session.status == ClassSession.Status.CANCELLED,
        head=fragments.draw("bookings/_class_head.html", context),
        main=fragments.draw("bookings/_class_shared.html", context),
    )
