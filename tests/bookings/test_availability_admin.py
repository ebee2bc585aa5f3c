"""What staff do to services, trainers' hours and policies in the admin."""

import re
from datetime import time, timedelta

import pytest

from bookings.models import (
    Availability,
    AvailabilityException,
    BookingPolicy,
)
from gymsite.core.models import Event
from tests.bookings.staff import ADMIN, MONDAY_10, act, text
from tests.factories import (
    AvailabilityFactory,
    PolicyFactory,
    ServiceFactory,
    TrainerFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("friday")]


def hours_of(trainer, **changes):
    return {
        "trainer": trainer.pk,
        "branch": trainer.branch_id,
        "weekday": 0,
        "starts": "18:00",
        "ends": "24:00",
        "valid_from": "2026-01-01",
        "is_active": "on",
    } | changes


class TestHours:
    def test_end_at_midnight_however_it_is_typed(self, client, manager):
        trainer = TrainerFactory()
        answer = client.post(f"{ADMIN}/availability/add/", hours_of(trainer))
        assert answer.status_code == 302, text(answer)
        assert Availability.objects.get().ends == time()

    def test_that_overlap_are_refused_in_words(self, client, manager):
        trainer = AvailabilityFactory().trainer
        said = text(
            client.post(f"{ADMIN}/availability/add/", hours_of(trainer, starts="16:00"))
        )
        assert "This trainer has hours then on that weekday already." in said
        assert "bookings_availability_never_overlaps" not in said
        assert Availability.objects.count() == 1

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"ends": "17:00"}, "They end after they start"),
            ({"valid_until": "2025-12-31"}, "The last day is not before the first."),
        ],
    )
    def test_that_end_before_they_start_are_refused(
        self, client, manager, changes, words
    ):
        trainer = AvailabilityFactory().trainer
        given = hours_of(trainer, **changes)
        assert words in text(client.post(f"{ADMIN}/availability/add/", given))
        assert Availability.objects.count() == 1

    def test_of_a_trainer_who_is_switched_off_are_refused(self, client, manager):
        trainer = TrainerFactory(is_active=False)
        said = text(client.post(f"{ADMIN}/availability/add/", hours_of(trainer)))
        assert "This trainer takes no appointments." in said
        assert not Availability.objects.exists()

    def test_are_changed_where_they_stand(self, client, manager):
        hours = AvailabilityFactory()
        page = f"{ADMIN}/availability/{hours.pk}/change/"
        seen = re.search(r'name="seen" value="(\w+)"', text(client.get(page)))[1]
        changed = hours_of(hours.trainer, starts="07:00", ends="12:00", seen=seen)
        assert client.post(page, changed).status_code == 302
        hours.refresh_from_db()
        assert (hours.starts, hours.ends) == (time(7), time(12))

    def test_record_who_changed_them(self, client, manager):
        trainer = TrainerFactory()
        client.post(f"{ADMIN}/availability/add/", hours_of(trainer))
        event = Event.objects.get(kind="trainer_hours_changed")
        assert (event.actor, event.subject_id) == (manager, trainer.pk)
        assert event.data["after"]["starts"] == "18:00:00"

    def test_are_only_looked_at_by_the_desk(self, client, desk):
        hours = AvailabilityFactory()
        assert client.get(f"{ADMIN}/availability/").status_code == 200
        assert client.get(f"{ADMIN}/availability/add/").status_code == 403
        page = f"{ADMIN}/availability/{hours.pk}/change/"
        assert client.post(page, hours_of(hours.trainer)).status_code == 403


class TestDaysThatAreOtherwise:
    def away(self, trainer, first, last):
        return {
            "trainer": trainer.pk,
            "kind": "holiday",
            "starts_at_0": f"{first:%Y-%m-%d}",
            "starts_at_1": f"{first:%H:%M}",
            "ends_at_0": f"{last:%Y-%m-%d}",
            "ends_at_1": f"{last:%H:%M}",
            "reason": "Skiing",
        }

    def test_are_noted_and_taken_away(self, client, desk):
        trainer = TrainerFactory()
        given = self.away(trainer, MONDAY_10, MONDAY_10 + timedelta(days=3))
        answer = client.post(f"{ADMIN}/availabilityexception/add/", given)
        assert answer.status_code == 302, text(answer)
        row = AvailabilityException.objects.get()
        assert (row.starts_at, row.branch_id) == (MONDAY_10, trainer.branch_id)
        page = f"{ADMIN}/availabilityexception/do/remove/?ids={row.pk}"
        said = act(client, page)
        assert said.redirect_chain[-1][0] == f"{ADMIN}/availabilityexception/"
        assert "has the usual hours again" in text(said)
        assert not AvailabilityException.objects.exists()
        kinds = Event.objects.filter(actor=desk).values_list("kind", flat=True)
        assert list(kinds.order_by("id")) == ["trainer_away", "trainer_back"]

    def test_with_an_appointment_in_them_are_refused(self, client, desk, booked):
        given = self.away(booked.trainer, MONDAY_10, MONDAY_10 + timedelta(hours=2))
        answer = client.post(f"{ADMIN}/availabilityexception/add/", given)
        assert "This trainer has an appointment at that time." in text(answer)
        assert not AvailabilityException.objects.exists()

    def test_that_end_before_they_start_are_refused(self, client, desk):
        given = self.away(TrainerFactory(), MONDAY_10, MONDAY_10 - timedelta(hours=1))
        answer = client.post(f"{ADMIN}/availabilityexception/add/", given)
        assert "It ends after it starts." in text(answer)


def test_a_service_of_every_branch_is_the_owners_to_change(client, manager):
    everywhere = ServiceFactory()
    page = f"{ADMIN}/service/{everywhere.pk}/change/"
    assert client.post(page, {}).status_code == 403
    assert everywhere.name in text(client.get(f"{ADMIN}/service/"))


def test_a_service_of_odd_lengths_is_refused_in_words(client, manager):
    for minutes, words in (("0", "greater than or equal to 5"), ("900", "600")):
        given = {
            "branch": manager.home_branch_id,
            "name": "Long walk",
            "slug": "long-walk",
            "minutes": minutes,
            "buffer_before_minutes": "0",
            "buffer_after_minutes": "0",
            "raster_minutes": "15",
            "price_minor": "55.00",
            "currency": "GBP",
            "is_active": "on",
        }
        answer = client.post(f"{ADMIN}/service/add/", given)
        assert words in text(answer)
    assert client.post(f"{ADMIN}/service/add/", given | {"minutes": "90"}).status_code


def test_a_policy_has_the_rules_of_appointments(client, manager):
    PolicyFactory(appointment_notice_minutes=75)
    shown = text(client.get(f"{ADMIN}/bookingpolicy/add/"))
    for name in BookingPolicy._meta.get_fields():
        if name.name.startswith("appointment"):
            assert f'name="{name.name}"' in shown
    assert 'value="75"' in shown


def test_a_trainers_page_has_their_hours_and_what_is_next(client, desk, booked):
    shown = text(client.get(f"{ADMIN}/trainer/{booked.trainer_id}/change/"))
    assert "Monday 09:00 to 17:00" in shown
    assert "Mon 30 Nov 10:00, Personal training for Ada" in shown


def test_a_members_page_has_their_appointments(client, desk, booked):
    shown = text(client.get(f"/admin/core/user/{booked.client_id}/change/"))
    assert "Mon 30 Nov 10:00, Personal training with Lena" in shown
    assert f"/appointment/add/?client={booked.client_id}" in shown
