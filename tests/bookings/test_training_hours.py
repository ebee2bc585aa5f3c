"""A trainer's own hours: by weekday, otherwise on some days, and blocked just now."""

from datetime import UTC, date, datetime, time

import pytest
import time_machine

from bookings.models import Availability, AvailabilityException
from gymsite.core.models import Event
from tests.bookings.test_training_pages import browser_of, page, taught
from tests.factories import (
    AppointmentFactory,
    AvailabilityFactory,
    BranchFactory,
    MemberFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)  # a Wednesday


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def trainer():
    return TrainerFactory()


@pytest.fixture
def client(trainer):
    return browser_of(trainer.user)


def utc(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


RULE = {
    "weekday": "2",
    "starts": "09:00",
    "ends": "13:00",
    "valid_from": "2026-11-25",
    "valid_until": "",
}


class TestHours:
    def test_are_added_changed_and_ended(self, client, trainer):
        client.post("/teaching/hours/add/", RULE)
        rule = Availability.objects.get()
        assert (rule.trainer, rule.branch, rule.weekday) == (
            trainer, trainer.branch, 2,
        )  # fmt: skip
        assert "Wednesday, 09:00 to 13:00" in page(client, "/teaching/hours/")
        changed = RULE | {"ends": "00:00", "valid_until": "2027-03-31"}
        client.post(f"/teaching/hours/{rule.pk}/", changed)
        html = page(client, "/teaching/hours/")
        assert "Wednesday, 09:00 to midnight" in html
        assert "from 25 Nov 2026 until 31 Mar 2027" in html
        client.post(f"/teaching/hours/{rule.pk}/end/")
        rule.refresh_from_db()
        assert (rule.valid_until, rule.is_active) == (date(2026, 11, 25), True)

    def test_record_who_changed_what(self, client, trainer):
        client.post("/teaching/hours/add/", RULE)
        rule = Availability.objects.get()
        for _ in range(2):  # the second time changes nothing
            client.post(f"/teaching/hours/{rule.pk}/", RULE | {"ends": "14:00"})
        for _ in range(2):
            client.post(f"/teaching/hours/{rule.pk}/end/")
        events = list(Event.objects.filter(kind="trainer_hours_changed").order_by("id"))
        assert [event.actor for event in events] == [trainer.user] * 3
        assert {event.subject_id for event in events} == {trainer.pk}
        added, changed, ended = (event.data for event in events)
        assert (added["before"], added["after"]["ends"]) == (None, "13:00:00")
        ends = changed["before"]["ends"], changed["after"]["ends"]
        assert ends == ("13:00:00", "14:00:00")
        until = ended["before"]["valid_until"], ended["after"]["valid_until"]
        assert until == (None, "2026-11-25")

    def test_that_have_not_begun_never_hold(self, client, trainer):
        rule = AvailabilityFactory(trainer=trainer, valid_from=date(2026, 12, 1))
        client.post(f"/teaching/hours/{rule.pk}/end/")
        rule.refresh_from_db()
        assert (rule.valid_until, rule.is_active) == (None, False)
        assert "No hours yet" in page(client, "/teaching/hours/")

    def test_that_have_ended_keep_their_end(self, client, trainer):
        ended = date(2026, 11, 1)
        rule = AvailabilityFactory(trainer=trainer, valid_until=ended)
        client.post(f"/teaching/hours/{rule.pk}/end/")
        rule.refresh_from_db()
        assert rule.valid_until == ended

    def test_that_overlap_are_refused_in_words(self, client, trainer):
        AvailabilityFactory(trainer=trainer, weekday=2)
        answer = client.post("/teaching/hours/add/", RULE)
        assert answer.status_code == 422
        assert "hours then on that weekday already" in answer.content.decode()
        assert Availability.objects.count() == 1

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"ends": "08:00"}, "They end after they start."),
            ({"ends": "09:00"}, "They end after they start."),
            ({"valid_until": "2026-11-01"}, "The last day is not before the first."),
            ({"starts": "nine"}, "Type a time such as 09:30."),
            ({"valid_from": "soon"}, "Choose a day."),
            ({"weekday": "7"}, "Select a valid choice."),
        ],
    )
    def test_that_cannot_be_are_refused_in_words(self, client, given, said):
        answer = client.post("/teaching/hours/add/", RULE | given)
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert not Availability.objects.exists()

    def test_of_somebody_else_are_not_there(self, client):
        rule = AvailabilityFactory(ends=time(17))
        for path in ("", "end/"):
            answer = client.post(f"/teaching/hours/{rule.pk}/{path}", RULE)
            assert answer.status_code == 404
        rule.refresh_from_db()
        assert (rule.ends, rule.valid_until) == (time(17), None)

    def test_are_for_trainers(self, trainer):
        for user in (MemberFactory(), UserFactory(role="manager")):
            for path in ("", "add/", "away/"):
                answer = browser_of(user).get(f"/teaching/hours/{path}")
                assert answer.status_code == 403
            assert browser_of(user).post("/teaching/hours/block/").status_code == 403


AWAY = {"kind": "holiday", "first": "2026-12-01", "last": "2026-12-03"}


