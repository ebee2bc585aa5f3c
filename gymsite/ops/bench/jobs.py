"""Group jobs: how long work waits for the worker, from the commit to its end."""

import time
from collections.abc import Callable

from django.utils import timezone
from procrastinate.contrib.django import app

from gymsite.core.models import Outbox, User
from gymsite.core.operations.events import record
from gymsite.ops.bench.context import Context
from gymsite.ops.bench.report import Row
from gymsite.ops.event_kinds import OpsEvent
from gymsite.ops.rig.errors import WrongResult
from gymsite.ops.rig.stats import Spread
from gymsite.postgres.rows import fetch_all, fetch_one
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.bench", "jobs")

GROUP = "jobs"
MOST = 1000.0  # ms
LONGEST = 60.0  # seconds, then the worker does not work
FULL, QUICK = 100, 5
NOBODY = 0


def measure(context: Context) -> list[Row]:
    """Jobs and events one by one, each at another moment of the worker's round."""
    (member,) = context.people.unlimited(1)
    count = QUICK if context.pace.rounds == 1 else FULL
    context.say(f"jobs: {count} jobs and {count} events, one by one")
    jobs = [_job() for _ in range(count)]
    events = [_event(User.objects.get(pk=member)) for _ in range(count)]
    times = [row.milliseconds for row in fetch_all(SQL.times, {"jobs": jobs})]
    return [
        _row(context, "a job, from commit to done", times),
        _row(context, "an event, from commit to handed out", events),
    ]


def _job() -> int:
    """A job that finds nothing to do; its id, when it is done."""
    job = app.configure_task("bookings.release_member").defer(
        member_id=NOBODY, actor_id=None
    )
    _until(lambda: fetch_one(SQL.is_done, {"job": job}).is_done)
    return job


def _event(user: User) -> float:
    """Milliseconds from an event's commit to when it has left the outbox."""
    event = record(OpsEvent.MEASURED, user, at=timezone.now())
    began = time.perf_counter()
    _until(lambda: not Outbox.objects.filter(pk=event.pk).exists())
    return 1000 * (time.perf_counter() - began)


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST
    while not true():
        if time.monotonic() > end:
            raise WrongResult(f"The job worker had not done it after {LONGEST:.0f} s.")
        time.sleep(0.002)


def _row(context: Context, name: str, times: list[float]) -> Row:
    spread = Spread.of(times)
    return Row(
        group=GROUP,
        name=name,
        data=f"{len(times)} one after the other",
        value=spread.p95,
        unit="ms",
        spread=spread,
        target=f"p95 < {MOST:.0f} ms",
        met=context.verdict(spread.p95 < MOST),
    )
