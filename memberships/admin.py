"""Plans, who holds them, and the money for them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, Sum
from django.http import HttpRequest

from gymsite.core import money
from gymsite.core.backoffice import (
    Act,
    ActForm,
    BranchScoped,
    Exported,
    Harmless,
    MemberSearched,
    branch_filter,
    month_filter,
    offer,
    reason_for,
)
from gymsite.core.backoffice.lists import KeysetChangeList
from gymsite.core.models import User

from .models import Allowance, LedgerEntry, Membership, Payment, Plan
from .operations import memberships as operations
from .operations.payments import take_payment
from .queries import base_of


@admin.register(Plan)
class PlanAdmin(BranchScoped):
    shares_brandwide = True
    keyset = ("rank", "id")
    list_display = ("name", "kind", "price", "period", "classes", "branch", "is_on_sale")
    list_filter = ("kind", "is_on_sale")
    list_select_related = ("branch",)
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}

    def get_prepopulated_fields(self, request: HttpRequest, obj: Plan | None = None) -> dict[str, Sequence[str]]:
        return {} if obj else self.prepopulated_fields

    @admin.display(description="price")
    def price(self, obj: Plan) -> str:
        return money.shown(obj.price_minor, obj.currency)


def end(request: HttpRequest, row: Membership, given: dict[str, Any], now: datetime) -> str:
    ended = operations.end_membership(membership_id=row.pk, actor_id=request.user.pk, reason=given["reason"], now=now)
    return f"{ended.plan.name} of {row.member} ended with {ended.ends_on:%d %b %Y}."


def what_ends(rows: Sequence[Membership], now: datetime) -> dict[str, Any]:
    return {"Memberships": ", ".join(f"{row.plan.name} of {row.member}, {row.get_status_display()}" for row in rows)}


class EnrollForm(ActForm):
    plan = forms.ModelChoiceField(Plan.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        visible = self.model_admin.admin_site.get_model_admin(Plan).get_queryset(self.request)
        self.fields["plan"].queryset = visible.filter(is_on_sale=True)


def enroll(request: HttpRequest, row: User, given: dict[str, Any], now: datetime) -> str:
    """The membership is the branch's where it is sold: the plan's, else the staff's own, else the member's."""
    membership = operations.enroll(
        member_id=row.pk,
        plan_id=given["plan"].pk,
        branch_id=request.user.home_branch_id,
        actor_id=request.user.pk,
        now=now,
    )
    return f"{row} has {given['plan']} from {membership.starts_on:%d %b %Y}. Take the payment under Payments."


def standing(rows: Sequence[User], now: datetime) -> dict[str, Any]:
    (row,) = rows
    base = base_of(row.pk)
    return {"Stands now": f"{base.plan.name}, {base.get_status_display()}" if base else "no membership"}


offer(User, Act("enroll", "Enrol in a plan", enroll, form=EnrollForm, facts=standing, single=True))


@admin.register(Membership)
class MembershipAdmin(MemberSearched):
    list_display = ("id", "member", "plan", "status", "starts_on", "ends_on", "branch")
    list_filter = ("status", branch_filter())
    list_select_related = ("member", "plan", "branch")
    acts = (
        Act(
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
    list_select_related = ("membership__plan", "branch")
    links = ("membership__id__exact",)


def take(request: HttpRequest, row: Payment, given: dict[str, Any], now: datetime) -> str:
    payment = take_payment(payment_id=row.pk, actor_id=request.user.pk, now=now)
    amount = money.shown(payment.amount_minor, payment.currency)
    return f"{amount} of {row.member}: {payment.get_status_display().lower()}."


def what_is_taken(rows: Sequence[Payment], now: datetime) -> dict[str, Any]:
    due = [row for row in rows if row.status == Payment.Status.PENDING]
    totals: dict[str, int] = {}
    for row in due:
        totals[row.currency] = totals.get(row.currency, 0) + row.amount_minor
    return {
        "Payments to be taken": len(due),
        "Amount": ", ".join(money.shown(amount, currency) for currency, amount in totals.items()) or "nothing",
        "Not to be taken any more": len(rows) - len(due),
    }


@admin.register(Payment)
class PaymentAdmin(MemberSearched):
    list_display = ("created_at", "member", "amount", "status", "gateway", "branch")
    list_filter = ("status", branch_filter())
    links = (*MemberSearched.links, "gateway__exact")
    acts = (
        Act(
            "take",
            "Take the payment at the desk",
            take,
            facts=what_is_taken,
            explain="Notes that the money was taken, in cash or by card, and enters it in the ledger.",
        ),
    )

    @admin.display(description="amount")
    def amount(self, obj: Payment) -> str:
        return money.shown(obj.amount_minor, obj.currency)


class LedgerList(KeysetChangeList):
    """With a branch and a month chosen, each entry says what the branch had taken in that month by then.

    One sum of what the filters choose up to the page's newest entry; the rest is subtraction.
    """

    def _show(self, rows: list[LedgerEntry]) -> None:
        if rows and self.params.get("month") and self._one_branch():
            sums = self.queryset.filter(pk__lte=rows[0].pk).order_by().values_list("currency")
            balances = dict(sums.annotate(Sum("amount_minor")))
            for row in rows:
                row.balance = balances[row.currency]
                balances[row.currency] -= row.amount_minor
        super()._show(rows)

    def _one_branch(self) -> bool:
        return bool(self.params.get("branch")) or not self.request.user.sees_all_branches


@admin.register(LedgerEntry)
class LedgerEntryAdmin(Exported, BranchScoped):
    list_display = ("at", "kind", "amount", "balance_shown", "payment", "branch")
    list_select_related = ("payment", "branch")
    list_filter = ("kind", month_filter("at"), branch_filter())
    links = ("payment__id__exact",)
    exported = {
        "id": F("id"),
        "at": F("at"),
        "branch": Harmless("branch__name"),
        "kind": F("kind"),
        "amount_minor": F("amount_minor"),
        "currency": F("currency"),
        "payment": F("payment_id"),
        "gateway": F("payment__gateway"),
        "reverses": F("reverses_id"),
    }

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return LedgerList

    @admin.display(description="amount")
    def amount(self, obj: LedgerEntry) -> str:
        return money.shown(obj.amount_minor, obj.currency)

    @admin.display(description="month so far", empty_value="–")
    def balance_shown(self, obj: LedgerEntry) -> str | None:
        balance = getattr(obj, "balance", None)
        return None if balance is None else money.shown(balance, obj.currency)
