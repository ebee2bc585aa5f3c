"""What members are told about their memberships."""

from datetime import datetime

from django.urls import reverse

from gymsite.core import money
from gymsite.core.models import Event
from gymsite.core.periods import day_name
from gymsite.notifications import notice_kinds
from gymsite.notifications.operations import notify
from memberships.event_kinds import MembershipEvent
from memberships.models import Membership
from memberships.words import greeting

MEMBERSHIP = notice_kinds.Topic(
    "membership", "Your membership", "you are a member there"
)


def register() -> None:
    notice_kinds.declare(
        MEMBERSHIP,
        {
            MembershipEvent.ENROLLED: (notify_enrolled, _is_active),
            MembershipEvent.MEMBERSHIP_ENDED: (notify_ended, None),
            MembershipEvent.PAYMENT_REFUNDED: (notify_refunded, None),
        },
    )


def _is_active(membership_id: int, user_id: int, now: datetime) -> bool:
    return Membership.objects.filter(
        pk=membership_id, status=Membership.Status.ACTIVE
    ).exists()


def _membership_of(event: Event) -> Membership:
    return Membership.objects.get(pk=event.subject_id)


def notify_enrolled(event: Event) -> None:
    membership = _membership_of(event)
    until = (
        f" It lasts until {day_name(membership.ends_on)}." if membership.ends_on else ""
    )
    _notify_member(
        membership,
        event,
        f"Welcome to {membership.plan_name}",
        f"{greeting(membership)}{until}",
    )


def notify_ended(event: Event) -> None:
    membership = _membership_of(event)
    last = (
        f"Its last day: {day_name(membership.ends_on)}. " if membership.ends_on else ""
    )
    _notify_member(
        membership,
        event,
        f"{membership.plan_name} has ended",
        f"{last}What you booked stays booked.",
    )


def notify_refunded(event: Event) -> None:
    membership = _membership_of(event)
    back = money.shown(event.data["amount_minor"], membership.currency)
    said = f"For {membership.plan_name}, the way you paid it. {event.data['reason']}"
    _notify_member(membership, event, f"{back} comes back to you", said.strip())


def _notify_member(membership: Membership, event: Event, title: str, body: str) -> None:
    notify(
        membership.member_id,
        kind=event.kind,
        title=title,
        body=body,
        url=reverse("membership"),
        at=event.at,
        branch_id=membership.branch_id,
        subject_id=membership.pk,
    )
