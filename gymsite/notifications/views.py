"""The page of notifications."""

from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from gymsite.core.pagination import keyset_page
from gymsite.core.periods import when
from gymsite.notifications import queries as reads
from gymsite.notifications.operations import mark_all_read, mark_read
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest

PAGE_SIZE = 20


@require_safe
@member_page
def notifications(request: MemberRequest) -> HttpResponse:
    """The unread messages that fit come first, then the page of read ones."""
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
    return render(request, "notifications/notifications.html", context)


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
    """Mark one message as read and go where it leads."""
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
