"""Which trainer gives which service: who can be booked for what."""

import pytest
from django.db.utils import IntegrityError
from django.test import Client

from bookings import errors
from bookings.models import Appointment, TrainerService
from bookings.operations.appointments import book_appointment, move_appointment
from bookings.operations.services import give_to_all, set_services
from bookings.queries.availability import free_slots, free_week, length_of, next_free
from gymsite.core.errors import NotFound
from gymsite.core.models import Event
from tests.bookings.staff import ADMIN, MONDAY_10, NOW, act, text
from tests.factories import (
    AppointmentFactory,
    AvailabilityFactory,
    BranchFactory,
    MemberFactory,
    ServiceFactory,
    TrainerFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("friday")]
FIRST = MONDAY_10.date()


@pytest.fixture
def pads():
    return ServiceFactory(name="Boxing pads", slug="pads", minutes=45)


@pytest.fixture
def massage():
    return ServiceFactory(name="Sports massage", slug="massage")


@pytest.fixture
def boxer(pads, massage):
    """Gives pads alone."""
    lena = TrainerFactory(name="Lena Brandt", slug="lena", gives=[pads])
    return AvailabilityFactory(trainer=lena).trainer


@pytest.fixture
def masseur(boxer, massage):
    tom = TrainerFactory(name="Tom Hale", slug="tom", gives=[massage])
    return AvailabilityFactory(trainer=tom).trainer


def asked(trainer, service, **more):
    return {
        "trainer_id": trainer.pk,
        "service_id": service.pk,
        "branch_id": trainer.branch_id,
        "client_id": MemberFactory().pk,
        "starts_at": MONDAY_10,
        "now": NOW,
    } | more


@pytest.mark.parametrize("source", ["page", "staff"])
def test_what_is_not_given_is_refused_in_words(boxer, massage, pads, source):
    with pytest.raises(errors.ServiceNotGiven) as refused:
        book_appointment(**asked(boxer, massage, source=source))
    assert refused.value.message.startswith("Lena Brandt does not give Sports massage.")
    assert not Appointment.objects.exists()
    assert book_appointment(**asked(boxer, pads, source=source))


def test_the_database_refuses_it_too(boxer, massage):
    with pytest.raises(IntegrityError) as refused:
        AppointmentFactory(trainer=boxer, service=massage)
    named = refused.value.__cause__.diag.constraint_name
    assert named == "bookings_appointment_trainer_gives_it"


def test_what_is_booked_stays_and_moves_when_it_is_given_no_more(boxer, pads):
    booked = book_appointment(**asked(boxer, pads))
    give(boxer)
    later = MONDAY_10.replace(hour=13)
    act = {"actor_id": booked.client_id, "now": NOW}
    moved = move_appointment(appointment_id=booked.pk, starts_at=later, **act)
    assert (moved.starts_at, moved.status) == (later, "booked")


def give(trainer, *services):
    keys = [one.pk for one in services]
    who = trainer.user_id
    set_services(trainer_id=trainer.pk, service_ids=keys, actor_id=who, now=NOW)


class TestFreeTimes:
    def test_of_a_branch_are_of_those_who_give_it(
        self, boxer, masseur, massage, django_assert_num_queries
    ):
        where = {"branch": boxer.branch, "first": FIRST, "now": NOW}
        with django_assert_num_queries(1):
            found = free_slots(service=massage, **where)
        assert [one.trainer_id for one in found] == [masseur.pk]
        length = length_of(massage)
        week = free_week(length=length, service_id=massage.pk, **where)
        assert [one.trainer_id for one in week.trainers] == [masseur.pk]

    def test_of_one_who_does_not_give_it_are_none(self, boxer, massage):
        where = {"branch": boxer.branch, "first": FIRST, "now": NOW}
        assert free_slots(service=massage, trainer_id=boxer.pk, **where) == []

    def test_a_list_has_each_one_s_own_service(
        self, boxer, masseur, pads, massage, django_assert_num_queries
    ):
        AppointmentFactory(
            trainer=boxer, service=pads, starts_at=MONDAY_10.replace(hour=9)
        )
        nothing = TrainerFactory(name="Nia", gives=[])
        AvailabilityFactory(trainer=nothing)
        with django_assert_num_queries(1):
            found = next_free(
                branch=boxer.branch,
                services=[pads, massage],
                trainer_ids=[boxer.pk, masseur.pk, nothing.pk],
                client_id=None,
                now=NOW,
            )
        # pads take 45 minutes and a quarter of an hour after it
        assert found == {boxer.pk: MONDAY_10, masseur.pk: MONDAY_10.replace(hour=9)}


