"""Each invariant of appointments holds in the database itself: raw SQL that breaks it
is refused by its name."""

from datetime import time, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bookings.models import AvailabilityException
from bookings.models.appointments import ENDED, TRANSITIONS, AppointmentStatus
from bookings.operations.bookings import book_session
from gymsite.payments.models import Payment
from memberships.operations.memberships import enroll
from tests.constraints import copied, refused_by, update
from tests.factories import (
    AllowanceFactory,
    AppointmentFactory,
    AvailabilityFactory,
    MemberFactory,
    PlanFactory,
    RoomFactory,
    SessionFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

APPOINTMENT, SESSION, BOOKING = (
    "bookings_appointment",
    "bookings_classsession",
    "bookings_booking",
)
GIVES = "bookings_trainerservice"
RULE, AWAY, SERVICE = (
    "bookings_availability",
    "bookings_availabilityexception",
    "bookings_service",
)
ANOTHER = {
    "reference": "'X'",
    "trainer_id": "%(trainer)s",
    "client_id": "%(member)s",
    "room_id": "NULL",
    "payment_id": "NULL",
    "price_minor": "0",
}


def another(**changes):
    """A further appointment, by default with everybody else and in no room."""
    return copied(APPOINTMENT, **ANOTHER | changes)


def shifted(hours, *columns):
    return {column: f"{column} + interval '{hours} hours'" for column in columns}


def at(when, length="1 hour"):
    """All of an appointment's times from an instant on, given as SQL."""
    end = f"{when} + interval '{length}'"
    return {"starts_at": when, "ends_at": end, "busy_from": when, "busy_until": end}


CLASS_STARTS = "(SELECT starts_at FROM bookings_classsession WHERE id = %(session)s)"

# name: (whose row, statement)
BREAKS = {
    "bookings_session_trainer_has_no_appointment": (
        "session",
        lambda: update(SESSION, "trainer_id = %(busy_trainer)s"),
    ),
    "bookings_session_room_has_no_appointment": (
        "session",
        lambda: update(SESSION, "room_id = %(busy_room)s"),
    ),
    "bookings_booking_member_has_no_appointment": (
        "booking",
        lambda: copied(
            BOOKING,
            reference="'X'",
            member_id="%(client)s",
            session_id="session_id",
        ),
    ),
    "bookings_appointment_reference_unique": (
        "appointment",
        lambda: another(reference="reference", **at("starts_at - interval '9 days'")),
    ),
    "bookings_appointment_trainer_free": (
        # the client's time is over, the trainer's is not
        "appointment",
        lambda: another(
            trainer_id="trainer_id", **at("ends_at + interval '14 minutes'")
        ),
    ),
    "bookings_appointment_room_free": (
        "appointment",
        lambda: another(room_id="room_id", **at("ends_at - interval '1 minute'")),
    ),
    "bookings_appointment_client_free": (
        "appointment",
        lambda: another(client_id="client_id", **at("ends_at - interval '1 minute'")),
    ),
    "bookings_appointment_trainer_teaches_not": (
        # a quarter of an hour between two clients would do, but the buffer needs more
        "appointment",
        lambda: another(
            trainer_id="%(teacher)s",
            **at(f"{CLASS_STARTS} - interval '59 minutes'"),
        ),
    ),
    "bookings_appointment_trainer_not_blocked": (
        "appointment",
        lambda: another(
            trainer_id="%(trainer)s", **at("starts_at + interval '30 days'")
        ),
    ),
    "bookings_appointment_room_holds_no_class": (
        "appointment",
        lambda: another(room_id="%(class_room)s", **at(CLASS_STARTS)),
    ),
    "bookings_appointment_client_has_no_class": (
        "appointment",
        lambda: another(client_id="%(booked)s", **at(CLASS_STARTS)),
    ),
    "bookings_appointment_parents_in_use": (
        "appointment",
        lambda: another(trainer_id="%(off)s", **at("starts_at + interval '20 days'")),
    ),
    "bookings_appointment_trainer_gives_it": (
        "appointment",
        lambda: another(trainer_id="%(gives_nothing)s"),
    ),
    "bookings_trainerservice_once": ("gives", lambda: copied(GIVES)),
    "bookings_appointment_lasts": (
        "appointment",
        lambda: update(
            APPOINTMENT,
            "ends_at = starts_at + interval '601 minutes',"
            " busy_until = starts_at + interval '601 minutes'",
        ),
    ),
    "bookings_appointment_buffers_around_it": (
        "appointment",
        lambda: update(APPOINTMENT, "busy_from = starts_at + interval '1 minute'"),
    ),
    "bookings_appointment_cancelled_has_time": (
        "appointment",
        lambda: update(APPOINTMENT, "status = 'cancelled'"),
    ),
    "bookings_appointment_over_in_time": (
        "appointment",
        lambda: update(
            APPOINTMENT,
            "status = 'completed', over_at = starts_at - interval '1 second'",
        ),
    ),
    "bookings_appointment_follows_its_states": (
        "appointment",
        lambda: update(APPOINTMENT, "status = 'requested'"),
    ),
    "bookings_appointment_keeps_its_terms": (
        "appointment",
        lambda: update(APPOINTMENT, "price_minor = 1"),
    ),
    "bookings_appointment_is_what_is_paid": (
        "appointment",
        lambda: update(APPOINTMENT, "payment_id = %(payment)s"),
    ),
    "bookings_appointment_paid_in_one_way": (
        "appointment",
        lambda: update(APPOINTMENT, "payment_id = NULL"),
    ),
    "bookings_appointment_is_of_its_pack": (
        "appointment",
        lambda: update(APPOINTMENT, "payment_id = NULL, allowance_id = %(class_pack)s"),
    ),
    "bookings_appointment_credit_back_if_lost": (
        "appointment",
        lambda: update(APPOINTMENT, "credit_returned_at = now()"),
    ),
    "bookings_appointment_gives_credit_back_once": (
        "credited",
        lambda: update(APPOINTMENT, "credit_returned_at = now()"),
    ),
    "bookings_availability_never_overlaps": (
        "rule",
        lambda: copied(
            RULE,
            starts="'16:59'",
            ends="'00:00'",
            valid_from="'2031-12-31'",
            valid_until="NULL",
        ),
    ),
    "bookings_availability_ends_after_start": (
        "rule",
        lambda: update(RULE, "ends = starts"),
    ),
    "bookings_availability_holds_some_day": (
        "rule",
        lambda: update(RULE, "valid_until = valid_from - 1"),
    ),
    "bookings_availability_weekday": ("rule", lambda: update(RULE, "weekday = 7")),
    "bookings_exception_ends_after_start": (
        "away",
        lambda: update(AWAY, "ends_at = starts_at"),
    ),
    "bookings_exception_once": ("away", lambda: copied(AWAY)),
    "bookings_exception_meets_no_appointment": (
        "away",
        lambda: update(AWAY, "trainer_id = %(busy_trainer)s, starts_at = now()"),
    ),
    "bookings_service_lasts": ("service", lambda: update(SERVICE, "minutes = 0")),
    "bookings_service_buffers": (
        "service",
        lambda: update(SERVICE, "buffer_before_minutes = 241"),
    ),
    "bookings_service_raster": (
        "service",
        lambda: update(SERVICE, "raster_minutes = 4"),
    ),
}


def credited(now):
    """One that was cancelled late, and whose pack has it back."""
    client, plan = UserFactory(), PlanFactory(appointments=True)
    held = enroll(member_id=client.pk, plan_id=plan.pk, actor_id=client.pk, now=now)
    return AppointmentFactory(
        client=client,
        payment=None,
        allowance=held.allowances.get(),
        status="late_cancelled",
        cancelled_at=now,
        credit_returned_at=now,
    )


@pytest.fixture
def rows():
    """A class with a booking, an appointment at the same time with nobody of it, and
    one row of each kind by the name that BREAKS calls it."""
    now = timezone.now()
    session = SessionFactory()
    booking = book_session(session_id=session.pk, member_id=MemberFactory().pk, now=now)
    appointment = AppointmentFactory(room=RoomFactory(), starts_at=session.starts_at)
    trainer = TrainerFactory()
    away = AvailabilityException.objects.create(
        trainer=trainer,
        branch=trainer.branch,
        kind="holiday",
        starts_at=session.starts_at + timedelta(days=29),
        ends_at=session.starts_at + timedelta(days=31),
        created_at=now,
    )
    payment = Payment.objects.create(
        branch=trainer.branch,
        member=appointment.client,
        purpose="appointment",
        thing="another",
        key="k",
        amount_minor=appointment.price_minor - 1,
        currency=appointment.currency,
        gateway="desk",
        created_at=now,
    )
    return {
        "session": session.pk,
        "teacher": session.trainer_id,
        "class_room": session.room_id,
        "booking": booking.pk,
        "booked": booking.member_id,
        "appointment": appointment.pk,
        "client": appointment.client_id,
        "busy_trainer": appointment.trainer_id,
        "busy_room": appointment.room_id,
        "service": appointment.service_id,
        "trainer": trainer.pk,
        "member": MemberFactory().pk,
        "away": away.pk,
        "payment": payment.pk,
        "rule": AvailabilityFactory(ends=time(17)).pk,
        "off": TrainerFactory(is_active=False).pk,
        "gives_nothing": TrainerFactory(gives=[]).pk,
        "gives": appointment.trainer.gives.earliest("id").pk,
        "credited": credited(now).pk,
        "class_pack": AllowanceFactory(membership__member=appointment.client).pk,
    }


@pytest.mark.parametrize("name", sorted(BREAKS))
def test_what_breaks_it_is_refused_by_its_name(rows, name):
    row, statement = BREAKS[name]
    assert refused_by(statement(), **rows, id=rows[row]) == name


RIGHT = {
    "the next client, when the trainer's buffer is over": (
        "appointment",
        lambda: another(
            trainer_id="trainer_id", **at("ends_at + interval '15 minutes'")
        ),
    ),
    "the client's next one, at once": (
        "appointment",
        lambda: another(client_id="client_id", **at("ends_at")),
    ),
    "the room at once": (
        "appointment",
        lambda: another(room_id="room_id", **at("ends_at")),
    ),
    "just before a class": (
        "appointment",
        lambda: another(
            trainer_id="%(teacher)s",
            room_id="%(class_room)s",
            client_id="%(booked)s",
            **at(f"{CLASS_STARTS} - interval '1 hour'"),
        ),
    ),
    "in extra hours": (
        "away",
        lambda: copied(
            AWAY,
            kind="'extra'",
            trainer_id="%(busy_trainer)s",
            starts_at="now()",
        ),
    ),
    "another weekday's hours": ("rule", lambda: copied(RULE, weekday="1")),
    "hours from midnight on": (
        "rule",
        lambda: copied(RULE, starts="'17:00'", ends="'00:00'"),
    ),
    "other hours that do not hold": (
        "rule",
        lambda: copied(RULE, is_active="false"),
    ),
    "a class of the trainer when the appointment is cancelled": (
        "appointment",
        lambda: update(APPOINTMENT, "status = 'cancelled', cancelled_at = now()"),
    ),
}


@pytest.mark.parametrize("what", RIGHT)
def test_what_is_right_passes(rows, what):
    row, statement = RIGHT[what]
    assert refused_by(statement(), **rows, id=rows[row]) is None


def test_a_cancelled_one_occupies_nobody(rows):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE bookings_appointment SET status = 'cancelled', cancelled_at = "
            "now() WHERE status = 'booked'"
        )
    _, statement = BREAKS["bookings_session_trainer_has_no_appointment"]
    assert refused_by(statement(), **rows, id=rows["session"]) is None


@pytest.mark.parametrize("after", AppointmentStatus)
@pytest.mark.parametrize("before", AppointmentStatus)
def test_the_database_keeps_to_the_table_of_states(before, after):
    """Each way that TRANSITIONS knows passes, and no other."""
    row = AppointmentFactory(status=before, **times_of(before), trainer__is_active=True)
    sets = ", ".join(
        f"{name} = {'NULL' if value is None else 'ends_at'}"
        for name, value in times_of(after).items()
    )
    refused = refused_by(update(APPOINTMENT, f"status = '{after}', {sets}"), id=row.pk)
    allowed = after == before or after in TRANSITIONS[before]
    assert refused == (None if allowed else "bookings_appointment_follows_its_states")


def times_of(status):
    far = timezone.now() + timedelta(days=9)
    return {
        "cancelled_at": far if status in ENDED else None,
        "over_at": far if status in ("completed", "no_show") else None,
    }
