"""Pages where a person chooses which mail to get.

They are the link in each mail, and the switches on the profile.
"""

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from gymsite.core.errors import NotFound
from gymsite.core.models import User
from gymsite.notifications.mail_message import read_off
from gymsite.notifications.notice_kinds import topics
from gymsite.notifications.operations import choose_mail, stop_mail
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest


# a mail program posts here (RFC 8058); the signed address is its proof
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def mail_off(request: HttpRequest, token: str) -> HttpResponse:
    """Stop mail about a topic, for whoever has the mail.

    Looking at the page alone stops nothing.
    """
    try:
        user_id, name = read_off(token)
    except signing.BadSignature:
        raise NotFound(
            "This link is not whole.",
            remedy="Copy all of it, or log in and open your profile.",
        ) from None
    topic = next((one for one in topics() if one.name == name), None)
    if topic is None or not User.objects.filter(pk=user_id).exists():
        raise NotFound("There is nothing to stop any more.")
    if request.method == "POST":
        stop_mail(user_id=user_id, topic=name, now=timezone.now())
    context = {"topic": topic, "stopped": request.method == "POST"}
    return render(request, "notifications/mail_off.html", context)


@require_POST
@member_page
def choose(request: MemberRequest) -> HttpResponse:
    choose_mail(
        user_id=request.user.pk,
        topics=set(request.POST.getlist("topic")),
        now=timezone.now(),
    )
    messages.success(request, "Saved.")
    return redirect("profile")
