"""Free slots: hours less what takes a trainer's time, on the raster of the branch's
wall clock."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bookings.locks import SQL
from bookings.models import Availability, AvailabilityException
from bookings.models.occupancy import TRAINER, take
from bookings.queries.availability import (
    free_slots,
    free_week,
    length_of,
    next_free,
)
from gymsite.core.models import BranchHours
from gymsite.web.request_counters import counting
from tests.factories import (
    AppointmentFactory,
    AvailabilityFactory,
    BranchFactory,
    MemberFactory,
    PolicyFactory,
    ServiceFactory,
    SessionFactory,
    TrainerFactory,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)  # a Friday
MONDAY = date(2026, 11, 30)


@pytest.fixture
def trainer():
    """Mondays from 9 to 12."""
    return AvailabilityFactory(ends=time(12)).trainer


@pytest.fixture
def service():
    return ServiceFactory(raster_minutes=30)


def found(trainer, service, **asked):
    """The times of day, in the branch's zone, of the one trainer."""
    branch = asked.pop("branch", trainer.branch)
    given = {"first": MONDAY, "now": NOW, "trainer_id": trainer.pk} | asked
    (one,) = free_slots(branch=branch, service=service, **given)
    return [f"{start.astimezone(branch.zone):%H:%M}" for start in one.starts]


ALL = ["09:00", "09:30", "10:00", "10:30", "11:00"]


def utc(hour, minute=0, day=MONDAY):
    return datetime.combine(day, time(hour, minute), UTC)


def away(trainer, start, end, kind="block"):
    AvailabilityException.objects.create(
        trainer=trainer,
        branch=trainer.branch,
        kind=kind,
        starts_at=start,
        ends_at=end,
        created_at=NOW,
    )


class TestOfOneTrainer:
    def test_all_of_their_hours(self, trainer, service):
        assert found(trainer, service) == ALL

    def test_not_what_an_appointment_takes_with_its_buffer(self, trainer, service):
        AppointmentFactory(trainer=trainer, service=service, starts_at=utc(10))
        # until 11:15 the trainer is busy, and needs a quarter after their next
        assert found(trainer, service) == []

    def test_buffers_reach_over_the_hours_end(self, trainer, service):
        assert found(trainer, service)[-1] == "11:00"

    def test_not_while_teaching_nor_substituting(self, trainer, service):
        SessionFactory(
            trainer=trainer,
            session_date=MONDAY,
            gym_class__weekday=0,
            gym_class__starts=time(10, 30),
            gym_class__minutes=30,
        )
        assert found(trainer, service) == ["09:00", "11:00"]

    def test_not_while_away(self, trainer, service):
        away(trainer, utc(9), utc(10))
        assert found(trainer, service) == ["10:00", "10:30", "11:00"]

    def test_extra_hours(self, trainer, service):
        tuesday = MONDAY + timedelta(days=1)
        start = utc(18, day=tuesday)
        away(trainer, start, start + timedelta(hours=1), "extra")
        assert found(trainer, service) == [*ALL, "18:00"]

    def test_not_when_the_branch_is_closed(self, trainer, service):
        BranchHours.objects.create(
            branch=trainer.branch, weekday=0, opens=time(10), closes=time(11, 30)
        )
        assert found(trainer, service) == ["10:00", "10:30"]

    def test_not_when_the_client_is_elsewhere(self, trainer, service):
        client = MemberFactory()
        AppointmentFactory(client=client, service=service, starts_at=utc(9))
        shown = found(trainer, service, client_id=client.pk)
        assert shown == ["10:00", "10:30", "11:00"]

    def test_from_the_notice_to_the_horizon(self, trainer, service):
        assert found(trainer, service, now=utc(8, 1)) == ["10:30", "11:00"]
        far = MONDAY + timedelta(weeks=6)
        assert found(trainer, service, first=far) == []
        assert found(trainer, service, first=far - timedelta(weeks=1)) == ALL

    def test_hours_hold_from_their_first_to_their_last_date(self, service):
        rule = AvailabilityFactory(ends=time(10), valid_from=MONDAY, valid_until=MONDAY)
        assert found(rule.trainer, service, days=14) == ["09:00"]

    def test_an_appointment_may_go_over_midnight_where_the_hours_do(self, service):
        trainer = AvailabilityFactory(starts=time(23), ends=time()).trainer
        assert found(trainer, service) == ["23:00"]
        AvailabilityFactory(trainer=trainer, weekday=1, starts=time(), ends=time(0, 30))
        assert found(trainer, service) == ["23:00", "23:30"]

    @pytest.mark.parametrize("first", [date(1, 1, 1), date(9999, 12, 31)])
    def test_absurd_days_have_none(self, trainer, service, first):
        asked = {"branch": trainer.branch, "service": service, "first": first}
        assert free_slots(**asked, now=NOW) == []

    def test_nothing_of_a_service_that_is_not_sold_here(self, trainer, service):
        asked = {"branch": trainer.branch, "first": MONDAY, "now": NOW}
        elsewhere = ServiceFactory(branch=BranchFactory(slug="hill"))
        assert free_slots(service=elsewhere, **asked) == []
        assert free_slots(service=ServiceFactory(is_active=False), **asked) == []


