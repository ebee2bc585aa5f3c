"""What of memberships and money hangs on an account or a branch."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from gymsite.core.dependents import Dependent, declare
from gymsite.payments.models import Payment
from gymsite.payments.operations import DESK
from memberships.models import LIVE, BillingPeriod, Membership


def register() -> None:
    declare(
        "core.user",
        Dependent("Memberships", "end today", standing),
        Dependent("Their payments due at the desk", "not asked for any more", due),
    )
    declare(
        "core.branch",
        Dependent("Memberships good only here", "stay until they are ended", only_at),
    )


def only_at(branches: Sequence[int], now: datetime) -> QuerySet[Membership]:
    """Those whose terms open these branches alone (memberships_of_branch)."""
    here = Membership.objects.filter(branch__in=branches, status__in=LIVE)
    return here.filter(only_branch__in=branches)


def standing(members: Sequence[int], now: datetime) -> QuerySet[Membership]:
    """memberships_of_member"""
    return Membership.objects.filter(member__in=members, status__in=LIVE)


def due(members: Sequence[int], now: datetime) -> QuerySet[Payment]:
    """What memberships cost and nobody has paid at the desk yet
    (payments_payment_member)."""
    asked = BillingPeriod.objects.filter(membership__member__in=members)
    pending = Payment.objects.filter(status=Payment.Status.PENDING, gateway=DESK)
    return pending.filter(member__in=members, pk__in=asked.values("payment"))
