"""Plans, who holds them, and the money for them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from gymsite.backoffice import (
    Action,
    ActionForm,
    BranchScoped,
    MemberSearched,
    branch_filter,
    calling,
    offer,
    reason_for,
)
from gymsite.core import money
from gymsite.core.models import Branch, User
from gymsite.core.periods import local_day, months_before
from memberships.models import Allowance, BillingPeriod, Membership, Plan, Terms
from memberships.operations import memberships as operations
from memberships.queries import base_of, included_classes
from memberships.queries.analytics import member_months


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


def months_view(model_admin: Any) -> Callable[[HttpRequest], HttpResponse]:
    """Members by month, of the last year or as far back as is asked."""

    def view(request: HttpRequest) -> HttpResponse:
        user, site = request.user, model_admin.admin_site
        if not user.has_perm("memberships.report_membership"):
            raise PermissionDenied
        form = MonthsForm(request, site)
        asked = form.asked() if form.is_valid() else None
        context = site.each_context(request) | {
            "title": "Members by month",
            "form": form,
            "columns": ("Month", "Joined", "Members", "Gone"),
            "months": [
                (f"{row.month:%B %Y}", row.joined, row.active, row.churned)
                for row in reversed(member_months(**asked) if asked else [])
            ],
            "opts": model_admin.opts,
            "media": model_admin.media + form.media,
        }
        return TemplateResponse(
            request,
            "admin/memberships/months.html",
            context,
            status=200 if asked else 422,
        )

    return view


class MonthsForm(forms.Form):
    back = forms.TypedChoiceField(
        choices=[(12, "A year"), (24, "Two years"), (36, "Three years")],
        coerce=int,
        label="How far back",
    )
    branch = forms.ModelChoiceField(
        Branch.objects.none(), required=False, empty_label="All"
    )

    def __init__(self, request: HttpRequest, site: Any) -> None:
        super().__init__(request.GET if "back" in request.GET else {"back": 12})
        self.everything = request.user.sees_all_branches
        self.seen = site.get_model_admin(Branch).get_queryset(request)
        self.fields["branch"].queryset = self.seen

    def asked(self) -> dict[str, Any]:
        branch = self.cleaned_data["branch"]
        today = local_day(timezone.now(), timezone.get_current_timezone())
        branches = [branch.pk] if branch else self.seen.values_list("pk", flat=True)
        return {
            "branch_ids": list(branches),
            "unplaced": self.everything and not branch,
            "first": months_before(today, self.cleaned_data["back"] - 1),
            "last": today,
            "today": today,
        }


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

    def get_urls(self) -> list:
        view = self.admin_site.admin_view(months_view(self))
        return [path("months/", view, name="memberships_months"), *super().get_urls()]

    row_actions = (
        Action(
            "end",
            "End the membership",
            calling(
                operations.end_membership,
                "membership_id",
                lambda row, ended: (
                    f"{ended.plan_name} of {row.member} ended with "
                    f"{ended.ends_on:%d %b %Y}."
                ),
            ),
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
