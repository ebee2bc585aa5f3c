"""Who teaches, for members; and a trainer's own week and rosters."""

from datetime import date, datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from bookings import rules
from bookings.forms import RosterForm
from bookings.models import Booking, ClassSession, Trainer
from bookings.operations.attendance import mark_roster
from bookings.queries import trainers as reads
from bookings.queries.sessions import session_for_page
from gymsite.core.errors import Forbidden, NotFound
from gymsite.core.models import Role
from gymsite.core.periods import monday, near_day, when
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest


@require_safe
def trainers(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "bookings/trainers.html",
        {"section": "trainers", "trainers": reads.team()},
    )


@require_safe
def trainer(request: HttpRequest, slug: str) -> HttpResponse:
    found = reads.team().filter(slug=slug).first()
    if found is None:
        raise NotFound("There is no such trainer.", remedy="Look at the whole team.")
    upcoming = reads.next_sessions(found.pk, timezone.now())
    lines = [(session, when(session.starts_at, session.zone)) for session in upcoming]
    return render(
        request,
        "bookings/trainer.html",
        {"section": "trainers", "trainer": found, "sessions": lines},
    )


@require_safe
@member_page
def teaching(request: MemberRequest) -> HttpResponse:
    me = Trainer.objects.select_related("branch").filter(user=request.user.pk).first()
    if me is None:
        return _not_set_up(request)
    today = me.branch.today(timezone.now())
    first = monday(near_day(request.GET.get("week", ""), today))
    slots = [_slot(session) for session in reads.week(me.pk, first)]
    days = [first + timedelta(days=n) for n in range(7)]
    context = {
        "section": "teaching",
        "days": [
            _day(day, today, [slot for slot in slots if slot["day"] == day])
            for day in days
        ],
        "heading": f"{first.day} {first:%b} to {days[6].day} {days[6]:%b}",
        "before": (first - timedelta(days=7)).isoformat(),
        "after": (first + timedelta(days=7)).isoformat(),
        "count": len(slots),
    }
    return render(request, "bookings/teaching.html", context)


def _not_set_up(request: MemberRequest) -> HttpResponse:
    """The week of a trainer whom nobody can put on the timetable yet: the role comes
    first, then the page that members see.

    Raises Forbidden for whoever is no trainer.
    """
    if request.user.role != Role.TRAINER:
        raise Forbidden(
            "This page is for trainers.", remedy="Your classes are under My bookings."
        )
    return render(request, "bookings/not_set_up.html", {"section": "teaching"})


def _day(day: date, today: date, slots: list[dict[str, object]]) -> dict[str, object]:
    return {
        "name": f"{day:%A} {day.day}",
        "is_today": day == today,
        "is_over": day < today,
        "slots": slots,
    }


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


def _slot(session: ClassSession) -> dict[str, object]:
    local = session.starts_at.astimezone(session.zone)
    full, off = (
        session.booked_count >= session.capacity,
        session.status == ClassSession.Status.CANCELLED,
    )
    return {
        "id": session.pk,
        "day": session.session_date,
        "clock": f"{local:%H:%M}",
        "name": session.gym_class.name,
        "room": session.room.name,
        "places": f"{session.booked_count}/{session.capacity}",
        "waiting": session.waitlist_length,
        "kind": "off" if off else "full" if full else "",
        "substitute": session.substitute_for and session.substitute_for.name,
    }