class TestOfABranch:
    def test_every_trainer_who_takes_appointments_by_name(
        self, service, django_assert_num_queries
    ):
        names = [AvailabilityFactory(ends=time(10)).trainer.name for _ in range(12)]
        TrainerFactory()
        AvailabilityFactory(trainer__is_active=False)
        branch = BranchFactory()
        with django_assert_num_queries(1):
            listed = free_slots(branch=branch, service=service, first=MONDAY, now=NOW)
        assert [one.trainer_name for one in listed] == sorted(names)
        assert {len(one.starts) for one in listed} == {1}


class TestOfAPage:
    def test_a_week_without_any_names_the_next_day_with_one(
        self, trainer, service, django_assert_num_queries
    ):
        away(trainer, utc(0), utc(0) + timedelta(days=9))
        asked = {
            "branch": trainer.branch,
            "length": length_of(service),
            "service_id": service.pk,
            "trainer_ids": [trainer.pk],
            "now": NOW,
        }
        with django_assert_num_queries(2):
            week = free_week(first=MONDAY, **asked)
        assert week.next_day == MONDAY + timedelta(days=14)
        with django_assert_num_queries(1):
            after = free_week(first=week.next_day, **asked)
        assert (after.next_day, len(after.trainers[0].starts)) == (None, len(ALL))
        far = free_week(first=MONDAY + timedelta(days=70), **asked)
        assert (far.next_day, far.last_day) == (None, NOW.date() + timedelta(days=42))

    def test_a_list_shows_each_trainers_first(
        self, trainer, service, django_assert_num_queries
    ):
        without = TrainerFactory(branch=trainer.branch)
        AppointmentFactory(trainer=trainer, service=service, starts_at=utc(9))
        with django_assert_num_queries(1):
            first = next_free(
                branch=trainer.branch,
                services=[service],
                trainer_ids=[trainer.pk, without.pk],
                client_id=None,
                now=NOW,
            )
        assert first == {trainer.pk: utc(10, 30)}


def shown(trainer, service, **asked):
    """The times of a week as a page shows them, of one of its trainers."""
    given = {"service_id": service.pk, "first": MONDAY, "now": NOW} | asked
    week = free_week(branch=trainer.branch, length=length_of(service), **given)
    assert {*week.starts} == {start for one in week.trainers for start in one.starts}
    its = (one.starts for one in week.trainers if one.trainer_id == trainer.pk)
    zone = trainer.branch.zone
    return [f"{start.astimezone(zone):%H:%M}" for start in next(its, ())]


def first_shown(trainer, service, now):
    asked = {"branch": trainer.branch, "services": [service], "now": now}
    first = next_free(trainer_ids=[trainer.pk], client_id=None, **asked)
    return f"{first[trainer.pk].astimezone(trainer.branch.zone):%H:%M}"


def switch(row, **columns):
    type(row).objects.filter(pk=row.pk).update(**columns)


def called_off(trainer):
    row = a_class(trainer, 9)
    return lambda: switch(row, status="cancelled")


def a_class(trainer, hour, minutes=60, **more):
    return SessionFactory(
        trainer=trainer,
        session_date=MONDAY,
        gym_class__weekday=0,
        gym_class__starts=time(hour),
        gym_class__minutes=minutes,
        **more,
    )


def an_appointment(trainer, **columns):
    """Booked by 9, then changed."""
    row = AppointmentFactory(
        trainer=trainer, service=ServiceFactory(), starts_at=utc(9), booked_at=NOW
    )
    return lambda: switch(row, **columns)


