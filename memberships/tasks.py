"""Jobs of memberships. Each is safe to run again."""

from django.utils import timezone
from procrastinate.contrib.django import app

from gymsite.core.batches import BY_THE_CLOCK, Persistent
from gymsite.core.models import Event
from memberships.operations import closing, memberships


@app.periodic(cron="5 * * * *")
@app.task(
    name="memberships.end_expired",
    queueing_lock="memberships.end_expired",
    lock=BY_THE_CLOCK,
)
def end_expired(timestamp: int = 0) -> None:
    """End what has run out, hourly: days end at other times at other branches."""
    memberships.end_expired(now=timezone.now())


@app.task(name="memberships.end_of_account", retry=Persistent())
def end_of_account(member_id: int, actor_id: int | None) -> None:
    """End all that a closed account pays for, however often it takes."""
    closing.end_of_account(member_id=member_id, actor_id=actor_id, now=timezone.now())


def end_of_account_later(event: Event) -> None:
    end_of_account.defer(member_id=event.subject_id, actor_id=event.actor_id)