class TestPages:
    def test_a_trainers_page_offers_what_they_give(self, boxer, pads, massage):
        shown = text(Client().get("/trainers/lena/"))
        assert "Boxing pads" in shown
        assert "Sports massage" not in shown

    def test_a_time_that_was_never_offered_says_why(self, boxer, massage):
        page = "/appointments/book/riverside/massage/lena/2026-11-30T1000Z/"
        shown = text(Client().get(page))
        assert "Lena Brandt does not give Sports massage." in shown

    def test_time_first_shows_who_gives_it(self, boxer, masseur, massage):
        asked = "service=massage&day=2026-11-30&at=2026-11-30T1000Z"
        shown = text(Client().get(f"/appointments/?{asked}"))
        assert "Tom Hale" in shown
        assert "Lena Brandt" not in shown


class TestInTheAdmin:
    def test_what_a_trainer_gives_is_ticked(self, client, manager, boxer, massage):
        page = f"{ADMIN}/trainer/do/services/?ids={boxer.pk}"
        shown = text(client.get(page))
        assert shown.count(" checked") == 1
        assert "gives 1 services" in text(act(client, page, services=[massage.pk]))
        assert list(boxer.gives.values_list("service", flat=True)) == [massage.pk]
        event = Event.objects.get(kind="trainer_services_changed")
        assert (event.actor, event.subject_id) == (manager, boxer.pk)
        assert event.data["added"] == [massage.pk]

    def test_a_new_service_is_given_by_all(self, client, owner, boxer, masseur, pads):
        page = f"{ADMIN}/service/do/everybody/?ids={pads.pk}"
        act(client, page)
        assert pads.given_by.count() == 2
        act(client, page)
        assert Event.objects.filter(kind="service_given_by_all").count() == 1

    def test_the_desk_changes_neither(self, client, desk, boxer, pads):
        page = f"{ADMIN}/trainer/do/services/?ids={boxer.pk}"
        assert client.post(page, {"services": []}).status_code == 403
        page = f"{ADMIN}/service/do/everybody/?ids={pads.pk}"
        assert client.post(page).status_code == 403
        assert boxer.gives.count() == 1

    def test_a_trainers_page_says_what_they_give(self, client, desk, boxer):
        page = f"{ADMIN}/trainer/{boxer.pk}/change/"
        assert "Boxing pads" in text(client.get(page))
        give(boxer)
        assert "Nothing yet, so nobody can book them" in text(client.get(page))


def test_the_same_again_is_no_event(boxer, pads):
    give(boxer, pads)
    assert not Event.objects.exists()
    with pytest.raises(NotFound):
        set_services(trainer_id=boxer.pk, service_ids=[10**9], actor_id=1, now=NOW)


def test_a_branchs_service_is_given_by_its_trainers(boxer):
    hill = BranchFactory(slug="hill")
    there = TrainerFactory(branch=hill)
    lesson = ServiceFactory(branch=hill, given_by=[])
    actor = there.user_id
    assert give_to_all(service_id=lesson.pk, actor_id=actor, now=NOW) == 1
    assert [one.trainer for one in TrainerService.objects.filter(service=lesson)] == [
        there
    ]
