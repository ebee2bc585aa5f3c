"""What a partner's people see: whom it sponsors, and its API keys."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from gymsite.core.pagination import keyset_page
from gymsite.core.periods import when
from gymsite.partners.access import partner_page
from gymsite.partners.models import ApiKey, Partner, Scope
from gymsite.partners.queries import api_keys, sponsorships
from gymsite.partners.queries.partners import of_delegate
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest

SHOWN = 50


@require_safe
@member_page
def mine(request: MemberRequest) -> HttpResponse:
    """The partners that one acts for; of a single one its console."""
    found = list(of_delegate(request.user)[:SHOWN])
    if len(found) == 1:
        return redirect("partner", found[0].slug)
    return render(request, "partners/partners.html", {"partners": found})


@require_safe
@partner_page
def console(request: MemberRequest, partner: Partner) -> HttpResponse:
    after = request.GET.get("after", "")
    members = keyset_page(
        sponsorships.of_partner(partner.pk), ("-id",), cursor=after, limit=SHOWN
    )
    zone = partner.branch.zone
    context = {
        "partner": partner,
        "keys": _keys(partner, timezone.now()),
        "members": [
            {"name": str(one.member), "since": when(one.started_at, zone)}
            for one in members.items
        ],
        "next": members.next,
        "after": after,
        "newest": request.path,
    }
    return render(request, "partners/partner.html", context)


def _keys(partner: Partner, now: datetime) -> list[dict[str, Any]]:
    zone = partner.branch.zone
    return [
        {
            "id": one.pk,
            "name": one.name,
            "prefix": one.prefix,
            "opens": scopes_of(one),
            "used": when(one.last_used_at, zone) if one.last_used_at else "",
            "until": when(one.expires_at, zone) if one.expires_at else "",
        }
        for one in api_keys.of_partner(partner.pk)
        if one.expires_at is None or one.expires_at > now
    ]


def scopes_of(key: ApiKey) -> str:
    """What a key opens, in words."""
    return ", ".join(Scope(one).label.lower() for one in key.scopes)
