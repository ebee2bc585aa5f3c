"""Joining on the pages with an address that a mailed code confirms.

The browser's session keeps what was entered until the code is typed.
"""

from typing import Any

from allauth.account.internal.flows.signup import complete_signup
from allauth.account.utils import get_next_redirect_url
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from gymsite.accounts.forms import JoinCodeForm
from gymsite.accounts.operations.joining import Joining, begin_joining, finish_joining
from gymsite.core.errors import DomainError, TooMany
from gymsite.web.forms import add_errors
from gymsite.web.http import client_address

KEPT, NEXT = "join", "join-next"


def begin(request: HttpRequest, typed: dict[str, Any]) -> HttpResponse:
    """Mail a code or a word about the existing account, then ask for the code.

    Raises TooMany.
    """
    joining = begin_joining(
        email=typed["email"],
        password=typed["password1"],
        first_name=typed.get("first_name", ""),
        address=client_address(request),
        now=timezone.now(),
    )
    request.session[KEPT] = joining.kept()
    request.session[NEXT] = get_next_redirect_url(request) or ""
    return redirect("join-code")


@require_http_methods(["GET", "HEAD", "POST"])
def join_code(request: HttpRequest) -> HttpResponse:
    """The page for typing the code; the right code makes the account and logs in."""
    kept = request.session.get(KEPT)
    if kept is None or request.user.is_authenticated:
        return redirect("account_signup")
    joining, form = Joining(**kept), JoinCodeForm(request.POST or None)
    if joining.is_over(timezone.now()):
        return redirect("account_signup")
    if request.method == "POST" and form.is_valid():
        try:
            return _joined(request, joining, form.cleaned_data["code"])
        except TooMany:
            del request.session[KEPT]
            raise
        except DomainError as refusal:
            add_errors(form, refusal)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "email": joining.said["email"]}
    return render(request, "account/join_code.html", context, status=status)


def _joined(request: HttpRequest, joining: Joining, code: str) -> HttpResponse:
    user = finish_joining(joining=joining, code=code, now=timezone.now())
    del request.session[KEPT]
    user.__dict__["is_new"] = True  # account/messages/logged_in.txt looks
    next_page = request.session.pop(NEXT, "")
    return complete_signup(request, user=user, redirect_url=next_page or None)
