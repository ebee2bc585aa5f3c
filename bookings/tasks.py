"""Jobs of the timetable. Each is safe to run again."""

from contextlib import suppress
from datetime import UTC, timedelta

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from bookings.operations import (
    closed_accounts,
    closing,
    reminders,
    sessions,
    time_zones,
    waitlist,
)
from gymsite.core import partitions, retention
from gymsite.core.batches import BY_THE_CLOCK, Persistent
from gymsite.core.models import Branch, Event
from gymsite.core.periods import local_day
from gymsite.core.retention import Kept

KEPT = (
    # a kiosk repeats a scan within seconds
    Kept("bookings_checkinnonce", "nonce", "at", timedelta(days=1)),
    # a year and a month, so that the same season can be compared
    Kept("bookings_pinattempt", "id", "at", timedelta(days=400)),
)


@app.periodic(cron="15 3 * * *")
@app.task(
    name="bookings.extend_timetable",
    queueing_lock="bookings.extend_timetable",
    lock=BY_THE_CLOCK,
)
def extend_timetable(timestamp: int = 0) -> None:
    """Keep four weeks of sessions ahead."""
    sessions.extend_timetable(days=sessions.DAYS_AHEAD, now=timezone.now())


@app.periodic(cron="*/5 * * * *")
@app.task(
    name="bookings.close_lines", queueing_lock="bookings.close_lines", lock=BY_THE_CLOCK
)
def close_lines(timestamp: int = 0) -> None:
    """Give back the classes reserved by those who still wait when a session starts."""
    waitlist.close_lines(now=timezone.now())


@app.periodic(cron="*/5 * * * *")
@app.task(name="bookings.remind", queueing_lock="bookings.remind", lock=BY_THE_CLOCK)
def remind(timestamp: int = 0) -> None:
    """Remind clients of the appointments of the next 24 hours."""
    reminders.remind(now=timezone.now())


@app.periodic(cron="10 3 * * *")
@app.task(
    name="bookings.keep_wall_times",
    queueing_lock="bookings.keep_wall_times",
    lock=BY_THE_CLOCK,
)
def keep_wall_times(timestamp: int = 0) -> None:
    """Move sessions that a time zone's new rules displaced; try again those put off."""
    for branch_id in list(Branch.objects.values_list("pk", flat=True)):
        time_zones.keep_wall_time(branch_id=branch_id, now=timezone.now())


@app.task(name="bookings.keep_wall_time", retry=Persistent())
def keep_wall_time(branch_id: int) -> None:
    """Move the sessions ahead of a branch whose time zone has changed."""
    time_zones.keep_wall_time(branch_id=branch_id, now=timezone.now())


def move_later(event: Event) -> None:
    """Move the sessions of a branch with a new time zone, each in its transaction."""
    keep_wall_time.defer(branch_id=event.subject_id)


@app.periodic(cron="20 3 * * *")
@app.task(
    name="bookings.make_partitions",
    queueing_lock="bookings.make_partitions",
    lock=BY_THE_CLOCK,
)
def make_partitions(timestamp: int = 0) -> None:
    """Keep this month's and two further partitions of the check-ins."""
    today = local_day(timezone.now(), UTC)  # partitions are cut at UTC's midnight
    partitions.keep_ahead("bookings_checkin", today)


@app.periodic(cron="40 3 * * *")
@app.task(name="bookings.forget", queueing_lock="bookings.forget", lock=BY_THE_CLOCK)
def forget(timestamp: int = 0) -> None:
    """Delete the numbers of old scans and old tries of PINs."""
    retention.forget(KEPT, now=timezone.now())


@app.task(name="bookings.release_member", retry=Persistent())
def release_member(member_id: int, actor_id: int | None) -> None:
    """Give back every place and turn of a closed account, however often it takes."""
    closed_accounts.release_member(
        member_id=member_id, actor_id=actor_id or member_id, now=timezone.now()
    )


def release_later(event: Event) -> None:
    """Give a closed account's places back, each in a transaction of its own."""
    release_member.defer(member_id=event.subject_id, actor_id=event.actor_id)


@app.task(name="bookings.call_off_ahead", retry=Persistent())
def call_off_ahead(of: str, of_id: int, actor_id: int, reason: str) -> None:
    """Call off what lies ahead of a class, room, trainer or branch that ends."""
    closing.call_off_ahead(
        of=of, of_id=of_id, actor_id=actor_id, reason=reason, now=timezone.now()
    )
    extend_timetable()


def extend_later(event: Event) -> None:
    """Make the sessions of what is in use again soon; one waiting run does for all."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        extend_timetable.defer()


def call_off_later(event: Event) -> None:
    assert event.actor_id is not None  # only staff end these
    if event.data["ahead"] == closing.Ahead.CALL_OFF:
        call_off_ahead.defer(
            of=event.subject,
            of_id=event.subject_id,
            actor_id=event.actor_id,
            reason=event.data["reason"],
        )
