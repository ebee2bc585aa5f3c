"""Jobs whose worker died while they ran."""

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob

from gymsite.core import tasks

pytestmark = pytest.mark.django_db(transaction=True)


def stalled(task_name: str) -> int:
    """A job in the hands of a worker that is gone; returns its id."""
    job = app.configure_task(task_name, queueing_lock=task_name, lock=task_name).defer()
    with connection.cursor() as cursor:
        cursor.execute(
            (
                "UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL "
                "WHERE id = %s"
            ),
            [job],
        )
    return job


def retry() -> None:
    async def run() -> None:
        async with app.open_async():
            await tasks.retry_stalled()

    with app.replace_connector(app.connector.get_worker_connector()):
        async_to_sync(run)()


def statuses() -> dict[int, str]:
    return dict(ProcrastinateJob.objects.values_list("id", "status"))


def test_a_killed_workers_job_runs_again():
    job = stalled("core.forget")
    retry()
    assert statuses() == {job: "todo"}


def test_a_killed_workers_job_gives_way_to_its_waiting_successor():
    job = stalled("core.tell")
    successor = app.configure_task(
        "core.tell", queueing_lock="core.tell", lock="core.tell"
    ).defer()
    retry()
    assert statuses() == {job: "failed", successor: "todo"}


def test_jobs_that_ended_a_week_ago_are_forgotten_with_their_events():
    """Otherwise 1.4 million events per year pile up, as they once did."""
    ended, recent, waiting = (
        app.configure_task("core.test", queueing_lock=f"{n}").defer() for n in range(3)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id IN (%s, %s)",
            [ended, recent],
        )
        cursor.execute(
            (
                "UPDATE procrastinate_events SET at = now() - interval '8 days' WHERE "
                "job_id IN (%s, %s)"
            ),
            [ended, waiting],
        )
    tasks.forget()
    assert set(statuses()) == {recent, waiting}
    assert set(ProcrastinateEvent.objects.values_list("job_id", flat=True)) == {
        recent,
        waiting,
    }
