"""Enrolling in a plan and ending a membership."""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from gymsite.core import errors
from gymsite.core.batches import each_row
from gymsite.core.models import Branch, User
from gymsite.core.operations.events import record
from gymsite.payments.errors import PaymentDeclined
from gymsite.payments.models import Payment
from gymsite.payments.operations import Charge, Outcome, enter_charge, gateway_named

from ..errors import ONE_BASE, AlreadyMember, MembershipNotEnded, PlanNotOnSale
from ..models import LIVE, Allowance, BillingPeriod, Membership, Plan
from ..queries import base_of
from ..rules import billed_until

QUICKER = (MembershipNotEnded,)  # what end_expired meets when somebody has ended it meanwhile


def enroll(
    *, member_id: int, plan_id: int, branch_id: int | None = None, gateway: str = "desk", actor_id: int, now: datetime
) -> Membership:
    """Start a plan for a member today and ask for its first price.

    Raises PlanNotOnSale, AlreadyMember (one base membership at a time), PaymentDeclined. The desk gateway leaves the
    payment to be taken at the desk; the membership starts at once.
    """
    plan = Plan.objects.filter(pk=plan_id).first()
    if plan is None or not plan.is_on_sale:
        raise PlanNotOnSale(remedy="Choose one of the plans on sale.")
    member = User.objects.select_related("home_branch").filter(pk=member_id, is_active=True).first()
    if member is None:
        raise errors.NotFound("There is no such member.")
    way = gateway_named(gateway)
    if plan.is_base and (standing := base_of(member_id)):  # before any money moves; the constraint has the last word
        raise AlreadyMember(f"You have a membership already. It is {standing.plan_name}.", remedy=ONE_BASE)
    branch = _branch_of(member, plan, branch_id)
    charge = way.charge(amount_minor=plan.price_minor, currency=plan.currency, member_id=member_id)
    if charge.outcome is Outcome.DECLINED:
        raise PaymentDeclined(remedy="Try another way to pay.")
    return _start(member, plan, branch, gateway, charge, actor_id, now)


def _branch_of(member: User, plan: Plan, branch_id: int | None) -> Branch:
    """Where the membership belongs: the plan's own branch, the one asked for, or the member's home."""
    wanted, home = plan.branch_id or branch_id or member.home_branch_id, member.home_branch
    if home and home.pk == wanted and home.is_active:
        return home
    branches = Branch.objects.filter(is_active=True)
    branch = branches.filter(pk=wanted).first() if wanted else branches.order_by("pk").first()
    if branch is None:
        raise errors.Invalid({"branch": ["There is no such branch."]})
    return branch


@transaction.atomic
def _start(
    member: User, plan: Plan, branch: Branch, gateway: str, charge: Charge, actor_id: int, now: datetime
) -> Membership:
    today = branch.today(now)
    membership = Membership(
        **plan.as_sold(),
        branch=branch,
        member=member,
        starts_on=today,
        ends_on=None if plan.is_base else today + timedelta(days=(plan.valid_days or 1) - 1),
        created_at=now,
    )
    with errors.refusals():
        membership.save(force_insert=True)
    if membership.ends_on and plan.classes and not plan.is_base:
        Allowance.objects.create(
            branch=branch,
            membership=membership,
            starts_on=today,
            ends_on=membership.ends_on,
            granted=plan.classes,
        )
    _record_payment(membership, gateway, charge, now)
    record("enrolled", membership, at=now, actor_id=actor_id, member_id=member.pk, branch_id=branch.pk, plan=plan.name)
    return membership


def _record_payment(membership: Membership, gateway: str, charge: Charge, now: datetime) -> Payment:
    paid = charge.outcome is Outcome.PAID
    payment = Payment.objects.create(
        branch_id=membership.branch_id,
        member_id=membership.member_id,
        status=Payment.Status.PAID if paid else Payment.Status.PENDING,
        amount_minor=membership.price_minor,
        currency=membership.currency,
        gateway=gateway,
        gateway_reference=charge.reference,
        created_at=now,
        paid_at=now if paid else None,
    )
    if paid:
        enter_charge(payment, now=now)
    BillingPeriod.objects.create(
        branch_id=membership.branch_id,
        membership=membership,
        starts_on=membership.starts_on,
        ends_on=membership.ends_on or billed_until(membership.period, membership.starts_on),
        amount_minor=membership.price_minor,
        currency=membership.currency,
        payment=payment,
    )
    return payment


@transaction.atomic
def end_membership(
    *, membership_id: int, member_id: int | None = None, actor_id: int | None, reason: str = "", now: datetime
) -> Membership:
    """End a membership with today; with ``member_id`` only that member's own. What was booked stays booked."""
    rows = Membership.objects.select_for_update(of=("self",), no_key=True).select_related("branch")
    rows = rows.filter(member_id=member_id) if member_id else rows
    membership = rows.filter(pk=membership_id).first()
    if membership is None:
        raise errors.NotFound("There is no such membership.")
    if membership.status not in LIVE:
        raise MembershipNotEnded(f"This membership is {membership.get_status_display().lower()} already.")
    today = membership.branch.today(now)
    membership.status, membership.ended_at = Membership.Status.ENDED, now
    last = max(today, membership.starts_on)
    membership.ends_on = min(last, membership.ends_on) if membership.ends_on else last
    membership.save(update_fields=["status", "ended_at", "ends_on"])
    record(
        "membership_ended",
        membership,
        at=now,
        actor_id=actor_id,
        member_id=membership.member_id,
        branch_id=membership.branch_id,
        plan=membership.plan_name,
        reason=reason,
    )
    return membership


def end_expired(*, now: datetime) -> int:
    """End every membership whose last day has passed at its branch; how many there were, each with its event."""
    over: list[int] = []
    for branch in Branch.objects.all():
        today = branch.today(now)
        expired = Membership.objects.filter(branch=branch, status__in=LIVE, ends_on__lt=today)  # memberships_of_branch
        over += expired.values_list("pk", flat=True)
    return len(each_row("memberships.end_expired", over, partial(_end_expired, now), now=now, over=QUICKER).values)


def _end_expired(now: datetime, membership_id: int) -> None:
    end_membership(membership_id=membership_id, actor_id=None, reason="Its time was up.", now=now)
