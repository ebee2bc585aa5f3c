"""Recording what happened; the outbox trigger queues each event for its notices."""

from datetime import datetime
from typing import Any

from django.db import models

from gymsite.core import event_kinds
from gymsite.core.event_kinds import EventKind
from gymsite.core.models import Event


def record(
    kind: EventKind,
    subject: models.Model,
    *,
    at: datetime,
    actor_id: int | None = None,
    member_id: int | None = None,
    branch_id: int | None = None,
    **data: Any,
) -> Event:
    """Write one event about ``subject`` in the caller's transaction; ``data`` holds
    JSON types only.

    Raises TypeError for a kind that no app lists.
    """
    return Event.objects.create(
        kind=event_kinds.known(kind),
        at=at,
        branch_id=branch_id,
        actor_id=actor_id,
        member_id=member_id,
        subject=subject._meta.label_lower.rpartition(".")[2],
        subject_id=subject.pk,
        data=data,
    )
