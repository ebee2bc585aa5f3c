"""Enrolling in a plan and ending a membership."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from gymsite.core import errors, row_locks
from gymsite.core.batches import each_row
from gymsite.core.models import Branch, User
from gymsite.core.operations.events import record
from gymsite.core.periods import day_name
from gymsite.payments.models import Payment
from gymsite.payments.operations import (
    DESK,
    GivenBack,
    begin,
    gateway_named,
    hold_payment,
    pay,
)
from gymsite.payments.queries.bought import Bought
from memberships.errors import (
    ONE_BASE,
    AlreadyMember,
    MembershipNotEnded,
    PlanNotOnSale,
)
from memberships.event_kinds import MembershipEvent
from memberships.models import LIVE, Allowance, BillingPeriod, Membership, Plan
from memberships.models.terms import Terms
from memberships.queries import base_of
from memberships.rules import billed_until

PURPOSE = "membership"
# somebody ended it before end_expired did
QUICKER = (MembershipNotEnded,)


def enroll(
    *,
    member_id: int,
    plan_id: int,
    branch_id: int | None = None,
    gateway: str = "desk",
    source: str = "",
    actor_id: int,
    now: datetime,
) -> Membership:
    """Start a plan for a member today and ask for its first price.

    Raises PlanNotOnSale, AlreadyMember (one base membership at a time),
    PaymentDeclined, PaymentUnderWay. The desk leaves the payment to be taken there and
    the membership starts at once; by card it starts when that has paid, so this is not
    to be called inside a transaction then.
    """
    gateway_named(gateway)
    with transaction.atomic():
        member, plan, branch = _judged(member_id, plan_id, branch_id)
        if gateway == DESK or not plan.price_minor:
            return _start(member, plan, branch, None, actor_id, now)
        wish = {"plan": plan.pk, "branch": branch.pk, "actor": actor_id}
        payment = _begin(
            f"member {member.pk}", member.pk, branch.pk, plan, gateway, now, wish
        )
    return pay(payment, source=source, now=now)


def _judged(
    member_id: int, plan_id: int, branch_id: int | None
) -> tuple[User, Plan, Branch]:
    """Before any money moves, and again when it has; the constraint has the last word.

    Account, plan and branch are held as they are now: whoever closes or withdraws one
    finds what was written. The branch is the plan's own, the one asked for, or the
    member's home.
    """
    member = row_locks.key_shared(User.objects.filter(pk=member_id, is_active=True))
    plan = row_locks.shared(Plan.objects.filter(pk=plan_id))
    if plan is None or not plan.is_on_sale:
        raise PlanNotOnSale(remedy="Choose one of the plans on sale.")
    if member is None:
        raise errors.NotFound("There is no such member.")
    if plan.is_base and (standing := base_of(member_id)):
        raise AlreadyMember(
            f"You have a membership already. It is {standing.plan_name}.",
            remedy=ONE_BASE,
        )
    wanted = plan.branch_id or branch_id or member.home_branch_id
    branches = Branch.objects.filter(is_active=True)
    branch = row_locks.shared(branches.filter(pk=wanted) if wanted else branches)
    if branch is None:
        raise errors.Invalid({"branch": ["There is no such branch."]})
    return member, plan, branch


def _begin(
    thing: str,
    member_id: int,
    branch_id: int,
    terms: Terms,
    gateway: str,
    now: datetime,
    wish: Any = None,
) -> Payment:
    return begin(
        purpose=PURPOSE,
        thing=thing,
        branch_id=branch_id,
        member_id=member_id,
        amount_minor=terms.price_minor,
        currency=terms.currency,
        gateway=gateway,
        wish=wish,
        now=now,
    )


class MembershipPurpose:
    """How a payment by card starts a membership (payments.operations.Purpose)."""

    def hold(self, payment_id: int) -> Payment:
        return hold_payment(payment_id)

    def settle(self, payment: Payment, now: datetime) -> Membership:
        """Judge again, since the card took its time. Raises what ``enroll`` does."""
        wish = payment.wish
        member, plan, branch = _judged(payment.member_id, wish["plan"], wish["branch"])
        if (plan.price_minor, plan.currency) != (
            payment.amount_minor,
            payment.currency,
        ):
            raise PlanNotOnSale(
                "The price has changed while you paid.",
                remedy="Look at the plan again.",
            )
        return _start(member, plan, branch, payment, wish["actor"], now)

    def let_go(self, payment: Payment, now: datetime) -> None:
        """Nothing waits for it."""

    def found(self, payment: Payment) -> Membership:
        return payment.billing_period.membership

    def refundable(self, payment: Payment, amount_minor: int) -> None:
        """However much: it stands until it is ended."""

    def gave_back(self, payment: Payment, back: GivenBack, now: datetime) -> None:
        record(
            MembershipEvent.PAYMENT_REFUNDED,
            self.found(payment),
            at=now,
            actor_id=back.actor_id,
            amount_minor=back.amount_minor,
            reason=back.reason,
        )

    def bought(self, payments: Sequence[Payment]) -> dict[int, Bought]:
        periods = BillingPeriod.objects.filter(payment__in=payments)
        rows = periods.values_list("payment_id", "membership__plan_name", "starts_on")
        return {
            key: Bought(f"{plan}, from {day_name(starts_on)} {starts_on.year}")
            for key, plan, starts_on in rows
        }


def _start(
    member: User,
    plan: Plan,
    branch: Branch,
    payment: Payment | None,
    actor_id: int,
    now: datetime,
) -> Membership:
    """``payment`` is the card's that paid it; None: it is to be taken at the desk.

    The caller has a transaction open.
    """
    today = branch.today(now)
    membership = Membership(
        **plan.as_sold(),
        branch=branch,
        member=member,
        starts_on=today,
        ends_on=None
        if plan.is_base
        else today + timedelta(days=(plan.valid_days or 1) - 1),
        created_at=now,
    )
    with errors.refusals():
        membership.save(force_insert=True)
    if membership.ends_on and plan.classes:  # a pack
        Allowance.objects.create(
            branch=branch,
            membership=membership,
            starts_on=today,
            ends_on=membership.ends_on,
            granted=plan.classes,
        )
    _bill(membership, payment, now)
    record(
        MembershipEvent.ENROLLED,
        membership,
        at=now,
        actor_id=actor_id,
        plan=plan.name,
    )
    return membership


def _bill(membership: Membership, payment: Payment | None, now: datetime) -> None:
    """The first period, with its payment; a free one has none."""
    if payment is None and membership.price_minor:
        thing = f"membership {membership.pk}"
        payment = _begin(
            thing, membership.member_id, membership.branch_id, membership, DESK, now
        )
    BillingPeriod.objects.create(
        branch_id=membership.branch_id,
        membership=membership,
        starts_on=membership.starts_on,
        ends_on=membership.ends_on
        or billed_until(membership.period, membership.starts_on),
        amount_minor=membership.price_minor,
        currency=membership.currency,
        payment=payment,
    )


@transaction.atomic
def end_membership(
    *,
    membership_id: int,
    member_id: int | None = None,
    actor_id: int | None,
    reason: str = "",
    now: datetime,
) -> Membership:
    """End a membership with today; what was booked stays booked.

    With ``member_id`` only that member's own.
    """
    rows = Membership.objects.select_for_update(
        of=("self",), no_key=True
    ).select_related("branch")
    rows = rows.filter(member_id=member_id) if member_id else rows
    membership = rows.filter(pk=membership_id).first()
    if membership is None:
        raise errors.NotFound("There is no such membership.")
    if membership.status not in LIVE:
        raise MembershipNotEnded(
            f"This membership is {membership.get_status_display().lower()} already."
        )
    today = membership.branch.today(now)
    membership.status, membership.ended_at = Membership.Status.ENDED, now
    last = max(today, membership.starts_on)
    membership.ends_on = min(last, membership.ends_on) if membership.ends_on else last
    membership.save(update_fields=["status", "ended_at", "ends_on"])
    record(
        MembershipEvent.MEMBERSHIP_ENDED,
        membership,
        at=now,
        actor_id=actor_id,
        plan=membership.plan_name,
        reason=reason,
    )
    return membership


def end_expired(*, now: datetime) -> int:
    """End every membership whose last day has passed at its branch; how many."""

    def end(membership_id: int) -> None:
        end_membership(
            membership_id=membership_id,
            actor_id=None,
            reason="Its time was up.",
            now=now,
        )

    over: list[int] = []
    for branch in Branch.objects.all():
        today = branch.today(now)
        # memberships_of_branch
        expired = Membership.objects.filter(
            branch=branch, status__in=LIVE, ends_on__lt=today
        )
        over += expired.values_list("pk", flat=True)
    done = each_row("memberships.end_expired", over, end, now=now, over=QUICKER)
    return len(done.values)
