"""The rosters of what a trainer teaches."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from bookings import rules
from bookings.forms import RosterForm
from bookings.models import Booking, ClassSession
from bookings.operations.attendance import mark_roster
from bookings.queries import trainers as reads
from bookings.queries.sessions import session_for_page
from gymsite.core.errors import NotFound
from gymsite.core.periods import when
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest


@require_safe
@member_page
def roster(request: MemberRequest, session_id: int) -> HttpResponse:
    session, now = _own_session(request, session_id), timezone.now()
    bookings, zone = list(reads.roster(session_id)), session.zone
    context = {
        "section": "teaching",
        "session": session,
        "starts": when(session.starts_at, zone),
        "bookings": bookings,
        "has_begun": now >= session.starts_at,
        "closed": _why_closed(session, bookings, now),
    }
    return render(request, "bookings/roster.html", context)


def _why_closed(session: ClassSession, bookings: list[Booking], now: datetime) -> str:
    """Why nobody can be marked now; empty when they can."""
    if session.status == ClassSession.Status.CANCELLED:
        return "This class was called off."
    refusal = rules.may_mark(
        missed=False,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        opens_minutes=min(
            (one.policy.checkin_opens_minutes for one in bookings), default=0
        ),
        zone=session.zone,
        now=now,
    )
    return refusal.detail if refusal else ""


@require_POST
@member_page
def mark(request: MemberRequest, session_id: int) -> HttpResponse:
    _own_session(request, session_id)
    form = RosterForm(request.POST)
    if not form.is_valid():
        messages.error(
            request, "The list has changed meanwhile. Look again, then save."
        )
        return redirect("roster", session_id)
    saved = mark_roster(
        session_id=session_id,
        shown=form.cleaned_data["shown"],
        present_ids=form.cleaned_data["present"],
        actor_id=request.user.pk,
        now=timezone.now(),
    )
    messages.success(request, f"Saved: {len(form.cleaned_data['present'])} came.")
    if saved.kept:
        messages.warning(request, _kept(saved.kept))
    return redirect("roster", session_id)


def _kept(bookings: list[Booking]) -> str:
    """What had changed since the roster was opened, and was left alone."""
    said = ", ".join(
        f"{one.member} ({one.get_status_display().lower()})" for one in bookings
    )
    return f"Changed since you opened the list, so left as it is: {said}."


def _own_session(request: MemberRequest, session_id: int) -> ClassSession:
    session = session_for_page(session_id)
    staff = request.user.is_staff and (
        request.user.sees_all_branches
        or request.user.home_branch_id == session.branch_id
    )
    if not staff and session.trainer.user_id != request.user.pk:
        raise NotFound(
            "This is not a class of yours.", remedy="Your week shows what you teach."
        )
    return session
