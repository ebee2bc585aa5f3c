"""Jobs that every app relies on: they delete what has served its time."""

from datetime import UTC, timedelta

from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from gymsite.core import partitions, retention
from gymsite.core.batches import BY_THE_CLOCK
from gymsite.core.models.idempotency import KEPT as KEYS_KEPT
from gymsite.core.periods import local_day, months_before
from gymsite.core.retention import Kept
from gymsite.postgres.statements import statements

SQL = statements("gymsite.core", "tasks")

MONTHS_OF_SAMPLES = 3
JOBS_KEPT = timedelta(days=7)
# An API session can be used until it expires, 30 days after its last use; one that was
# ended is deleted no later. Put-off work is due again within hours: a month after that
# no job asks for it any more.
KEPT = (
    Kept("core_idempotencykey", "id", "created_at", KEYS_KEPT),
    Kept("core_throttle", "key", "started_at", timedelta(hours=24)),
    Kept("core_cache", "cache_key", "expires"),
    Kept("core_apisession", "id", "expires_at", timedelta(days=30)),
    Kept("core_putoff", "id", "due_at", timedelta(days=30)),
    Kept("core_pagesession", "session_key", "expire_date"),
)

# Tables that anybody may add to without an account. The limits of log-in and joining
# look back an hour at most.
OF_STRANGERS = (
    Kept(
        "core_throttle",
        "key",
        "started_at",
        timedelta(hours=1),
        "key ~ '^(login|register:|join)'",
    ),
    Kept("core_pagesession", "session_key", "expire_date", only="user_id IS NULL"),
)


@app.periodic(cron="* * * * *")
@app.task(name="core.retry_stalled", queueing_lock="core.retry_stalled")
async def retry_stalled(timestamp: int = 0) -> None:
    """Run again the jobs that a killed worker had in hand.

    The lock of such a job would keep its successors waiting for ever.
    """
    for job in await app.job_manager.get_stalled_jobs():
        try:
            await app.job_manager.retry_job(job)
        # its successor waits in the queue already, under the same queueing lock
        except UniqueViolation:
            await app.job_manager.finish_job(
                job, status=Status.FAILED, delete_job=False
            )


@app.periodic(cron="25 3 * * *")
@app.task(
    name="core.make_partitions", queueing_lock="core.make_partitions", lock=BY_THE_CLOCK
)
def make_partitions(timestamp: int = 0) -> None:
    """Keep the partitions of the sampled requests: this month's and two further ones.

    Those of long ago are dropped.
    """
    today = local_day(timezone.now(), UTC)  # what the partitions are cut by
    partitions.keep_ahead("core_requestsample", today)
    partitions.drop_before(
        "core_requestsample", months_before(today, MONTHS_OF_SAMPLES)
    )


@app.periodic(cron="30 3 * * *")
@app.task(name="core.forget", queueing_lock="core.forget", lock=BY_THE_CLOCK)
def forget(timestamp: int = 0) -> None:
    """Delete what is over (docs/retention.md), and jobs that ended long ago."""
    now = timezone.now()
    retention.forget(KEPT, now=now)
    retention.in_batches(SQL.forget_jobs, now - JOBS_KEPT)


@app.periodic(cron="*/10 * * * *")
@app.task(
    name="core.forget_strangers",
    queueing_lock="core.forget_strangers",
    lock=BY_THE_CLOCK,
)
def forget_strangers(timestamp: int = 0) -> None:
    """Delete what strangers have left behind, often enough that it stays little."""
    retention.forget(OF_STRANGERS, now=timezone.now())
