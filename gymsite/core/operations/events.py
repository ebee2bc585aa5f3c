"""Recording what happened; the outbox trigger queues each event for its notices."""

from datetime import datetime
from typing import Any

from django.db import models

from gymsite.core import event_kinds
from gymsite.core.event_kinds import EventKind
from gymsite.core.models import Branch, Event, User


def record(
    kind: EventKind,
    subject: models.Model,
    *,
    at: datetime,
    actor_id: int | None = None,
    branch_id: int | None = None,
    **data: Any,
) -> Event:
    """Write one event about ``subject`` in the caller's transaction.

    The event is of the subject's member and branch, where it has them; ``branch_id`` is
    for a subject that has none. ``data`` holds JSON types only. Raises TypeError for a
    kind that no app lists.
    """
    member_id, its_branch_id = _whose(subject)
    return Event.objects.create(
        kind=event_kinds.known(kind),
        at=at,
        branch_id=its_branch_id or branch_id,
        actor_id=actor_id,
        member_id=member_id,
        subject=subject._meta.label_lower.rpartition(".")[2],
        subject_id=subject.pk,
        data=data,
    )


def _whose(subject: models.Model) -> tuple[int | None, int | None]:
    """The member and the branch that a row is of."""
    if isinstance(subject, User):
        return subject.pk, subject.home_branch_id
    if isinstance(subject, Branch):
        return None, subject.pk
    return getattr(subject, "member_id", None), getattr(subject, "branch_id", None)
