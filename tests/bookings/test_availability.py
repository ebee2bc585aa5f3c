"""Free slots: hours less what takes a trainer's time, on the raster of the branch's
wall clock."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bookings.locks import SQL
from bookings.models import AvailabilityException
from bookings.models.occupancy import TRAINER, take
from bookings.queries.availability import (
    free_slots,
    free_week,
    length_of,
    next_free,
)
from gymsite.core.models import BranchHours
from tests.factories import (
    AppointmentFactory,
    AvailabilityFactory,
    BranchFactory,
    MemberFactory,
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
        with django_assert_num_queries(2):
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
        with django_assert_num_queries(3):
            week = free_week(first=MONDAY, **asked)
        assert week.next_day == MONDAY + timedelta(days=14)
        with django_assert_num_queries(2):
            after = free_week(first=week.next_day, **asked)
        assert (after.next_day, len(after.trainers[0].starts)) == (None, len(ALL))
        far = free_week(first=MONDAY + timedelta(days=70), **asked)
        assert (far.next_day, far.last_day) == (None, NOW.date() + timedelta(days=42))

    def test_a_list_shows_each_trainers_first(
        self, trainer, service, django_assert_num_queries
    ):
        without = TrainerFactory(branch=trainer.branch)
        AppointmentFactory(trainer=trainer, service=service, starts_at=utc(9))
        with django_assert_num_queries(2):
            first = next_free(
                branch=trainer.branch,
                services=[service],
                trainer_ids=[trainer.pk, without.pk],
                client_id=None,
                now=NOW,
            )
        assert first == {trainer.pk: utc(10, 30)}


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
