"""Notifications, the profile, and pages about the site itself."""

import sys
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)
from django.views.defaults import server_error

from gymsite.core import notice_kinds, outages, throttle
from gymsite.core import styleguide as guide
from gymsite.core.access import member_page, staff_page
from gymsite.core.context import THEMES
from gymsite.core.errors import DomainError, Invalid
from gymsite.core.forms import EmailForm, PinForm, ProfileForm, UsernameForm, add_errors
from gymsite.core.http import MemberRequest, outage_response
from gymsite.core.operations.credentials import change_email, change_username, set_pin
from gymsite.core.operations.notifications import mark_all_read, mark_read
from gymsite.core.operations.users import EmailTaken, UsernameTaken, change_profile
from gymsite.core.pagination import keyset_page
from gymsite.core.periods import when
from gymsite.core.queries import notifications as reads

PAGE_SIZE = 20
A_YEAR = 60 * 60 * 24 * 365


@require_safe
@member_page
def notifications(request: MemberRequest) -> HttpResponse:
    """Unread ones first, all of them that fit; then the page of what was read."""
    after = request.GET.get("after")
    unread = (
        []
        if after
        else [_told(one) for one in reads.unread(request.user.pk)[: 2 * PAGE_SIZE]]
    )
    page = keyset_page(
        reads.recent(request.user.pk).filter(is_read=True),
        ("-id",),
        cursor=after,
        limit=PAGE_SIZE,
    )
    context = {
        "section": "notifications",
        "unread": unread,
        "read": [_told(one) for one in page.items],
        "next": page.next,
    }
    return render(request, "core/notifications.html", context)


def _told(one) -> dict[str, object]:
    zone = one.branch.zone if one.branch else ZoneInfo("UTC")
    return {
        "id": one.pk,
        "title": one.title,
        "body": one.body,
        "url": one.url,
        "when": when(one.created_at, zone),
    }


@require_POST
@member_page
def read_all(request: MemberRequest) -> HttpResponse:
    mark_all_read(user_id=request.user.pk, at=timezone.now())
    return redirect("notifications")


@require_POST
@member_page
def read_one(request: MemberRequest, notification_id: int) -> HttpResponse:
    """Mark one as read and go where it leads."""
    mark_read(
        user_id=request.user.pk, notification_id=notification_id, at=timezone.now()
    )
    url = (
        reads.recent(request.user.pk)
        .filter(pk=notification_id)
        .values_list("url", flat=True)
        .first()
    )
    return redirect(
        url if url and url_has_allowed_host_and_scheme(url, None) else "notifications"
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def profile(request: MemberRequest) -> HttpResponse:
    user = request.user
    known = {name: getattr(user, name) for name in ("first_name", "last_name", "phone")}
    form = ProfileForm(
        user, request.POST or None, initial=known | {"home_branch": user.home_branch_id}
    )
    if request.method == "POST" and form.is_valid():
        try:
            change_profile(user_id=user.pk, now=timezone.now(), **form.changes())
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, "Saved.")
            return redirect("profile")
    status = 422 if request.method == "POST" else 200
    muted = reads.muted_topics(user.pk)
    topics = [
        {"name": one.name, "label": one.label, "wanted": one.name not in muted}
        for one in notice_kinds.topics()
    ]
    context = {"section": "profile", "form": form, "topics": topics}
    return render(request, "core/profile.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def pin(request: MemberRequest) -> HttpResponse:
    form = PinForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            own = request.user.pk
            set_pin(
                user_id=own,
                pin=form.cleaned_data["pin"],
                actor_id=own,
                now=timezone.now(),
            )
        except Invalid as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, "Your PIN is set.")
            return redirect("profile")
    status = 422 if request.method == "POST" else 200
    return render(
        request, "core/pin.html", {"section": "profile", "form": form}, status=status
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def email(request: MemberRequest) -> HttpResponse:
    """One's address: one a person, changed with the password."""
    form = EmailForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid() and _address_changed(request, form):
        return redirect("profile")
    status = 422 if request.method == "POST" else 200
    return render(
        request, "core/email.html", {"section": "profile", "form": form}, status=status
    )


def _address_changed(request: MemberRequest, form: EmailForm) -> bool:
    own, address = request.user.pk, form.cleaned_data["email"]
    now = timezone.now()
    throttle.hit(
        f"email:{own}", allowed=5, window=timedelta(hours=1), now=now
    )  # nobody tries whose addresses are known
    try:
        user = change_email(user_id=own, email=address, actor_id=own, now=now)
    except Invalid as refusal:
        add_errors(form, refusal)
        return False
    except EmailTaken as refusal:
        form.add_error("email", refusal.message)
        return False
    update_session_auth_hash(request, user)  # stay logged in here
    messages.success(request, "Saved. Log in with this address from now on.")
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def username(request: MemberRequest) -> HttpResponse:
    """The other name to log in with, made of the address when somebody joins."""
    form = UsernameForm(
        request.user, request.POST or None, initial={"username": request.user.username}
    )
    if (
        request.method == "POST"
        and form.is_valid()
        and _username_changed(request, form)
    ):
        return redirect("profile")
    status = 422 if request.method == "POST" else 200
    return render(
        request,
        "core/username.html",
        {"section": "profile", "form": form},
        status=status,
    )


def _username_changed(request: MemberRequest, form: UsernameForm) -> bool:
    own, name = request.user.pk, form.cleaned_data["username"]
    try:
        user = change_username(
            user_id=own, username=name, actor_id=own, now=timezone.now()
        )
    except Invalid as refusal:
        add_errors(form, refusal)
        return False
    except UsernameTaken as refusal:
        form.add_error("username", refusal.message)
        return False
    update_session_auth_hash(request, user)  # stay logged in here
    messages.success(request, f"Saved. Your username is {user.username}.")
    return True


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the device says; kept in a cookie, so that it holds before
    log-in too."""
    answer = redirect("profile" if request.user.is_authenticated else "/")
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        answer.set_cookie(
            "theme",
            chosen,
            max_age=A_YEAR,
            samesite="Lax",
            httponly=True,
            secure=request.is_secure(),
        )
    else:
        answer.delete_cookie("theme")
    return answer


@require_safe
@staff_page
def styleguide(request: MemberRequest) -> HttpResponse:
    return render(
        request, "core/styleguide.html", {"section": "styleguide", **guide.context()}
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django takes a session that could not be saved for one that was deleted."""
    if isinstance(exception, RequestDataTooBig):
        return render(request, "413.html", status=413)
    refusal = outages.noted(request, exception)
    return (
        outage_response(request, refusal)
        if refusal
        else render(request, "400.html", status=400)
    )


def failed(request: HttpRequest) -> HttpResponse:
    """What nobody has handled, in a page or around it; called while it is being
    handled."""
    refusal = outages.noted(request, sys.exc_info()[1])
    return outage_response(request, refusal) if refusal else server_error(request)


def too_many(
    request: HttpRequest, exception: DomainError | None = None
) -> HttpResponse:
    return render(request, "429.html", status=429)
