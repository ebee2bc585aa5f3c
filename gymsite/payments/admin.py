"""Payments, taking one at the desk, and the ledger of all money."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import F, Sum
from django.http import HttpRequest

from gymsite.backoffice import (
    Action,
    AmountForm,
    BranchScoped,
    Exported,
    Harmless,
    MemberSearched,
    ReasonForm,
    branch_filter,
    calling,
    month_filter,
)
from gymsite.backoffice.lists import KeysetChangeList
from gymsite.core import money
from gymsite.payments.models import LedgerEntry, Payment, WebhookDelivery
from gymsite.payments.operations import refund_payment, take_payment
from gymsite.payments.operations.webhooks import settle_difference
from gymsite.payments.queries import what_is_left


def take(
    request: HttpRequest, row: Payment, given: dict[str, Any], now: datetime
) -> str:
    payment = take_payment(payment_id=row.pk, actor_id=request.user.pk, now=now)
    amount = money.shown(payment.amount_minor, payment.currency)
    return f"{amount} of {row.member}: {payment.get_status_display().lower()}."


def what_is_taken(rows: Sequence[Payment], now: datetime) -> dict[str, Any]:
    due = [row for row in rows if row.status == Payment.Status.PENDING]
    amounts = ((row.amount_minor, row.currency) for row in due)
    return {
        "Payments to be taken": len(due),
        "Amount": money.sums_shown(amounts) or "nothing",
        "Not to be taken any more": len(rows) - len(due),
    }


def refund(
    request: HttpRequest, row: Payment, given: dict[str, Any], now: datetime
) -> str:
    payment = refund_payment(
        payment_id=row.pk,
        amount_minor=given["amount_minor"],
        seen_minor=row.refunded_minor,
        actor_id=request.user.pk,
        reason=given["reason"],
        now=now,
    )
    back = money.shown(payment.refunded_minor - row.refunded_minor, payment.currency)
    return f"{back} goes back to {row.member}."


@admin.register(Payment)
class PaymentAdmin(MemberSearched):
    list_display = (
        "created_at",
        "member",
        "amount",
        "refunded",
        "status",
        "gateway",
        "branch",
    )
    list_filter = ("status", branch_filter())
    links = (*MemberSearched.links, "gateway__exact")
    row_actions = (
        Action(
            "take",
            "Take the payment at the desk",
            take,
            facts=what_is_taken,
            explain=(
                "Notes that the money was taken, in cash or by card, and enters it in "
                "the ledger."
            ),
        ),
        Action(
            "refund",
            "Give money back",
            refund,
            form=AmountForm,
            facts=lambda rows, now: what_is_left(rows[0]),
            single=True,
            loses=True,
            explain=(
                "By the way it was paid: a card gets it from its provider, at the desk "
                "you hand it over. The member is told, and reads the reason."
            ),
        ),
    )

    @admin.display(description="amount")
    def amount(self, obj: Payment) -> str:
        return money.shown(obj.amount_minor, obj.currency)

    @admin.display(description="given back")
    def refunded(self, obj: Payment) -> str:
        back = obj.refunded_minor
        return money.shown(back, obj.currency) if back else ""


class LedgerList(KeysetChangeList):
    """With a branch and a month, each entry says what had been taken by then.

    One sum of what the filters choose up to the page's newest entry; the rest is
    subtraction.
    """

    def _show(self, rows: list[LedgerEntry]) -> None:
        if rows and self.params.get("month") and self._one_branch():
            sums = (
                self.queryset.filter(pk__lte=rows[0].pk)
                .order_by()
                .values_list("currency")
            )
            balances = dict(sums.annotate(Sum("amount_minor")))
            for row in rows:
                row.balance = balances[row.currency]
                balances[row.currency] -= row.amount_minor
        super()._show(rows)

    def _one_branch(self) -> bool:
        return (
            bool(self.params.get("branch")) or not self.request.user.sees_all_branches
        )


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

    def get_changelist(
        self, request: HttpRequest, **kwargs: Any
    ) -> type[KeysetChangeList]:
        return LedgerList

    @admin.display(description="amount")
    def amount(self, obj: LedgerEntry) -> str:
        return money.shown(obj.amount_minor, obj.currency)

    @admin.display(description="month so far", empty_value="–")
    def balance_shown(self, obj: LedgerEntry) -> str | None:
        balance = getattr(obj, "balance", None)
        return None if balance is None else money.shown(balance, obj.currency)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(BranchScoped):
    """What is about no payment of ours is the whole brand's to see."""

    branch_path = "payment__branch_id"
    shares_brandwide = True
    list_display = ("received_at", "gateway", "kind", "payment", "outcome", "note")
    list_select_related = ("payment",)
    list_filter = ("outcome",)
    row_actions = (
        Action(
            "settle",
            "Settle the difference",
            calling(
                settle_difference, "delivery_id", lambda row, _: f"{row}: settled."
            ),
            form=ReasonForm,
            explain=(
                "Notes that what the provider took and what was asked for were put "
                "right, by the provider's own pages or at the desk. No money moves."
            ),
        ),
    )