def of_another(trainer):
    """A class of a colleague's, whom the trainer replaces."""
    row = a_class(TrainerFactory(branch=trainer.branch), 9)
    return lambda: switch(row, trainer_id=trainer.pk, substitute_for_id=row.trainer_id)


def rows_of(model, trainer):
    return model.objects.filter(trainer=trainer)


ALTERED = {
    # what somebody does between two readings, and what the second one shows
    "hours end earlier": (
        lambda it: lambda: rows_of(Availability, it).update(ends=time(11)),
        ALL[:3],
    ),
    "hours are switched off": (
        lambda it: lambda: rows_of(Availability, it).update(is_active=False),
        [],
    ),
    "hours hold until last week": (
        lambda it: lambda: rows_of(Availability, it).update(valid_until=NOW.date()),
        [],
    ),
    "more hours": (
        lambda it: (
            lambda: AvailabilityFactory(trainer=it, starts=time(14), ends=time(15))
        ),
        [*ALL, "14:00"],
    ),
    "an appointment": (
        lambda it: (
            lambda: AppointmentFactory(
                trainer=it, service=ServiceFactory(), starts_at=utc(9)
            )
        ),
        ["10:30", "11:00"],
    ),
    "an appointment is cancelled": (
        lambda it: an_appointment(it, status="cancelled", cancelled_at=NOW),
        ALL,
    ),
    "an appointment is moved": (
        lambda it: an_appointment(
            it,
            starts_at=utc(11),
            ends_at=utc(12),
            busy_from=utc(11),
            busy_until=utc(12, 15),
        ),
        ALL[:2],
    ),
    "a class": (lambda it: lambda: a_class(it, 9), ALL[2:]),
    "a class is called off": (called_off, ALL),
    "a class of a colleague's is taken over": (of_another, ALL[2:]),
    "a holiday": (lambda it: lambda: away(it, utc(9), utc(10), "holiday"), ALL[2:]),
    "extra hours": (
        lambda it: lambda: away(it, utc(18), utc(19), "extra"),
        [*ALL, "18:00"],
    ),
    "the branch opens later": (
        lambda it: (
            lambda: BranchHours.objects.create(
                branch=it.branch, weekday=0, opens=time(10), closes=time(20)
            )
        ),
        ALL[2:],
    ),
    "the branch is switched off": (
        lambda it: lambda: switch(it.branch, is_active=False),
        [],
    ),
    "the trainer is switched off": (lambda it: lambda: switch(it, is_active=False), []),
    "the trainer's account is closed": (
        lambda it: lambda: switch(it.user, is_active=False),
        [],
    ),
    "more notice": (
        lambda it: lambda: PolicyFactory(appointment_notice_minutes=60 * 70),
        ALL[2:],
    ),
    "a nearer horizon": (
        lambda it: lambda: PolicyFactory(appointment_horizon_days=2),
        [],
    ),
}


