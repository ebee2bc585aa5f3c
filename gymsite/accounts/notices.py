"""What people are told about their accounts."""

from django.urls import reverse

from gymsite.core.event_kinds import CoreEvent
from gymsite.core.models import Event
from gymsite.notifications import outbox
from gymsite.notifications.operations import notify


def register() -> None:
    outbox.on(CoreEvent.DEACTIVATED, notify_closed)
    outbox.on(CoreEvent.REACTIVATED, notify_reopened)
    outbox.on(CoreEvent.TOKEN_REPLAYED, notify_replayed)


def notify_closed(event: Event) -> None:
    _notify_member(
        event,
        "Your account is closed",
        "What you had ahead is given back. The front desk can open it again.",
    )


def notify_reopened(event: Event) -> None:
    _notify_member(
        event,
        "Your account is open again",
        "Log in as before. What was given back is not restored: book or enrol anew.",
    )


def notify_replayed(event: Event) -> None:
    client = event.data["client"]
    _notify_member(
        event,
        "We ended a log-in of yours",
        f"An app{f' ({client})' if client else ''} sent a token a second time, so "
        "somebody may have a copy of it. Log in again there. If you know of no such "
        "app, change your password.",
        url=reverse("sessions"),
    )


def _notify_member(event: Event, title: str, body: str, url: str = "/") -> None:
    notify(
        event.subject_id,
        kind=event.kind,
        title=title,
        body=body,
        url=url,
        at=event.at,
        branch_id=event.branch_id,
    )
