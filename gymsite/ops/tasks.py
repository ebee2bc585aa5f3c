"""Jobs of the tools."""

from django.utils import timezone
from procrastinate.contrib.django import app

from gymsite.core.batches import BY_THE_CLOCK
from gymsite.ops.audit import alerts, snapshots


@app.periodic(cron="0 5 * * *")
@app.task(name="ops.keep_audit", queueing_lock="ops.keep_audit", lock=BY_THE_CLOCK)
def keep_audit(timestamp: int = 0) -> None:
    """One audit a day, for the history that the staff's audit page shows."""
    snapshots.take(now=timezone.now())


@app.periodic(cron="5 * * * *")
@app.task(
    name="ops.judge_answers", queueing_lock="ops.judge_answers", lock=BY_THE_CLOCK
)
def judge_answers(timestamp: int = 0) -> None:
    """Alerts of the last whole hour; five minutes later its samples are written."""
    alerts.look(now=timezone.now())
