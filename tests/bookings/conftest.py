"""Who works at the desk, and what is booked there."""

import pytest
import time_machine

from bookings.operations.appointments import book_appointment
from gymsite.core.models import Role
from tests.bookings.staff import MONDAY_10, NOW
from tests.factories import (
    AvailabilityFactory,
    MemberFactory,
    ServiceFactory,
    UserFactory,
)


@pytest.fixture
def friday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk(client):
    user = UserFactory(role=Role.FRONT_DESK)
    client.force_login(user)
    return user


@pytest.fixture
def booked():
    trainer = AvailabilityFactory().trainer
    return book_appointment(
        trainer_id=trainer.pk,
        service_id=ServiceFactory().pk,
        branch_id=trainer.branch_id,
        client_id=MemberFactory().pk,
        starts_at=MONDAY_10,
        now=NOW,
    )
