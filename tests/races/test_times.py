"""A trainer, a room and a person are in one place at a time.

This holds over classes and appointments: whoever comes second waits, and is refused.
"""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.utils import timezone

from bookings.models import (
    Appointment,
    AvailabilityException,
    Booking,
    BookingPolicy,
    ClassSession,
    Service,
    Trainer,
    WaitlistEntry,
)
from bookings.models.occupancy import PERSON, ROOM, TRAINER, take
from bookings.operations.appointments import book_appointment, move_appointment
from bookings.operations.availability import block_now
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.sessions import (
    extend_timetable,
    session_of,
    substitute_trainer,
)
from bookings.operations.waitlist import join_waitlist
from gymsite.core.errors import refusals
from gymsite.core.models import Event
from gymsite.payments.models import Payment
from tests.asserts import assert_all_holds, broken
from tests.factories import (
    AppointmentFactory,
    AvailabilityFactory,
    MemberFactory,
    RoomFactory,
    ServiceFactory,
    SessionFactory,
    TrainerFactory,
    UserFactory,
)
from tests.race import (
    OK,
    Rendezvous,
    at_once,
    counting_deadlocks,
    race,
    while_held,
)
from tests.triggers import without

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

LOCKS = {
    "trainer": take(TRAINER, "NEW.trainer_id", alone=True),
    "room": take(ROOM, "NEW.room_id", alone=True),
    "person": take(PERSON, "NEW.client_id", alone=True),
}


@pytest.fixture
def session():
    """A class two days ahead, whose trainer, room and member may meet appointments."""
    return SessionFactory(room=RoomFactory(), trainer=TrainerFactory())


def has_appointment(session, **who):
    """An appointment at the time of a class."""
    row = AppointmentFactory.build(starts_at=session.starts_at, **who)
    with refusals():
        row.save(force_insert=True)
    return row


def others():
    """A trainer, branch, service, client and policy that the class does not know."""
    given = AppointmentFactory(starts_at=timezone.now() + timedelta(days=300))
    Appointment.objects.filter(pk=given.pk).delete()
    names = ("trainer", "branch", "service", "client", "policy")
    return {name: getattr(given, name) for name in names}


def substitutes(session, trainer, now):
    actor = session.trainer.user_id
    substitute_trainer(
        session_id=session.pk, trainer_id=trainer.pk, actor_id=actor, now=now
    )


def changes_room(session, room):
    with refusals(), transaction.atomic():
        ClassSession.objects.filter(pk=session.pk).update(room=room)


@pytest.fixture
def meetings(session, now):
    """The two sides that meet over each of three times.

    They are {whose time: (the class's side, the appointment's side, what each is
    refused with)}.
    """
    member, room, trainer = MemberFactory(), RoomFactory(), TrainerFactory()
    book = partial(book_session, session_id=session.pk, member_id=member.pk, now=now)
    appointment = partial(has_appointment, session)
    prepared = {name: others() for name in ("trainer", "room", "person")}
    return {
        "trainer": (
            partial(substitutes, session, trainer, now),
            partial(appointment, **prepared["trainer"] | {"trainer": trainer}),
            ("trainer_taken", "slot_taken"),
        ),
        "room": (
            partial(changes_room, session, room),
            partial(appointment, **prepared["room"], room=room),
            ("room_taken", "room_taken"),
        ),
        "person": (
            book,
            partial(appointment, **prepared["person"] | {"client": member}),
            ("overlapping_booking", "overlapping_booking"),
        ),
    }


@pytest.mark.parametrize("whose", LOCKS)
class TestAClassAndAnAppointment:
    def test_the_appointment_comes_second(self, meetings, whose):
        classes, appointment, (_, code) = meetings[whose]
        assert while_held(classes, [appointment]).all[0].code == code
        assert not Appointment.objects.exists()
        assert_all_holds()

    def test_the_class_comes_second(self, meetings, whose):
        classes, appointment, (code, _) = meetings[whose]
        assert while_held(appointment, [classes]).all[0].code == code
        assert Appointment.objects.count() == 1
        assert not Booking.objects.exists()
        assert_all_holds()

    def test_control_without_the_lock_both_come(self, meetings, whose):
        classes, appointment, _ = meetings[whose]
        with without(LOCKS[whose], triggers="takes_time"):
            assert while_held(classes, [appointment]).all[0].code == OK
        assert "nobody_is_in_two_places" in broken()

    def test_at_once_one_of_them_comes(self, meetings, whose):
        classes, appointment, codes = meetings[whose]
        with counting_deadlocks() as deadlocks:
            found = race([classes, appointment]).codes
        assert found[OK] == 1
        assert set(found) - {OK} <= set(codes)
        assert deadlocks == [0]
        assert_all_holds()


def is_away(trainer, session, kind="block"):
    with refusals():
        AvailabilityException.objects.create(
            trainer=trainer,
            branch=trainer.branch,
            kind=kind,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            created_at=timezone.now(),
        )


class TestABlockAndAnAppointment:
    def test_whoever_comes_second_is_refused(self, session):
        free = others()
        block = partial(is_away, free["trainer"], session)
        book = partial(has_appointment, session, **free)
        assert while_held(book, [block]).all[0].code == "trainer_booked"
        Appointment.objects.all().delete()
        assert while_held(block, [book]).all[0].code == "slot_taken"
        assert_all_holds()

    def test_control_without_the_lock_both_come(self, session):
        free = others()
        block = partial(is_away, free["trainer"], session)
        with without(LOCKS["trainer"], triggers="takes_time"):
            book = partial(has_appointment, session, **free)
            assert while_held(book, [block]).all[0].code == OK
        assert "nobody_is_in_two_places" in broken()


