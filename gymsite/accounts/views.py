"""Notifications, the profile, and pages about the site itself."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from gymsite.accounts.forms import EmailForm, PinForm, ProfileForm, UsernameForm
from gymsite.accounts.operations.credentials import (
    change_email,
    change_username,
    set_pin,
)
from gymsite.core.errors import EmailTaken, Invalid, UsernameTaken
from gymsite.core.models import User
from gymsite.core.operations.users import change_profile
from gymsite.notifications import notice_kinds
from gymsite.notifications import queries as reads
from gymsite.web.access import member_page
from gymsite.web.context import THEMES
from gymsite.web.forms import add_errors
from gymsite.web.http import MemberRequest

A_YEAR = 60 * 60 * 24 * 365


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
    return render(request, "accounts/profile.html", context, status=status)


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
        request,
        "accounts/pin.html",
        {"section": "profile", "form": form},
        status=status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def email(request: MemberRequest) -> HttpResponse:
    """One's address: one per person, changed with the password."""
    form = EmailForm(request.user, request.POST or None)
    said = "Saved. Log in with this address from now on."
    return _credential_page(request, "email", form, change_email, said)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def username(request: MemberRequest) -> HttpResponse:
    """The second log-in name, made from the address when somebody joins."""
    form = UsernameForm(
        request.user, request.POST or None, initial={"username": request.user.username}
    )
    said = "Saved. Your username is {}."
    return _credential_page(request, "username", form, change_username, said)


def _credential_page(
    request: MemberRequest,
    name: str,
    form: EmailForm | UsernameForm,
    change: Callable[..., User],
    said: str,
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        own, asked = request.user.pk, {name: form.cleaned_data[name]}
        try:
            user = change(user_id=own, **asked, actor_id=own, now=timezone.now())
        except Invalid as refusal:
            add_errors(form, refusal)
        except (EmailTaken, UsernameTaken) as refusal:
            form.add_error(name, refusal.message)
        else:
            update_session_auth_hash(request, user)  # stay logged in here
            messages.success(request, said.format(user.username))
            return redirect("profile")
    status = 422 if request.method == "POST" else 200
    context = {"section": "profile", "form": form}
    return render(request, f"accounts/{name}.html", context, status=status)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Choose light, dark, or the device's theme.

    A cookie keeps the choice, so that it holds before log-in too.
    """
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
