"""A trainer's own pages: today, the week, and what becomes of an appointment."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.test import Client

from bookings.models import Appointment, AvailabilityException
from bookings.operations.sessions import substitute_trainer
from gymsite.core.models import Event
from tests.factories import (
    AppointmentFactory,
    BranchFactory,
    MemberFactory,
    PolicyFactory,
    SessionFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)  # a Wednesday
WEEK = "/teaching/week/?week=2026-11-25"


def utc(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def trainer():
    return TrainerFactory()


@pytest.fixture
def ana():
    return UserFactory(first_name="Ana", last_name="Silva")


@pytest.fixture
def client(trainer):
    return browser_of(trainer.user)


def browser_of(user):
    client = Client()
    client.force_login(user)
    return client


def appointment(trainer, client, starts_at, **values):
    return AppointmentFactory(
        trainer=trainer, client=client, starts_at=starts_at, **values
    )


def taught(trainer, day, hour, **values):
    return SessionFactory(
        gym_class__trainer=trainer,
        gym_class__branch=trainer.branch,
        gym_class__starts=time(hour),
        gym_class__weekday=date(2026, 11, day).weekday(),
        session_date=date(2026, 11, day),
        **values,
    )


def page(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_week_has_classes_and_appointments_in_order(client, trainer, ana):
    taught(trainer, 27, 10)
    appointment(trainer, ana, utc(27, 8))
    appointment(trainer, ana, utc(27, 14), status="confirmed")
    html = page(client, WEEK)
    assert "1 class, 2 appointments" in html
    assert html.index("08:00 to") < html.index("Vinyasa Flow") < html.index("14:00 to")
    assert html.count("Ana Silva</a>") == 2
    assert "Confirmed" in html


def test_nobody_elses_is_in_it(client, ana):
    appointment(TrainerFactory(), ana, utc(27, 8))
    assert "Ana Silva" not in page(client, WEEK)


def test_a_substitute_has_the_class_in_their_week(client, trainer):
    other = TrainerFactory(branch=trainer.branch)
    session = taught(trainer, 27, 9)
    substitute_trainer(
        session_id=session.pk, trainer_id=other.pk, actor_id=other.user_id, now=NOW
    )
    assert "Vinyasa Flow" not in page(client, WEEK)
    html = page(browser_of(other.user), WEEK)
    assert "Vinyasa Flow" in html and f"for {trainer.name}" in html


def test_time_away_stands_on_each_of_its_days(client, trainer):
    AvailabilityException.objects.create(
        trainer=trainer,
        branch=trainer.branch,
        kind="holiday",
        starts_at=utc(26, 12),
        ends_at=utc(28, 0),
        reason="Wedding",
        created_at=NOW,
    )
    html = page(client, WEEK)
    assert html.count("Holiday") == 2
    assert "12:00 to 00:00" in html and html.count("All day") == 1


def test_an_appointment_stands_on_its_day_in_its_own_zone(client, ana):
    sydney = TrainerFactory(
        branch=BranchFactory(slug="bondi", time_zone="Australia/Sydney")
    )
    appointment(sydney, ana, utc(26, 21))  # Friday 08:00 there
    html = page(browser_of(sydney.user), WEEK)
    friday = html[html.index("Friday 27") : html.index("Saturday 28")]
    assert "08:00 to 09:00" in friday


class TestRequests:
    def test_stand_above_whatever_their_week(self, client, trainer, ana):
        appointment(
            trainer, ana, datetime(2026, 12, 18, 10, tzinfo=UTC), status="requested"
        )
        for path in (WEEK, "/teaching/"):
            html = page(client, path)
            assert "1 to answer" in html and "Fri 18 Dec 10:00" in html

    def test_is_accepted(self, client, trainer, ana):
        asked = appointment(trainer, ana, utc(27, 8), status="requested")
        answer = mark(client, asked, "booked", back="week")
        assert answer.redirect_chain[0][0] == "/teaching/week/?week=2026-11-27"
        assert "Accepted: Ana Silva, Fri 27 Nov 08:00." in answer.content.decode()
        assert status_of(asked) == "booked"
        assert Event.objects.filter(kind="appointment_accepted").count() == 1

    def test_is_declined(self, client, trainer, ana):
        asked = appointment(trainer, ana, utc(27, 8), status="requested")
        answer = mark(client, asked, "declined", back="today")
        assert "Declined: Ana Silva, Fri 27 Nov 08:00." in answer.content.decode()
        assert status_of(asked) == "declined"
        week = page(client, WEEK)
        assert "slot one off" in week and "Declined" in week

    def test_what_was_accepted_meanwhile_is_not_declined(self, client, trainer, ana):
        booked = appointment(trainer, ana, utc(27, 8))
        answer = mark(client, booked, "declined", back="today")
        assert "This appointment is booked" in answer.content.decode()
        assert status_of(booked) == "booked"


def mark(client, appointment, becomes, **more):
    path = f"/teaching/appointments/{appointment.reference}/mark/"
    return client.post(path, {"becomes": becomes} | more, follow=True)


def status_of(appointment):
    return Appointment.objects.get(pk=appointment.pk).status


@pytest.mark.parametrize("becomes", ["confirmed", "checked_in", "completed", "no_show"])
def test_what_becomes_of_an_appointment_is_said_from_the_week(
    client, trainer, ana, becomes
):
    one = appointment(trainer, ana, utc(25, 8, 30), status="booked")
    if becomes == "confirmed":
        one = appointment(trainer, ana, utc(25, 12), status="booked")
    assert f'value="{becomes}"' in page(client, WEEK)
    mark(client, one, becomes, back="week")
    assert status_of(one) == becomes
    kinds = {
        "confirmed": "appointment_confirmed",
        "checked_in": "appointment_checked_in",
        "completed": "appointment_completed",
        "no_show": "appointment_missed",
    }
    event = Event.objects.get(kind=kinds[becomes])
    assert (event.actor_id, event.subject_id) == (trainer.user_id, one.pk)


def test_buttons_are_those_that_the_operations_let_pass(client, trainer, ana):
    """At each time, in each state: a button is there if and only if it works."""
    PolicyFactory()
    one = appointment(trainer, ana, utc(25, 12))
    for at in (utc(25, 11), utc(25, 11, 45), utc(25, 12, 30), NOW + timedelta(days=9)):
        for status in ("requested", "booked", "confirmed", "checked_in", "completed"):
            over = {"over_at": utc(25, 13)} if status == "completed" else {}
            Appointment.objects.filter(pk=one.pk).delete()
            one = appointment(trainer, ana, utc(25, 12), status=status, **over)
            with time_machine.travel(at, tick=False):
                client.force_login(trainer.user)
                html = page(client, f"/teaching/appointments/{one.reference}/")
                for becomes in ("booked", "confirmed", "checked_in", "no_show"):
                    if becomes == status:
                        continue
                    offered = f'value="{becomes}"' in html
                    answer = mark(client, one, becomes)
                    if offered:
                        assert answer.status_code == 200, (at, status, becomes)
                        assert status_of(one) == becomes
                        break


def test_a_refusal_is_said_and_changes_nothing(client, trainer, ana):
    one = appointment(trainer, ana, utc(27, 8))
    answer = mark(client, one, "completed")
    assert answer.status_code == 403
    assert "What becomes of it is said from" in answer.content.decode()
    answer = mark(client, one, "completed", back="week")
    assert "What becomes of it is said from" in answer.content.decode()
    assert status_of(one) == "booked"
    assert not Event.objects.filter(kind="appointment_completed").exists()


@pytest.mark.parametrize("becomes", ["", "requested", "late_cancelled", "nonsense"])
def test_what_is_no_button_changes_nothing(client, trainer, ana, becomes):
    one = appointment(trainer, ana, utc(27, 8))
    assert mark(client, one, becomes).status_code == 200
    assert status_of(one) == "booked"


def test_a_trainer_cancels_with_a_reason_and_it_costs_nothing(client, trainer, ana):
    one = appointment(trainer, ana, utc(25, 12))
    mark(client, one, "cancelled", reason="Ill")
    one.refresh_from_db()
    assert (one.status, one.cancel_reason) == ("cancelled", "Ill")
    assert "Ill" in page(client, f"/teaching/appointments/{one.reference}/")


class TestAccess:
    PATHS = ("/teaching/", "/teaching/week/")

    def test_others_get_what_they_always_got(self):
        for user, status in (
            (MemberFactory(), 403),
            (UserFactory(role="front_desk"), 403),
            (UserFactory(role="manager"), 403),
        ):
            for path in self.PATHS:
                assert browser_of(user).get(path).status_code == status
        assert Client().get("/teaching/week/").status_code == 302

    def test_who_is_not_set_up_reads_so(self):
        trainer = browser_of(UserFactory(role="trainer"))
        for path in self.PATHS:
            assert "A manager sets this up" in page(trainer, path)

    def test_an_appointment_is_its_trainers_alone(self, trainer, ana):
        one = appointment(trainer, ana, utc(27, 8), status="requested")
        path = f"/teaching/appointments/{one.reference}/"
        for user, status in (
            (TrainerFactory(branch=trainer.branch).user, 404),
            (ana, 403),
            (UserFactory(role="manager", home_branch=trainer.branch), 403),
            (UserFactory(role="front_desk", home_branch=trainer.branch), 403),
        ):
            assert browser_of(user).get(path).status_code == status
            marked = browser_of(user).post(f"{path}mark/", {"becomes": "booked"})
            assert marked.status_code == status
        assert status_of(one) == "requested"


class TestToday:
    def test_says_today_next_and_the_week_in_figures(self, client, trainer, ana):
        taught(trainer, 25, 10)
        appointment(trainer, ana, utc(25, 12))
        appointment(trainer, ana, utc(24, 12), status="completed", over_at=NOW)
        appointment(trainer, ana, utc(26, 12), status="cancelled", cancelled_at=NOW)
        appointment(trainer, ana, utc(27, 12), status="requested")
        html = page(client, "/teaching/")
        assert "Wednesday 25 November" in html
        assert "Today, 10:00 to 11:00" in html
        assert "3:00 <small>hours" in html
        assert "1:00 of classes, 2:00 of appointments" in html
        assert html.count("£55.00") == 2  # completed, and still booked

    def test_an_empty_day_says_so(self, client):
        html = page(client, "/teaching/")
        assert "A free day" in html and "Nothing this week or next." in html
        assert "0:00 <small>hours" in html

    def test_amounts_of_two_currencies_stay_apart(self, client, trainer, ana):
        appointment(trainer, ana, utc(25, 12))
        appointment(trainer, ana, utc(26, 12), currency="EUR")
        assert "£55.00, €55.00" in page(client, "/teaching/")


class TestFollowUp:
    def followed(self, client):
        html = page(client, "/teaching/")
        return "Ana Silva" in html[html.index("To follow up") :]

    def done(self, trainer, ana, at, status="completed"):
        return appointment(trainer, ana, at, status=status, over_at=NOW)

    def test_who_has_nothing_booked(self, client, trainer, ana):
        self.done(trainer, ana, utc(20, 12))
        html = page(client, "/teaching/")
        assert "Last on 20 Nov, nothing booked" in html

    def test_not_who_comes_within_two_weeks(self, client, trainer, ana):
        self.done(trainer, ana, utc(20, 12))
        appointment(trainer, ana, datetime(2026, 12, 4, 12, tzinfo=UTC))
        assert not self.followed(client)

    def test_who_comes_later_than_that(self, client, trainer, ana):
        self.done(trainer, ana, utc(20, 12))
        appointment(trainer, ana, datetime(2026, 12, 4, 12, 1, tzinfo=UTC))
        assert self.followed(client)

    def test_who_missed_the_last_time_though_booked_again(self, client, trainer, ana):
        self.done(trainer, ana, utc(20, 12), "no_show")
        appointment(trainer, ana, utc(30, 12))
        assert "Missed 20 Nov, next on 30 Nov" in page(client, "/teaching/")

    def test_not_who_missed_an_earlier_one(self, client, trainer, ana):
        self.done(trainer, ana, utc(18, 12), "no_show")
        self.done(trainer, ana, utc(20, 12))
        appointment(trainer, ana, utc(30, 12))
        assert not self.followed(client)

    def test_not_who_was_last_there_long_ago_or_with_another(
        self, client, trainer, ana
    ):
        self.done(trainer, ana, NOW - timedelta(days=61))
        self.done(TrainerFactory(), ana, utc(20, 12))
        assert not self.followed(client)
