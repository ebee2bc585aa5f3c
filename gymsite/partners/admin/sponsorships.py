"""Who is sponsored."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from gymsite.backoffice import Action, MemberSearched, branch_filter
from gymsite.partners.models import Sponsorship
from gymsite.partners.operations.sponsorships import end_sponsorship


def end(
    request: HttpRequest, row: Sponsorship, given: dict[str, Any], now: datetime
) -> str:
    end_sponsorship(
        reference=row.reference,
        partner_id=row.partner_id,
        actor_id=request.user.pk,
        now=now,
    )
    return f"{row.partner} no longer sponsors {row.member}."


@admin.register(Sponsorship)
class SponsorshipAdmin(MemberSearched):
    list_display = ("member", "partner", "started_at", "ended_at", "branch")
    list_filter = (branch_filter(),)
    list_select_related = ("member", "partner", "branch")
    links = ("member__id__exact", "partner__id__exact")
    row_actions = (
        Action(
            "end",
            "End the sponsorship",
            end,
            explain="The member is told. Their membership goes on as it is.",
            loses=True,
        ),
    )
