"""Jobs of the shop. Each is safe to run again."""

from django.utils import timezone
from procrastinate.contrib.django import app

from gymsite.core.batches import BY_THE_CLOCK

from .operations import checkout


@app.periodic(cron="*/5 * * * *")
@app.task(name="catalog.sweep", queueing_lock="catalog.sweep", lock=BY_THE_CLOCK)
def sweep(timestamp: int = 0) -> None:
    """Forget holds that ran out."""
    checkout.sweep_holds(now=timezone.now())
