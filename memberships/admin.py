"""Plans, who holds them, and the money for them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from gymsite.backoffice import (
    Action,
    ActionForm,
    BranchScoped,
    MemberSearched,
    branch_filter,
    offer,
    reason_for,
)
from gymsite.core import money
from gymsite.core.models import User
from memberships.models import Allowance, BillingPeriod, Membership, Plan, Terms
from memberships.operations import memberships as operations
from memberships.queries import base_of, included_classes


@admin.register(Plan)
class PlanAdmin(BranchScoped):
    shares_brandwide = True
    slug_route = "plan"
    keyset = ("rank", "id")
    list_display = (
        "name",
        "kind",
        "price",
        "period",
        "included",
        "branch",
        "is_on_sale",
    )
    list_filter = ("kind", "is_on_sale")
    list_select_related = ("branch",)
    search_fields = ("name", "slug")
    fields = (
        "name",
        "slug",
        "summary",
        *(field.name for field in Terms._meta.fields),
        "branch",
        "is_on_sale",
        "rank",
    )
    prepopulated_fields = {"slug": ("name",)}

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Plan | None = None
    ) -> dict[str, Sequence[str]]:
        return {} if obj else self.prepopulated_fields

    @admin.display(description="classes")
    def included(self, obj: Plan) -> str:
        return included_classes(obj)

    @admin.display(description="price")
    def price(self, obj: Plan) -> str:
        return money.shown(obj.price_minor, obj.currency)


def end(
    request: HttpRequest, row: Membership, given: dict[str, Any], now: datetime
) -> str:
    ended = operations.end_membership(
        membership_id=row.pk, actor_id=request.user.pk, reason=given["reason"], now=now
    )
    return f"{ended.plan_name} of {row.member} ended with {ended.ends_on:%d %b %Y}."


def what_ends(rows: Sequence[Membership], now: datetime) -> dict[str, Any]:
    return {
        "Memberships": ", ".join(
            f"{row.plan_name} of {row.member}, {row.get_status_display()}"
            for row in rows
        )
    }


class EnrollForm(ActionForm):
    plan = forms.ModelChoiceField(Plan.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        visible = self.model_admin.admin_site.get_model_admin(Plan).get_queryset(
            self.request
        )
        self.fields["plan"].queryset = visible.filter(is_on_sale=True)


def enroll(
    request: HttpRequest, row: User, given: dict[str, Any], now: datetime
) -> str:
    """Its branch is the plan's, else the staff member's, else the member's."""
    membership = operations.enroll(
        member_id=row.pk,
        plan_id=given["plan"].pk,
        branch_id=request.user.home_branch_id,
        actor_id=request.user.pk,
        now=now,
    )
    return (
        f"{row} has {given['plan']} from {membership.starts_on:%d %b %Y}. Take the "
        "payment under Payments."
    )


def standing(rows: Sequence[User], now: datetime) -> dict[str, Any]:
    (row,) = rows
    base = base_of(row.pk)
    return {
        "Stands now": f"{base.plan_name}, {base.get_status_display()}"
        if base
        else "no membership"
    }


offer(
    User,
    Action(
        "enroll",
        "Enrol in a plan",
        enroll,
        form=EnrollForm,
        facts=standing,
        single=True,
    ),
)


@admin.register(Membership)
class MembershipAdmin(MemberSearched):
    list_display = (
        "id",
        "member",
        "plan_name",
        "status",
        "starts_on",
        "ends_on",
        "branch",
    )
    list_filter = ("status", branch_filter())
    list_select_related = ("member", "branch")
    fields = (
        *(
            "branch",
            "member",
            "status",
            "starts_on",
            "ends_on",
            "created_at",
            "ended_at",
            "plan",
            "plan_name",
        ),
        *("only_branch", *(field.name for field in Terms._meta.fields), "is_base"),
    )
    row_actions = (
        Action(
            "end",
            "End the membership",
            end,
            form=reason_for("Kept in the member's history."),
            facts=what_ends,
            explain="It ends with today. What is booked stays booked.",
            loses=True,
        ),
    )


@admin.register(Allowance)
class AllowanceAdmin(BranchScoped):
    list_display = ("id", "membership", "starts_on", "ends_on", "used", "granted")
    list_select_related = ("membership", "branch")
    links = ("membership__id__exact",)


@admin.register(BillingPeriod)
class BillingPeriodAdmin(BranchScoped):
    list_display = (
        "id",
        "membership",
        "starts_on",
        "ends_on",
        "amount",
        "payment",
        "branch",
    )
    list_select_related = ("membership__plan", "payment", "branch")
    links = ("membership__id__exact", "payment__id__exact")

    @admin.display(description="amount")
    def amount(self, obj: BillingPeriod) -> str:
        return money.shown(obj.amount_minor, obj.currency)
