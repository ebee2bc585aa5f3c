"""Check-in: the member's code, and the kiosk at the door.

Starting a kiosk ends the staff member's own session on that device: what is left can
check people in and nothing else.
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from bookings import checkin_codes
from bookings.forms import KioskEndForm, KioskForm, KioskStartForm
from bookings.models import CheckIn
from bookings.operations.checkins import Visit, check_in, check_in_by_pin
from bookings.operations.kiosks import end_kiosk
from gymsite.core import throttle
from gymsite.core.errors import DomainError
from gymsite.core.models import Branch
from gymsite.core.periods import when
from gymsite.web.access import member_page, staff_page
from gymsite.web.http import MemberRequest, client_address

KIOSK_LASTS = 60 * 60 * 24 * 30
SHOWN_SECONDS = 5


@require_safe
@member_page
def checkin_code(request: MemberRequest) -> HttpResponse:
    context = {
        "section": "checkin-code",
        "qr": checkin_codes.picture(checkin_codes.new_code(request.user.pk)),
        "seconds": checkin_codes.REFRESHED_AFTER_SECONDS,
    }
    template = (
        "bookings/_checkin_code.html" if request.htmx else "bookings/checkin_code.html"
    )
    return render(request, template, context)


@require_safe
def kiosk(request: HttpRequest) -> HttpResponse:
    if "kiosk_branch" in request.session:
        return _kiosk_page(request)
    return _start_page(request)


@staff_page
def _start_page(request: MemberRequest) -> HttpResponse:
    form = KioskStartForm(request.user, initial={"branch": request.user.home_branch_id})
    return render(
        request, "bookings/kiosk_start.html", {"form": form, "section": "kiosk"}
    )


@require_POST
@staff_page
def start(request: MemberRequest) -> HttpResponse:
    form = KioskStartForm(request.user, request.POST)
    if not form.is_valid():
        return render(request, "bookings/kiosk_start.html", {"form": form}, status=422)
    logout(request)
    request.session["kiosk_branch"] = form.cleaned_data["branch"].pk
    request.session["kiosk"] = uuid4().hex
    request.session.set_expiry(KIOSK_LASTS)
    return redirect("kiosk")


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest) -> HttpResponse:
    """Asks for a code of the branch's staff: members must not get beyond the kiosk."""
    if "kiosk_branch" not in request.session:
        return redirect("kiosk")
    form, status = KioskEndForm(request.POST or None), 200
    if form.is_valid():
        try:
            end_kiosk(
                name=form.cleaned_data["name"],
                code=form.cleaned_data["code"],
                branch_id=request.session["kiosk_branch"],
                kiosk=request.session.get("kiosk", ""),
                address=client_address(request),
                now=timezone.now(),
            )
        except DomainError as refusal:
            form.add_error(None, refusal.message)
            status = refusal.status
        else:
            request.session.flush()
            return redirect("account_login")
    return render(request, "bookings/kiosk_end.html", {"form": form}, status=status)


@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """One check-in. Shown once after a redirect, so that a reload never repeats it."""
    branch_id = request.session.get("kiosk_branch")
    if branch_id is None:
        return redirect("kiosk")
    form = KioskForm(request.POST)
    if not form.is_valid():
        return _kiosk_page(request, "Type your member number and your six digits.")
    try:
        visit = _visit(request, form.cleaned_data, branch_id, timezone.now())
    except DomainError as refusal:
        return _kiosk_page(request, f"{refusal.title} {refusal.remedy}", refusal.status)
    last = {"name": visit.checkin.member.first_name or "you", "what": "", "when": ""}
    if visit.booking:
        session = visit.booking.session
        clock = when(session.starts_at, session.zone).split()[-1]
        last["what"] = session.gym_class.name
        last["when"] = f"{clock}, {session.room.name}"
    request.session["kiosk_last"] = last
    return redirect("kiosk-done")


def _visit(
    request: HttpRequest, typed: dict[str, Any], branch_id: int, now: datetime
) -> Visit:
    nonce: UUID = typed["nonce"]
    if not typed["code"]:
        return check_in_by_pin(
            member_number=typed["number"],
            pin=typed["pin"],
            branch_id=branch_id,
            kiosk=request.session.get("kiosk", ""),
            nonce=nonce,
            now=now,
        )
    throttle.hit(
        f"kiosk-code:{branch_id}", allowed=60, window=checkin_codes.WINDOW, now=now
    )
    return check_in(
        member_id=checkin_codes.member_of(typed["code"]),
        branch_id=branch_id,
        method=CheckIn.Method.KIOSK_CODE,
        nonce=nonce,
        code=checkin_codes.id_of(typed["code"]),
        now=now,
    )


@require_safe
def done(request: HttpRequest) -> HttpResponse:
    last = request.session.pop("kiosk_last", None)
    if last is None:
        return redirect("kiosk")
    answer = render(request, "bookings/kiosk_done.html", last)
    # members who do not want to wait press the page's button
    answer["Refresh"] = f"{SHOWN_SECONDS}; url={reverse('kiosk')}"
    return answer


def _kiosk_page(
    request: HttpRequest, stopped: str = "", status: int = 200
) -> HttpResponse:
    branch = Branch.objects.filter(pk=request.session["kiosk_branch"]).first()
    if branch is None:
        request.session.flush()
        return redirect("kiosk")
    context = {"branch": branch, "stopped": stopped, "nonce": uuid4()}
    return render(
        request, "bookings/kiosk.html", context, status=status if stopped else 200
    )
