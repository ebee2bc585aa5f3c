"""Jobs of memberships. Each is safe to run again."""

from django.utils import timezone
from procrastinate.contrib.django import app

from gymsite.core.batches import BY_THE_CLOCK

from .operations import memberships


@app.periodic(cron="5 * * * *")
@app.task(name="memberships.end_expired", queueing_lock="memberships.end_expired", lock=BY_THE_CLOCK)
def end_expired(timestamp: int = 0) -> None:
    """End what has run out; hourly, since days end at different times at different branches."""
    memberships.end_expired(now=timezone.now())
