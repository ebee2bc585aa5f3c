"""Partners, and who acts for them."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from gymsite.backoffice import (
    BY_NAME,
    Action,
    ActionForm,
    BranchScoped,
    NamedField,
    ReasonForm,
    branch_filter,
    calling,
)
from gymsite.backoffice.forms import StaffForm
from gymsite.partners.models import Delegate, Partner, Sponsorship
from gymsite.partners.operations.partners import (
    add_delegate,
    remove_delegate,
    switch_partner,
)
from gymsite.partners.operations.sponsorships import sponsor_member


class DelegateForm(ActionForm):
    person = NamedField(
        of=Delegate._meta.get_field("user"),
        help_text="They see who is sponsored, and make the API keys.",
    )


def delegate(
    request: HttpRequest, row: Partner, given: dict[str, Any], now: datetime
) -> str:
    made = add_delegate(
        partner_id=row.pk,
        user_id=given["person"].pk,
        actor_id=request.user.pk,
        now=now,
    )
    return f"{made.user} acts for {row} now."


class SponsorForm(ActionForm):
    member = NamedField(
        of=Sponsorship._meta.get_field("member"), help_text="The member is told."
    )


def sponsor(
    request: HttpRequest, row: Partner, given: dict[str, Any], now: datetime
) -> str:
    made = sponsor_member(
        partner_id=row.pk,
        member_id=given["member"].pk,
        actor_id=request.user.pk,
        now=now,
    )
    return f"{row} sponsors {made.member} now."


@admin.register(Partner)
class PartnerAdmin(BranchScoped):
    slug_route = "partner"
    keyset = BY_NAME
    list_display = ("name", "contact_email", "branch", "is_active")
    list_filter = ("is_active", branch_filter())
    list_select_related = ("branch",)
    search_fields = ("name", "slug", "contact_email")
    readonly_fields = ("is_active",)
    row_actions = (
        Action("sponsor", "Sponsor a member", sponsor, form=SponsorForm, single=True),
        Action(
            "delegate",
            "Let somebody act for it",
            delegate,
            form=DelegateForm,
            single=True,
        ),
        Action(
            "off",
            "Switch it off",
            calling(
                switch_partner, "partner_id", lambda row, _: f"{row} is off.", on=False
            ),
            form=ReasonForm,
            single=True,
            explain="Its API keys open nothing. Who is sponsored stays so.",
        ),
        Action(
            "on",
            "Switch it on again",
            calling(
                switch_partner, "partner_id", lambda row, _: f"{row} is on.", on=True
            ),
            form=ReasonForm,
            single=True,
        ),
    )

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Partner | None = None
    ) -> dict[str, tuple[str, ...]]:
        return {} if obj else {"slug": ("name",)}

    def save_model(
        self, request: HttpRequest, obj: Partner, form: StaffForm, change: bool
    ) -> None:
        if not change:
            obj.created_at = timezone.now()
        super().save_model(request, obj, form, change)


def _remove(
    request: HttpRequest, row: Delegate, given: dict[str, Any], now: datetime
) -> str:
    ended = remove_delegate(
        partner_id=row.partner_id,
        user_id=row.user_id,
        actor_id=request.user.pk,
        now=now,
    )
    return f"{row.user} acts for {row.partner} no more; API keys ended: {ended}."


@admin.register(Delegate)
class DelegateAdmin(BranchScoped):
    branch_path = "partner__branch_id"
    list_display = ("user", "partner", "since")
    list_select_related = ("user", "partner")
    links = ("partner__id__exact",)
    row_actions = (
        Action(
            "remove",
            "Act for it no more",
            _remove,
            explain="The API keys that they made end too, since they know them.",
            removes=True,
        ),
    )
