"""A trainer's clients: the list, history and notes, and booking the next time."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine

from bookings.models import Appointment, ClientNote
from gymsite.core.models import Event
from tests.api import Api
from tests.bookings.test_training_pages import browser_of, page
from tests.factories import (
    AppointmentFactory,
    AvailabilityFactory,
    MemberFactory,
    PolicyFactory,
    ServiceFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)  # a Wednesday
MONDAY = datetime(2026, 11, 30, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def trainer():
    return AvailabilityFactory().trainer


@pytest.fixture
def ana(trainer):
    ana = MemberFactory(first_name="Ana", last_name="Silva")
    AppointmentFactory(
        trainer=trainer,
        client=ana,
        starts_at=NOW - timedelta(days=2),
        status="completed",
        over_at=NOW,
    )
    return ana


@pytest.fixture
def client(trainer):
    return browser_of(trainer.user)


class TestTheList:
    def test_has_ones_own_clients_and_finds_them_by_name(self, client, trainer, ana):
        other = UserFactory(first_name="Émile", last_name="Roux")
        AppointmentFactory(trainer=trainer, client=other, starts_at=MONDAY)
        stranger = UserFactory(first_name="Ana", last_name="Other")
        AppointmentFactory(client=stranger)
        html = page(client, "/teaching/clients/")
        assert "last on 23 Nov" in html and "next on 30 Nov" in html
        assert "Ana Other" not in html
        found = page(client, "/teaching/clients/?q=emil")
        assert "Émile Roux" in found and "Ana Silva" not in found
        assert "Nobody of that name" in page(client, "/teaching/clients/?q=zzzz")

    def test_goes_on_over_pages(self, client, trainer):
        for n in range(21):
            AppointmentFactory(trainer=trainer, starts_at=MONDAY + timedelta(days=n))
        answer = client.get("/teaching/clients/")
        shown = {one["id"] for one in answer.context["clients"]}
        more = client.get("/teaching/clients/", {"after": answer.context["next"]})
        shown |= {one["id"] for one in more.context["clients"]}
        assert len(shown) == 21 and more.context["next"] is None

    def test_is_empty_with_a_word(self, client):
        assert "No clients yet" in page(client, "/teaching/clients/")


class TestNotes:
    def test_are_written_and_taken_away_by_the_trainer(self, client, trainer, ana):
        path = f"/teaching/clients/{ana.pk}/"
        client.post(f"{path}note/", {"text": " Left knee. \nEasy on squats. "})
        note = ClientNote.objects.get()
        assert (note.trainer, note.text) == (trainer, "Left knee. \nEasy on squats.")
        assert "Left knee." in page(client, path)
        event = Event.objects.get(kind="client_noted")
        assert "knee" not in str(event.data) and event.actor_id == trainer.user_id
        client.post(f"{path}note/{note.pk}/remove/")
        assert not ClientNote.objects.exists()
        assert Event.objects.filter(kind="client_note_removed").count() == 1

    @pytest.mark.parametrize("text", ["", "   ", "x" * 2001, "a\0b"])
    def test_that_cannot_be_are_refused(self, client, ana, text):
        path = f"/teaching/clients/{ana.pk}/note/"
        assert client.post(path, {"text": text}).status_code == 422
        assert not ClientNote.objects.exists()

    def test_are_not_of_somebody_who_is_no_client(self, client):
        path = f"/teaching/clients/{UserFactory().pk}/note/"
        assert client.post(path, {"text": "Hello"}).status_code == 404
        assert not ClientNote.objects.exists()

    @pytest.mark.parametrize(
        ("who", "status"),
        [("another trainer", 404), ("the client", 403), ("the desk", 403)],
    )
    def test_nobody_else_reads_writes_or_removes_them(self, trainer, ana, who, status):
        note = ClientNote.objects.create(
            trainer=trainer, client=ana, text="Left knee.", created_at=NOW
        )
        user = {
            "another trainer": lambda: TrainerFactory(branch=trainer.branch).user,
            "the client": lambda: ana,
            "the desk": lambda: UserFactory(
                role="front_desk", home_branch=trainer.branch
            ),
        }[who]()
        client, path = browser_of(user), f"/teaching/clients/{ana.pk}/"
        assert client.get(path).status_code == status
        assert client.post(f"{path}note/", {"text": "Mine"}).status_code == status
        client.post(f"{path}note/{note.pk}/remove/")
        assert ClientNote.objects.get().text == "Left knee."
        listed = client.get("/admin/bookings/clientnote/")
        assert listed.status_code != 200
        told = Api(user).get(f"/clients/{ana.pk}/")
        assert "knee" not in told.content.decode()

    def test_another_trainer_of_the_same_client_has_their_own(self, trainer, ana):
        ClientNote.objects.create(
            trainer=trainer, client=ana, text="Left knee.", created_at=NOW
        )
        other = TrainerFactory(branch=trainer.branch)
        AppointmentFactory(trainer=other, client=ana, starts_at=MONDAY)
        assert "knee" not in page(
            browser_of(other.user), f"/teaching/clients/{ana.pk}/"
        )

    def test_managers_read_them_in_the_back_office(self, trainer, ana):
        note = ClientNote.objects.create(
            trainer=trainer, client=ana, text="Left knee.", created_at=NOW
        )
        manager = UserFactory(role="manager", home_branch=trainer.branch)
        path = f"/admin/bookings/clientnote/{note.pk}/change/"
        assert "Left knee." in page(browser_of(manager), path)


def test_a_clients_history_is_that_with_this_trainer(client, trainer, ana):
    AppointmentFactory(
        client=ana, starts_at=NOW - timedelta(days=9), service__name="Elsewhere"
    )
    html = page(client, f"/teaching/clients/{ana.pk}/")
    assert "Mon 23 Nov 09:00" in html and "Elsewhere" not in html


class TestBooking:
    def path(self, ana):
        return f"/teaching/clients/{ana.pk}/book/"

    def test_shows_free_times_and_books_one(self, client, trainer, ana):
        service = ServiceFactory(name="Technique check", minutes=30, price_minor=3000)
        path = self.path(ana)
        html = page(client, f"{path}?service={service.pk}&week=2026-11-30")
        assert (
            "Monday 30 Nov" in html
            and "Technique check" in html
            and "30 min · £30.00" in html
        )
        sent = {"service": service.pk, "starts": MONDAY.isoformat()}
        assert f'value="{sent["starts"]}"' in html
        answer = client.post(path, sent)
        booked = Appointment.objects.latest("id")
        assert answer.url == f"/teaching/appointments/{booked.reference}/"
        assert (booked.client, booked.trainer, booked.status, booked.source) == (
            ana, trainer, "booked", "staff",
        )  # fmt: skip
        event = Event.objects.get(kind="appointment_booked")
        assert (event.actor_id, event.member_id) == (trainer.user_id, ana.pk)
        assert client.post(path, sent).url == answer.url
        assert Appointment.objects.filter(starts_at=MONDAY).count() == 1

    def test_what_clocks_show_twice_is_two_times_on_the_week_too(
        self, client, trainer, ana
    ):
        AvailabilityFactory(trainer=trainer, weekday=6, starts=time(), ends=time(6))
        service = ServiceFactory(minutes=30, raster_minutes=30, buffer_after_minutes=0)
        path, second = self.path(ana), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
        with time_machine.travel(second - timedelta(days=3), tick=False):
            html = page(browser_of(trainer.user), f"{path}?service={service.pk}")
            assert "01:30 BST" in html and "01:30 GMT" in html
            sent = {"service": service.pk, "starts": second.isoformat()}
            client.post(path, sent)
            assert "01:30 GMT to 02:00" in page(client, "/teaching/week/")

    def test_is_no_request_where_clients_have_to_ask(self, client, ana):
        PolicyFactory(appointments_on_request=True)
        sent = {"service": ServiceFactory().pk, "starts": MONDAY.isoformat()}
        client.post(self.path(ana), sent)
        assert Appointment.objects.latest("id").status == "booked"

    def test_a_time_that_is_taken_is_refused_on_the_page(self, client, trainer, ana):
        AppointmentFactory(trainer=trainer, starts_at=MONDAY)
        sent = {"service": ServiceFactory().pk, "starts": MONDAY.isoformat()}
        answer = client.post(self.path(ana), sent)
        assert answer.status_code == 409
        assert "is not free on Mon 30 Nov 10:00" in answer.content.decode()

    @pytest.mark.parametrize(
        "starts",
        ["", "soon", "2026-11-30T10:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59Z"],
    )
    def test_what_is_no_time_books_nothing(self, client, ana, starts):
        sent = {"service": ServiceFactory().pk, "starts": starts}
        assert client.post(self.path(ana), sent).status_code in (409, 422)
        assert not Appointment.objects.filter(starts_at__gt=NOW).exists()

    def test_is_for_clients_alone(self, client, trainer, ana):
        sent = {"service": ServiceFactory().pk, "starts": MONDAY.isoformat()}
        stranger = MemberFactory()
        assert client.get(self.path(stranger)).status_code == 404
        assert client.post(self.path(stranger), sent).status_code == 404
        other = browser_of(TrainerFactory(branch=trainer.branch).user)
        assert other.post(self.path(ana), sent).status_code == 404
        assert browser_of(ana).post(self.path(ana), sent).status_code == 403
        assert not Appointment.objects.filter(starts_at=MONDAY).exists()
