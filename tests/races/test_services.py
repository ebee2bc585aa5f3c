"""A service that is booked at the moment in which its trainer gives it no more."""

from functools import partial

import pytest
from django.utils import timezone

from bookings.models import Appointment
from bookings.operations.appointments import book_appointment
from bookings.operations.services import set_services
from tests.factories import UserFactory
from tests.race import OK, at_once, while_held
from tests.races.test_times import asked_for
from tests.triggers import without

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def behind():
    """The outcome of a booking that meets the open change."""
    shared, (client,) = asked_for(1)
    gives = partial(
        set_services,
        trainer_id=shared["trainer_id"],
        service_ids=[],
        actor_id=UserFactory().pk,
        now=timezone.now(),
    )
    book = partial(book_appointment, **shared, **client)
    return while_held(gives, [book]).all[0]


def test_what_is_given_no_more_is_not_booked():
    assert behind().code == "service_not_given"
    assert not Appointment.objects.exists()


def test_control_without_the_lock_it_is():
    with without(" FOR KEY SHARE OF g", triggers="parents_in_use"):
        assert behind().code == OK


def test_two_say_the_same_at_once():
    shared, _ = asked_for(1)
    gives = {"trainer_id": shared["trainer_id"], "service_ids": [shared["service_id"]]}
    who = {"actor_id": UserFactory().pk, "now": timezone.now()}
    set_services(**gives | {"service_ids": []}, **who)
    assert at_once(set_services, [gives, gives], **who).codes == {OK: 2}