def test_who_waits_and_has_an_appointment_by_then_is_passed_over(now):
    session = SessionFactory(gym_class__capacity=1)
    first, second, third = MemberFactory(), MemberFactory(), MemberFactory()
    booking = book_session(session_id=session.pk, member_id=first.pk, now=now)
    for member in (second, third):
        join_waitlist(session_id=session.pk, member_id=member.pk, now=now)
    book = partial(has_appointment, session, **others() | {"client": second})
    cancel = partial(cancel_booking, booking_id=booking.pk, actor_id=first.pk, now=now)
    assert while_held(book, [cancel]).all[0].code == OK
    states = WaitlistEntry.objects.order_by("position").values_list("status", flat=True)
    assert list(states) == ["passed_over", "promoted"]
    why = Event.objects.get(kind="passed_over").data["why"]
    assert why == "overlapping_booking"
    assert_all_holds()


def test_the_timetable_leaves_out_the_date_that_meets_an_appointment(now):
    session = SessionFactory()
    dates = [session.session_date + timedelta(weeks=week) for week in (1, 2, 3)]
    met = session_of(session.gym_class, dates[1])
    has_appointment(met, **others() | {"trainer": session.trainer})
    assert extend_timetable(days=23, now=now) == 2
    made = ClassSession.objects.exclude(pk=session.pk).order_by("session_date")
    assert [one.session_date for one in made] == [dates[0], dates[2]]


def test_in_an_old_snapshot_nobody_is_placed(session):
    """The look behind the lock does not see what was committed meanwhile."""
    member = UserFactory()
    free = others() | {"client": member}
    with pytest.raises(Exception, match="READ COMMITTED"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        has_appointment(session, **free)
    assert not Appointment.objects.exists()


def asked_for(count):
    """Several clients who want one time of a trainer."""
    starts = (timezone.now() + timedelta(days=2)).replace(
        hour=10, minute=0, second=0, microsecond=0
    )
    trainer = AvailabilityFactory(weekday=starts.weekday()).trainer
    shared = {
        "trainer_id": trainer.pk,
        "service_id": ServiceFactory().pk,
        "branch_id": trainer.branch_id,
        "starts_at": starts,
        "now": timezone.now(),
    }
    return shared, [{"client_id": UserFactory().pk} for _ in range(count)]


def looks_and_writes(meeting, **asked):
    """Look whether the time is free, then write.

    Code without the lock and the constraints would do so.
    """
    found = Appointment.objects.filter(starts_at=asked["starts_at"]).exists()
    meeting.meet()
    if not found:
        AppointmentFactory(
            trainer_id=asked["trainer_id"],
            branch_id=asked["branch_id"],
            client_id=asked["client_id"],
            starts_at=asked["starts_at"],
            service=Service.objects.get(),
            policy=BookingPolicy.objects.get(),
        )


class TestOneSlot:
    def test_fifty_clients_and_one_gets_it(self):
        shared, clients = asked_for(50)
        with counting_deadlocks() as deadlocks:
            found = at_once(book_appointment, clients, **shared)
        assert found.codes == {OK: 1, "slot_taken": 49}
        assert (Appointment.objects.count(), Payment.objects.count()) == (1, 1)
        assert deadlocks == [0]
        assert_all_holds()

    def test_control_looking_first_books_twice(self):
        shared, clients = asked_for(2)
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE bookings_appointment"
                " DROP CONSTRAINT bookings_appointment_trainer_free"
            )
        try:
            call = partial(looks_and_writes, Rendezvous())
            assert at_once(call, clients, **shared).codes == {OK: 2}
        finally:
            Appointment.objects.all().delete()
            constraint = next(
                one
                for one in Appointment._meta.constraints
                if one.name == "bookings_appointment_trainer_free"
            )
            with connection.schema_editor() as editor:
                editor.add_constraint(Appointment, constraint)

    def test_two_move_to_one_time(self):
        shared, clients = asked_for(2)
        start = shared.pop("starts_at")
        booked = [
            book_appointment(**shared, **client, starts_at=start + apart)
            for client, apart in zip(
                clients, (timedelta(0), timedelta(hours=2)), strict=True
            )
        ]
        target = {"starts_at": start + timedelta(hours=4), "now": shared["now"]}
        found = at_once(
            move_appointment,
            [{"appointment_id": one.pk, "actor_id": one.client_id} for one in booked],
            **target,
        )
        assert found.codes == {OK: 1, "slot_taken": 1}
        assert_all_holds()

    def test_two_change_places_and_neither_gets_there(self):
        """Each wants the time that the other still has: no deadlock, two refusals."""
        shared, clients = asked_for(2)
        start = shared.pop("starts_at")
        times = [start, start + timedelta(hours=2)]
        booked = [
            book_appointment(**shared, **client, starts_at=at)
            for client, at in zip(clients, times, strict=True)
        ]
        moves = [
            {"appointment_id": one.pk, "actor_id": one.client_id, "starts_at": at}
            for one, at in zip(booked, reversed(times), strict=True)
        ]
        with counting_deadlocks() as deadlocks:
            found = at_once(move_appointment, moves, now=shared["now"])
        assert found.codes == {"slot_taken": 2}
        assert deadlocks == [0]

    def test_a_block_against_eight_bookings(self):
        shared, clients = asked_for(8)
        trainer = Trainer.objects.get(pk=shared["trainer_id"])
        block = partial(
            block_now,
            trainer_id=trainer.pk,
            minutes=90,
            actor_id=trainer.user_id,
            now=shared["starts_at"],
        )
        calls = [partial(book_appointment, **shared, **one) for one in clients]
        found = race([*calls, block])
        assert found.codes[OK] in (1, 2)
        assert Appointment.objects.count() == found.codes[OK] - 1
        assert_all_holds()