class TestOnSomeDays:
    def test_a_holiday_is_of_whole_days_there(self):
        sydney = TrainerFactory(
            branch=BranchFactory(slug="bondi", time_zone="Australia/Sydney")
        )
        client = browser_of(sydney.user)
        client.post("/teaching/hours/away/", AWAY | {"reason": "Wedding"})
        away = AvailabilityException.objects.get()
        assert away.starts_at == datetime(2026, 11, 30, 13, tzinfo=UTC)
        assert away.ends_at == datetime(2026, 12, 3, 13, tzinfo=UTC)
        html = page(client, "/teaching/hours/")
        assert "Tue 1 Dec 00:00 to Fri 4 Dec 00:00 · Wedding" in html
        assert Event.objects.filter(kind="trainer_away").count() == 1
        client.post(f"/teaching/hours/away/{away.pk}/remove/")
        client.post(f"/teaching/hours/away/{away.pk}/remove/")
        assert not AvailabilityException.objects.exists()
        assert Event.objects.filter(kind="trainer_back").count() == 1

    def test_extra_hours_have_times(self, client):
        given = {"kind": "extra", "first": "2026-12-01", "starts": "18:00"}
        client.post("/teaching/hours/away/", given | {"ends": "20:00"})
        extra = AvailabilityException.objects.get()
        assert (extra.kind, extra.ends_at - extra.starts_at) == (
            "extra", utc(1, 20) - utc(1, 18),
        )  # fmt: skip

    def test_an_appointment_in_the_way_is_named_and_linked(self, client, trainer):
        one = AppointmentFactory(
            trainer=trainer, starts_at=datetime(2026, 12, 2, 10, tzinfo=UTC)
        )
        answer = client.post("/teaching/hours/away/", AWAY)
        assert answer.status_code == 422
        html = answer.content.decode()
        assert f"/teaching/appointments/{one.reference}/" in html
        assert "Wed 2 Dec 10:00" in html
        assert not AvailabilityException.objects.exists()

    def test_a_class_then_is_told(self, client, trainer):
        taught(trainer, 27, 10)
        given = AWAY | {"first": "2026-11-27", "last": ""}
        html = client.post("/teaching/hours/away/", given, follow=True).content.decode()
        assert "You still teach Vinyasa Flow, Fri 27 Nov 10:00." in html

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"last": "2026-11-30"}, "It ends after it starts."),
            ({"first": "2026-11-01", "last": "2026-11-02"}, "That is past."),
            ({"first": "2099-01-01", "last": ""}, "Choose days within the next year."),
            ({"kind": "leave"}, "Select a valid choice."),
        ],
    )
    def test_what_cannot_be_is_refused_in_words(self, client, given, said):
        answer = client.post("/teaching/hours/away/", AWAY | given)
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert not AvailabilityException.objects.exists()

    def test_a_second_time_is_refused_in_words(self, client):
        client.post("/teaching/hours/away/", AWAY)
        answer = client.post("/teaching/hours/away/", AWAY)
        assert "That time is noted already." in answer.content.decode()

    def test_of_somebody_else_stays(self, client):
        other = TrainerFactory()
        browser_of(other.user).post("/teaching/hours/away/", AWAY)
        away = AvailabilityException.objects.get()
        client.post(f"/teaching/hours/away/{away.pk}/remove/")
        assert AvailabilityException.objects.exists()


class TestBlockNow:
    @pytest.mark.parametrize(
        ("minutes", "until"),
        [("15", utc(25, 9, 15)), ("60", utc(25, 10)), ("rest", utc(26, 0))],
    )
    def test_is_two_taps_and_one_back(self, client, minutes, until):
        assert f'value="{minutes}"' in page(client, "/teaching/")
        client.post("/teaching/hours/block/", {"minutes": minutes})
        block = AvailabilityException.objects.get()
        assert (block.kind, block.starts_at, block.ends_at) == ("block", NOW, until)
        assert "Undo" in page(client, "/teaching/")
        path = f"/teaching/hours/away/{block.pk}/remove/"
        assert client.post(path, {"back": "today"}).url == "/teaching/"
        assert "Undo" not in page(client, "/teaching/")

    def test_what_stays_booked_is_said(self, client, trainer):
        AppointmentFactory(
            trainer=trainer,
            client=UserFactory(first_name="Ana", last_name="Silva"),
            starts_at=utc(25, 9, 30),
        )
        sent = {"minutes": "60"}
        answer = client.post("/teaching/hours/block/", sent, follow=True)
        assert "Ana Silva, Wed 25 Nov 09:30, stays." in answer.content.decode()
        assert AvailabilityException.objects.get().ends_at == utc(25, 9, 30)

    def test_where_all_is_booked_the_appointment_is_named_and_linked(
        self, client, trainer
    ):
        one = AppointmentFactory(trainer=trainer, starts_at=utc(25, 8, 30))
        answer = client.post("/teaching/hours/block/", {"minutes": "15"})
        assert answer.status_code == 409
        assert f"/teaching/appointments/{one.reference}/" in answer.content.decode()
        assert not AvailabilityException.objects.exists()

    @pytest.mark.parametrize("minutes", ["", "0", "1440", "nonsense"])
    def test_anything_else_blocks_nothing(self, client, minutes):
        client.post("/teaching/hours/block/", {"minutes": minutes})
        assert not AvailabilityException.objects.exists()
