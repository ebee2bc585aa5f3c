"""What people are told about their accounts."""

from gymsite.core.event_kinds import CoreEvent
from gymsite.core.models import Event
from gymsite.notifications import outbox
from gymsite.notifications.operations import notify


def register() -> None:
    outbox.on(CoreEvent.DEACTIVATED, notify_closed)
    outbox.on(CoreEvent.REACTIVATED, notify_reopened)


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


def _notify_member(event: Event, title: str, body: str) -> None:
    notify(
        event.subject_id,
        kind=event.kind,
        title=title,
        body=body,
        url="/",
        at=event.at,
        branch_id=event.branch_id,
    )
