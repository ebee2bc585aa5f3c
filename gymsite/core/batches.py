"""A job's rows one by one: a row that fails never stops the others, and staff see it.

A row that fails is undone, logged and put off, longer each time (core.models.PutOff);
the admin's start page counts those. Every batch job runs this way.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

from gymsite.core.models import PutOff

log = logging.getLogger(__name__)

# The lock of all jobs that the clock starts: one of them runs at a time, so that they
# never fill the worker.
BY_THE_CLOCK = "by the clock"
# The longest that a row's transaction waits for a lock, so that one held row does not
# keep the rows behind it waiting.
LONGEST_LOCK = "5s"
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
Row = Any  # a model's row, or the key of one


class Unfinished(Exception):
    """Some rows of a job were put off.

    A job that no clock starts again raises this, so that it is retried.
    """


class InUseAgain(Exception):
    """What the row belongs to is in use again, so the row stays.

    A job that gives rows back passes this in ``over`` of each_row.
    """


@dataclass(slots=True)
class Batch:
    """The result of a job's rows.

    It holds what ``act`` returned, how many rows failed now, and how many still wait
    for their time.
    """

    values: list[Any] = field(default_factory=list)
    failed: int = 0
    waiting: int = 0

    @property
    def left(self) -> int:
        return self.failed + self.waiting


def each_row(
    job: str,
    rows: Iterable[Row],
    act: Callable[[Any], Any],
    *,
    now: datetime,
    over: tuple[type[Exception], ...] = (),
    in_transaction: bool = True,
) -> Batch:
    """Call ``act`` with each row (or key) that is not put off, each in a transaction.

    ``rows`` are all that the job has to do: a put-off row that is not among them is
    done. An exception of ``over`` says that a row needs nothing more, since somebody
    was quicker. ``in_transaction=False`` is for acts that ask a network and open
    transactions themselves. Raises only when the database can't be reached at all.
    """
    fenced = partial(_fenced, act) if in_transaction else act
    put_off_before = {row.subject_id: row for row in PutOff.objects.filter(job=job)}
    batch = Batch()
    for row in rows:
        key = row.pk if isinstance(row, Model) else row
        earlier = put_off_before.pop(key, None)
        if earlier and earlier.due_at > now:
            batch.waiting += 1
        elif error := _tried(batch, partial(fenced, row), over):
            log.error("%s failed for %s", job, key, exc_info=error)
            put_off(job, key, error, now=now)
        elif earlier:
            earlier.delete()
    PutOff.objects.filter(pk__in=[row.pk for row in put_off_before.values()]).delete()
    return batch


@transaction.atomic
def _fenced(act: Callable[[Row], Any], row: Row) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LONGEST_LOCK])
    return act(row)


def _tried(
    batch: Batch, act: Callable[[], Any], over: tuple[type[Exception], ...]
) -> Exception | None:
    try:
        batch.values.append(act())
    except over:
        return None
    except Exception as error:
        batch.failed += 1
        return error
    return None


def put_off(job: str, key: int, exception: Exception, *, now: datetime) -> PutOff:
    """Note that a row failed, and when it is to be tried again."""
    row, is_new = PutOff.objects.get_or_create(
        job=job,
        subject_id=key,
        defaults={
            "first_at": now,
            "due_at": now + wait_after(1),
            "error": said_by(exception),
        },
    )
    if not is_new:
        row.attempts += 1
        row.due_at, row.error = now + wait_after(row.attempts), said_by(exception)
        row.save(update_fields=["attempts", "due_at", "error"])
    return row


def said_by(exception: Exception) -> str:
    return repr(exception).replace("\0", "")[:500]


def wait_after(
    attempts: int,
    *,
    first: timedelta = timedelta(minutes=1),
    longest: timedelta = LONGEST_WAIT,
) -> timedelta:
    """How long to wait after so many failures.

    The first wait is ``first``; each further one is twice as long, ``longest`` at most.
    """
    # the exponent is bounded too: after days of failures the product must not
    # overflow a timedelta
    return min(first * 2 ** min(attempts - 1, 30), longest)


class Persistent(BaseRetryStrategy):
    """Retries a job that no clock starts again, until it succeeds.

    The waits double up to six hours.
    """

    def get_retry_decision(
        self, *, exception: BaseException, job: Job
    ) -> RetryDecision:
        return RetryDecision(
            retry_in={"seconds": int(wait_after(job.attempts + 1).total_seconds())}
        )