class TestKept:
    """What was worked out is shown again for as long as nothing of it has changed."""

    @pytest.mark.parametrize("what", ALTERED)
    @pytest.mark.parametrize("of_all", [True, False])
    def test_what_changes_is_seen_at_once(self, trainer, service, what, of_all):
        AvailabilityFactory(trainer__branch=trainer.branch)
        happens, then = ALTERED[what][0](trainer), ALTERED[what][1]
        asked = {"trainer_ids": None if of_all else [trainer.pk]}
        assert shown(trainer, service, **asked) != then
        happens()
        assert shown(trainer, service, **asked) == then

    def test_what_does_not_change_is_not_worked_out_again(self, trainer, service):
        other = AvailabilityFactory(trainer__branch=trainer.branch).trainer
        with counting() as counters:
            assert shown(trainer, service) == shown(trainer, service) == ALL
            assert (counters.hits, counters.misses) == (2, 2)
            away(other, utc(9), utc(10))
            assert shown(trainer, service) == ALL
            assert (counters.hits, counters.misses) == (3, 3)

    def test_a_colleague_with_the_same_hours_has_their_own(self, trainer, service):
        assert shown(trainer, service) == ALL
        colleague = AvailabilityFactory(trainer__branch=trainer.branch, ends=time(12))
        assert shown(colleague.trainer, service) == ALL

    def test_a_new_topic_of_a_class_changes_nothing(self, trainer, service):
        taught = a_class(trainer, 9)
        with counting() as counters:
            shown(trainer, service)
            switch(taught, topic="Hips")
            assert shown(trainer, service) == ALL[2:]
        assert (counters.hits, counters.misses) == (1, 1)

    def test_time_goes_on(self, trainer, service):
        assert shown(trainer, service, now=utc(6)) == ALL
        assert shown(trainer, service, now=utc(8, 1)) == ["10:30", "11:00"]
        assert first_shown(trainer, service, now=utc(6)) == "09:00"
        assert first_shown(trainer, service, now=utc(8, 1)) == "10:30"

    def test_without_notice_what_starts_now_has_begun(self, trainer, service):
        PolicyFactory(appointment_notice_minutes=0)
        assert shown(trainer, service, now=utc(9)) == ALL[1:]
        assert shown(trainer, service, now=utc(8, 59)) == ALL

    def test_another_service_has_its_own(self, trainer, service):
        assert shown(trainer, service) == ALL
        longer = ServiceFactory(slug="long", minutes=150, raster_minutes=30)
        assert shown(trainer, longer) == ALL[:2]
        switch(service, minutes=120)
        service.refresh_from_db()
        assert shown(trainer, service) == ALL[:3]

    def test_each_reader_has_their_own(self, trainer, service):
        client = MemberFactory()
        AppointmentFactory(client=client, service=service, starts_at=utc(9))
        asked = {"trainer_ids": [trainer.pk]}
        assert shown(trainer, service, **asked) == ALL
        assert shown(trainer, service, client_id=client.pk, **asked) == ALL[2:]

    def test_what_is_moved_takes_no_time(self, trainer, service):
        booked = AppointmentFactory(trainer=trainer, service=service, starts_at=utc(9))
        asked = {"client_id": booked.client_id, "trainer_ids": [trainer.pk]}
        for _ in range(2):
            assert shown(trainer, service, **asked) == ["10:30", "11:00"]
            assert shown(trainer, service, besides=booked.pk, **asked) == ALL

    def test_another_time_zone_moves_the_hours(self, trainer, service):
        assert shown(trainer, service) == ALL
        switch(trainer.branch, time_zone="America/New_York")
        trainer.branch.refresh_from_db()
        assert shown(trainer, service) == ALL
        assert first_shown(trainer, service, NOW) == "09:00"


ZONES = {
    # (zone, Sunday of the change, a wall time, how often it is there)
    "London skips": ("Europe/London", date(2027, 3, 28), "01:30", 0),
    "London repeats": ("Europe/London", date(2026, 10, 25), "01:30", 2),
    "Sydney skips": ("Australia/Sydney", date(2026, 10, 4), "02:30", 0),
    "Sydney repeats": ("Australia/Sydney", date(2027, 4, 4), "02:30", 2),
    "New York skips": ("America/New_York", date(2027, 3, 14), "02:30", 0),
    "New York repeats": ("America/New_York", date(2026, 11, 1), "01:30", 2),
    "Lord Howe skips half an hour": (
        "Australia/Lord_Howe",
        date(2026, 10, 4),
        "02:15",
        0,
    ),
    "Lord Howe repeats half an hour": (
        "Australia/Lord_Howe",
        date(2027, 4, 4),
        "01:45",
        2,
    ),
    "Kolkata has no change": ("Asia/Kolkata", date(2026, 11, 29), "02:30", 1),
}


@pytest.mark.parametrize("name", ZONES)
def test_a_day_of_a_clock_change_has_what_is_skipped_not_and_what_is_repeated_twice(
    name,
):
    zone, sunday, wall, count = ZONES[name]
    branch = BranchFactory(slug="far", time_zone=zone)
    trainer = AvailabilityFactory(
        trainer__branch=branch,
        branch=branch,
        weekday=6,
        starts=time(),
        ends=time(6),
        valid_from=date(2026, 1, 1),
    ).trainer
    service = ServiceFactory(minutes=15, buffer_after_minutes=0)
    now = datetime.combine(sunday - timedelta(days=3), time(12), UTC)
    shown = found(trainer, service, first=sunday, days=1, now=now)
    assert shown.count(wall) == count
    assert {shown.count(one) for one in shown} <= {1, count}
    assert shown[0] == "00:00"
    assert shown[-1] == "05:45"


def test_the_lock_of_operations_is_that_of_the_triggers():
    taken = take(TRAINER, "%(trainer)s::bigint", alone=True)
    numbers = re.findall(r"\d+", taken)
    assert numbers == re.findall(r"\d+", SQL.hold_trainer_time)
