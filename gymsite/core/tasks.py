"""Jobs under every app: handing out events, sending mail, throwing away what has served its time."""

import time
from datetime import UTC, timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from . import mail, outbox, partitions
from .models import IdempotencyKey, Throttle
from .periods import local_day, months_before, next_month

MINUTE = 60
PAUSE = 1.0
MONTHS_OF_SAMPLES = 3


@app.periodic(cron="* * * * *")
@app.task(name="core.tell", queueing_lock="core.tell", lock="core.tell", pass_context=True)
def tell(context: JobContext, timestamp: int = 0) -> None:
    """Turn events into notices and notices into mail, for the minute until this job comes again.

    It asks every second rather than being woken: a NOTIFY at each booking would take one lock for all of them.
    """
    until = time.monotonic() + MINUTE - 2 * PAUSE
    while not context.should_abort():  # asked when the worker is told to stop
        now = timezone.now()
        busy = outbox.drain(now=now) + mail.send_due(limit=50, now=now)
        if time.monotonic() > until:
            return
        if not busy:
            time.sleep(PAUSE)


@app.periodic(cron="* * * * *")
@app.task(name="core.retry_stalled", queueing_lock="core.retry_stalled")
async def retry_stalled(timestamp: int = 0) -> None:
    """Run again what a killed worker had in hand; its lock would keep the job's successors waiting for ever."""
    for job in await app.job_manager.get_stalled_jobs():
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:  # its successor waits already, under the same queueing lock
            await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)


@app.periodic(cron="25 3 * * *")
@app.task(name="core.make_partitions", queueing_lock="core.make_partitions")
def make_partitions(timestamp: int = 0) -> None:
    """Keep this month's and two further partitions of the sampled requests, and drop those of long ago."""
    today = local_day(timezone.now(), UTC)  # what the partitions are cut by
    partitions.ensure("core_requestsample", today, next_month(next_month(today)))
    partitions.drop_before("core_requestsample", months_before(today, MONTHS_OF_SAMPLES))


@app.periodic(cron="30 3 * * *")
@app.task(name="core.forget", queueing_lock="core.forget")
def forget(timestamp: int = 0) -> None:
    """Delete idempotency keys, throttles and page sessions that are over."""
    now = timezone.now()
    IdempotencyKey.objects.filter(created_at__lt=now - timedelta(hours=24)).delete()
    Throttle.objects.filter(started_at__lt=now - timedelta(hours=24)).delete()
    Session.objects.filter(expire_date__lt=now).delete()
