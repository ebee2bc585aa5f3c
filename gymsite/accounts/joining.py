"""Joining on the pages with an address that a mailed code confirms.

Nobody learns whether an address has an account: each step looks, answers and takes as
long as for a new one, and there is no account before the code. Whoever has one already
gets a mail that says so instead of a code.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.password_reset import get_reset_password_url
from allauth.account.internal.flows.signup import complete_signup
from allauth.account.models import EmailAddress
from allauth.account.utils import get_next_redirect_url
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.views.decorators.http import require_http_methods

from gymsite.accounts.forms import JoinCodeForm
from gymsite.core import throttle, tokens
from gymsite.core.errors import DomainError, Invalid, TooMany
from gymsite.core.models import User
from gymsite.core.operations import log_in_limits, users
from gymsite.core.text import tidy_email
from gymsite.web.forms import add_errors
from gymsite.web.http import client_address

KEPT = "joining"
LASTS = timedelta(minutes=15)
TRIES = 5
MAILS = 5  # to one address in an hour


def begin(request: HttpRequest, typed: dict[str, Any]) -> HttpResponse:
    """Mail a code, or that there is an account, and lead to where the code is typed;
    raises TooMany."""
    now, email = timezone.now(), tidy_email(typed["email"])
    log_in_limits.check_registering(
        log_in_limits.Origin(client_address(request)), now=now
    )
    code = f"{secrets.randbelow(1_000_000):06}"
    request.session[KEPT] = {
        "id": tokens.new(),
        "email": email,
        "first_name": typed.get("first_name", ""),
        "password": make_password(typed["password1"]),
        "code": _sealed(code),
        "next": get_next_redirect_url(request) or "",
        "until": (now + LASTS).isoformat(),
    }
    _mail(request, email, code, now)
    return redirect("join-code")


def _sealed(code: str) -> str:
    return salted_hmac("gymsite.joining", code, algorithm="sha256").hexdigest()


def _mail(request: HttpRequest, email: str, code: str, now: datetime) -> None:
    key = f"join-mail:{tokens.digest(email).hex()[:32]}"
    if throttle.count(key, window=timedelta(hours=1), now=now)[0] > MAILS:
        return
    if User.objects.filter(email=email).exists():
        about = {"password_reset_url": get_reset_password_url(request)}
        get_adapter().send_mail("account/email/account_already_exists", email, about)
    else:
        get_adapter().send_mail("account/email/join_code", email, {"code": code})


@require_http_methods(["GET", "HEAD", "POST"])
def join_code(request: HttpRequest) -> HttpResponse:
    """Where the code is typed; the right one makes the account and logs in."""
    kept, now = request.session.get(KEPT), timezone.now()
    if (
        kept is None
        or request.user.is_authenticated
        or now > datetime.fromisoformat(kept["until"])
    ):
        return redirect("account_signup")
    form = JoinCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _joined(request, kept, form.cleaned_data["code"], now)
        except TooMany:
            del request.session[KEPT]
            raise
        except DomainError as refusal:
            add_errors(form, refusal)
    status = 422 if request.method == "POST" else 200
    return render(
        request,
        "account/join_code.html",
        {"form": form, "email": kept["email"]},
        status=status,
    )


def _joined(
    request: HttpRequest, kept: dict[str, str], code: str, now: datetime
) -> HttpResponse:
    """Make the account and log in; raises Invalid, or TooMany after five."""
    throttle.hit(f"join:{kept['id']}", allowed=TRIES, window=LASTS, now=now)
    if not constant_time_compare(kept["code"], _sealed(code)):
        raise _wrong()
    try:
        user = _registered(kept, now)
    # somebody else was quicker, or guessed a code that was never mailed
    except users.EmailTaken:
        raise _wrong() from None
    del request.session[KEPT]
    user.__dict__["is_new"] = True  # account/messages/logged_in.txt looks
    return complete_signup(request, user=user, redirect_url=kept["next"] or None)


def _wrong() -> Invalid:
    return Invalid({"code": ["That is not the code that we mailed last."]})


@transaction.atomic
def _registered(kept: dict[str, str], now: datetime) -> User:
    user = users.register_user(
        username=users.username_for(kept["email"]),
        email=kept["email"],
        hashed=kept["password"],
        first_name=kept["first_name"],
        now=now,
    )
    EmailAddress.objects.create(
        user=user, email=user.email, primary=True, verified=True
    )
    return user
