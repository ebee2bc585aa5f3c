"""Jobs of the shop. Each is safe to run again."""

from django.utils import timezone
from procrastinate.contrib.django import app

from catalog.operations import checkout, closing, lending
from gymsite.core.batches import BY_THE_CLOCK, Persistent
from gymsite.core.models import Event


@app.periodic(cron="*/5 * * * *")
@app.task(name="catalog.sweep", queueing_lock="catalog.sweep", lock=BY_THE_CLOCK)
def sweep(timestamp: int = 0) -> None:
    """Forget holds that ran out."""
    checkout.sweep_holds(now=timezone.now())


@app.task(name="catalog.end_of_account", retry=Persistent())
def end_of_account(member_id: int, actor_id: int) -> None:
    """Cancel what a closed account has booked to rent, however often it takes."""
    closing.end_of_account(member_id=member_id, actor_id=actor_id, now=timezone.now())


def end_of_account_later(event: Event) -> None:
    actor_id = event.actor_id or event.subject_id
    end_of_account.defer(member_id=event.subject_id, actor_id=actor_id)


@app.task(name="catalog.cancel_booked", retry=Persistent())
def cancel_booked(unit_id: int, actor_id: int) -> None:
    """Cancel what is booked of a unit that is lent no more, however often it takes."""
    lending.cancel_booked(unit_id=unit_id, actor_id=actor_id, now=timezone.now())


def cancel_booked_later(event: Event) -> None:
    assert event.actor_id is not None  # only staff switch units off
    cancel_booked.defer(unit_id=event.subject_id, actor_id=event.actor_id)
