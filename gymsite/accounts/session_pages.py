"""The list of one's own sessions, in browsers and through the API, and ending them."""

import re
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from gymsite.core.operations.sessions import end_one
from gymsite.core.operations.sessions import end_others as end_all_others
from gymsite.core.periods import when
from gymsite.core.queries.sessions import Live, live
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest

# The first match wins: those above also send the names of those further down.
BROWSERS = (
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrom(e|ium)/|CriOS/"),
    ("Safari", r"Safari/"),
)
SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("Mac", r"Mac OS X|Macintosh"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux"),
)


@require_safe
@member_page
def sessions(request: MemberRequest) -> HttpResponse:
    branch = request.user.home_branch
    zone = branch.zone if branch else ZoneInfo("UTC")
    found = live(
        request.user.pk, this=request.session.session_key or "", now=timezone.now()
    )
    shown = [_shown(one, zone) for one in found]
    context = {
        "section": "profile",
        "sessions": shown,
        "others": sum(not one.is_this for one in found),
    }
    return render(request, "accounts/sessions.html", context)


def _shown(one: Live, zone: ZoneInfo) -> dict[str, object]:
    return {
        "key": one.key,
        "is_this": one.is_this,
        "is_api": one.is_api,
        "name": client_name(one.client),
        "began": when(one.began_at, zone) if one.began_at else "",
        "used": when(one.used_at, zone)
        if one.used_at and one.used_at != one.began_at
        else "",
    }


def client_name(user_agent: str) -> str:
    """What a client calls itself, in a few words: ``Firefox on Linux``.

    A program that is no browser is known by its own first word.
    """
    browser = next((name for name, mark in BROWSERS if re.search(mark, user_agent)), "")
    system = next((name for name, mark in SYSTEMS if re.search(mark, user_agent)), "")
    if browser:
        return f"{browser} on {system}" if system else browser
    return user_agent.partition(" ")[0][:60] or "Unknown device"


@require_POST
@member_page
def end(request: MemberRequest) -> HttpResponse:
    """End one of one's own sessions; ending this browser's own logs it out."""
    if end_one(
        user_id=request.user.pk,
        key=request.POST.get("session", "")[:80],
        now=timezone.now(),
    ):
        messages.success(request, "Logged out there.")
    return redirect("sessions")


@require_POST
@member_page
def end_others(request: MemberRequest) -> HttpResponse:
    end_all_others(
        user_id=request.user.pk,
        but=request.session.session_key or "",
        now=timezone.now(),
    )
    messages.success(request, "Logged out everywhere else.")
    return redirect("sessions")
