"""The worker as started: notices at once, and jobs that wait for no long one."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from gymsite.core.batches import BY_THE_CLOCK
from gymsite.core.models import Event, Notification, Outbox
from gymsite.core.operations.events import record
from gymsite.notifications import outbox
from memberships.event_kinds import MembershipEvent
from tests.event_kinds import Made
from tests.factories import MembershipFactory, UserFactory
from tests.ops.waits import address_of_the_tests, until
from tests.race import Rendezvous, race

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("worker"),
]


@pytest.fixture
def worker() -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "worker", "--patience", "3", "--nice", "0"],
        cwd=settings.BASE_DIR,
        env=os.environ
        | {
            "DATABASE_URL": address_of_the_tests(),
            "DJANGO_SETTINGS_MODULE": "gymsite.settings",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    yield process
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0, process.stderr.read()


def status(job: int) -> str:
    return ProcrastinateJob.objects.values_list("status", flat=True).get(pk=job)


def hold_membership(cursor, membership) -> None:
    cursor.execute("BEGIN")
    cursor.execute(
        "SELECT FROM memberships_membership WHERE id = %s FOR UPDATE", [membership.pk]
    )


def test_a_job_waits_neither_for_the_loop_that_hands_out_nor_for_a_long_one(worker):
    """Seen: the job that handed out events took 58 s of each minute."""
    yesterday = timezone.now().date() - timedelta(days=1)
    over = MembershipFactory(starts_on=yesterday - timedelta(days=9), ends_on=yesterday)
    with closing(connection.copy()) as rival, rival.cursor() as other:
        hold_membership(other, over)
        long = app.configure_task("memberships.end_expired").defer()
        until(lambda: status(long) == "doing")
        quick = app.configure_task("bookings.release_member").defer(
            member_id=UserFactory().pk, actor_id=None
        )
        until(lambda: status(quick) == "succeeded", patience=4.0)
        assert status(long) == "doing"
    until(lambda: status(long) == "succeeded")


def test_an_event_becomes_a_notice_without_a_job(worker):
    user = UserFactory()
    membership = MembershipFactory(member=user)
    record(
        MembershipEvent.ENROLLED,
        membership,
        at=timezone.now(),
        plan="Test",
    )
    until(lambda: not Outbox.objects.exists())
    until(lambda: Notification.objects.filter(user=user, email_state="sent").exists())


@pytest.mark.parametrize("name", ["bookings.make_partitions", "core.make_partitions"])
def test_a_worker_that_starts_makes_the_months(worker, name):
    """Seen: a house shut for months waited for the night before anybody checked in."""
    until(
        lambda: ProcrastinateJob.objects.filter(
            task_name=name, status="succeeded"
        ).exists()
    )


def test_what_the_clock_starts_runs_one_at_a_time():
    periodic = {
        task.task.name: task.task.lock
        for task in app.periodic_registry.periodic_tasks.values()
    }
    quick = {
        "core.tell": "core.tell",
        "core.send_mail": "core.send_mail",
        "core.retry_stalled": None,
    }
    # a gateway that is silent keeps nobody else
    quick["payments.sweep"] = "payments.sweep"
    assert periodic == dict.fromkeys(periodic, BY_THE_CLOCK) | quick


class TestDrains:
    """Two workers at once."""

    def test_the_second_finds_nothing_to_do_while_the_first_hands_out(
        self, monkeypatch
    ):
        meeting = Rendezvous(2, patience=5)
        monkeypatch.setattr(
            outbox, "_HANDLERS", {Made.HAPPENED: [lambda event: meeting.meet()]}
        )
        record(Made.HAPPENED, UserFactory(), at=timezone.now())

        def second() -> int:
            until(lambda: _is_draining())
            taken = outbox.drain(now=timezone.now())
            meeting.meet()
            return taken

        assert race([lambda: outbox.drain(now=timezone.now()), second]).values == [1, 0]
        assert (Event.objects.count(), Outbox.objects.count()) == (1, 0)


def _is_draining() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid "
            "= 7310902)"
        )
        return cursor.fetchone()[0]
