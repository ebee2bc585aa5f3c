"""What members are told about their sponsors, and what ends with an account."""

from django.urls import reverse

from gymsite.core.event_kinds import CoreEvent
from gymsite.core.models import Event
from gymsite.notifications import outbox
from gymsite.notifications.operations import notify
from gymsite.partners.event_kinds import PartnerEvent
from gymsite.partners.operations.closed_accounts import release_person


def register() -> None:
    outbox.on(PartnerEvent.MEMBER_SPONSORED, notify_sponsored)
    outbox.on(PartnerEvent.SPONSORSHIP_ENDED, notify_ended)
    outbox.on(PartnerEvent.DELEGATE_ADDED, notify_delegate)
    outbox.on(CoreEvent.DEACTIVATED, release_closed)


def notify_sponsored(event: Event) -> None:
    name = event.data["partner"]
    body = (
        f"{name} sees your name and since when, nothing of your visits. "
        "Ask the front desk to end it."
    )
    _notify(event, f"{name} sponsors you now", body)


def notify_ended(event: Event) -> None:
    body = "Your membership goes on as it is."
    _notify(event, f"{event.data['partner']} no longer sponsors you", body)


def notify_delegate(event: Event) -> None:
    notify(
        event.data["user"],
        kind=event.kind,
        title=f"You act for {event.data['partner']} now",
        body="See whom it sponsors, and make API keys for its programs.",
        url=reverse("partners"),
        at=event.at,
        branch_id=event.branch_id,
    )


def _notify(event: Event, title: str, body: str) -> None:
    assert event.member_id is not None
    notify(
        event.member_id,
        kind=event.kind,
        title=title,
        body=body,
        url=reverse("profile"),
        at=event.at,
        branch_id=event.branch_id,
    )


def release_closed(event: Event) -> None:
    release_person(user_id=event.subject_id, now=event.at)
