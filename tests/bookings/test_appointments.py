"""Booking a trainer's time, moving and cancelling it, and what became of it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from bookings import errors
from bookings.models import (
    Appointment,
    AvailabilityException,
    BookingPolicy,
)
from bookings.operations.appointment_steps import (
    accept_appointment,
    check_in_appointment,
    complete_appointment,
    confirm_appointment,
    miss_appointment,
)
from bookings.operations.appointments import (
    book_appointment,
    cancel_appointment,
    move_appointment,
)
from bookings.operations.availability import (
    block_now,
    note_away,
    remove_away,
    set_hours,
)
from bookings.operations.bookings import book_session
from bookings.operations.closed_accounts import release_member
from gymsite.core import errors as core_errors
from gymsite.core.models import BranchHours, Event
from gymsite.core.operations.users import deactivate_user
from gymsite.payments.models import LedgerEntry, Payment
from gymsite.payments.operations import take_payment
from tests.asserts import assert_all_holds
from tests.factories import (
    AvailabilityFactory,
    BranchFactory,
    MemberFactory,
    RoomFactory,
    ServiceFactory,
    SessionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)  # a Friday
MONDAY = date(2026, 11, 30)


def utc(hour, minute=0, day=MONDAY):
    return datetime.combine(day, time(hour, minute), UTC)


@pytest.fixture
def trainer():
    """Mondays from 9 to 17, on London's clock."""
    return AvailabilityFactory().trainer


@pytest.fixture
def asked(trainer):
    """What is asked for: Monday at 10."""
    return {
        "trainer_id": trainer.pk,
        "service_id": ServiceFactory().pk,
        "branch_id": trainer.branch_id,
        "client_id": MemberFactory().pk,
        "starts_at": utc(10),
        "now": NOW,
    }


@pytest.fixture
def booked(asked):
    return book_appointment(**asked)


def state(appointment):
    appointment.refresh_from_db()
    return appointment.status


class TestBooking:
    def test_freezes_the_facts_of_its_decision(self, booked):
        assert booked.status == "booked"
        assert (booked.ends_at, booked.busy_until) == (utc(11), utc(11, 15))
        assert booked.busy_from == utc(10)
        assert (booked.price_minor, booked.currency) == (5500, "GBP")
        assert booked.free_until == utc(10) - timedelta(hours=24)
        assert booked.time_zone == "Europe/London"
        booked.service.price_minor = 9900
        booked.service.save(update_fields=["price_minor"])
        booked.refresh_from_db()
        assert booked.price_minor == 5500
        assert_all_holds()

    def test_is_to_be_paid_at_the_desk(self, booked):
        payment = booked.payment
        assert (payment.status, payment.gateway) == ("pending", "desk")
        assert (payment.amount_minor, payment.member_id) == (5500, booked.client_id)
        take_payment(payment_id=payment.pk, actor_id=booked.client_id, now=NOW)
        assert_all_holds()

    def test_what_is_free_has_no_payment(self, asked):
        free = ServiceFactory(price_minor=0)
        appointment = book_appointment(**asked | {"service_id": free.pk})
        assert appointment.payment is None

    def test_twice_is_once(self, asked, booked):
        assert book_appointment(**asked) == booked
        told = Event.objects.get(kind="appointment_booked")
        assert (told.member_id, told.branch_id) == (booked.client_id, booked.branch_id)
        assert "member_id" not in told.data
        assert Payment.objects.count() == 1

    def test_is_refused_at_another_price_than_was_seen(self, asked):
        for seen in (0, 5400, 5600):
            with pytest.raises(errors.AppointmentPriceChanged):
                book_appointment(**asked, seen_minor=seen)
        assert not Appointment.objects.exists()
        booked = book_appointment(**asked, seen_minor=5500)
        assert book_appointment(**asked, seen_minor=5400) == booked  # it is booked

    def test_is_requested_where_the_policy_says_so(self, asked):
        BookingPolicy.objects.create(created_at=NOW, appointments_on_request=True)
        appointment = book_appointment(**asked)
        assert appointment.status == "requested"
        for _ in range(2):
            accept_appointment(
                appointment_id=appointment.pk, actor_id=asked["client_id"], now=NOW
            )
        assert state(appointment) == "booked"

    def test_late_is_free_for_some_minutes(self, asked):
        now = utc(7)
        appointment = book_appointment(**asked | {"now": now})
        assert appointment.free_until == now + timedelta(minutes=10)
        assert_all_holds()

    @pytest.mark.parametrize(
        ("starts_at", "refusal"),
        [
            (NOW - timedelta(hours=1), errors.AppointmentTooSoon),
            (datetime(1, 1, 1, tzinfo=UTC), errors.AppointmentTooSoon),
            (datetime(9999, 12, 31, 23, tzinfo=UTC), errors.AppointmentTooFar),
            (utc(10) + timedelta(weeks=7), errors.AppointmentTooFar),
            (utc(10, 7), errors.OffRaster),
            (utc(10) + timedelta(seconds=1), errors.OffRaster),
            (utc(16, 15), errors.TrainerNotAvailable),
            (utc(8, 45), errors.TrainerNotAvailable),
            (utc(23, 45), errors.TrainerNotAvailable),
        ],
    )
    def test_at_a_wrong_time_is_refused(self, asked, starts_at, refusal):
        with pytest.raises(refusal):
            book_appointment(**asked | {"starts_at": starts_at})
        assert not Appointment.objects.exists()
        assert not Payment.objects.exists()

    def test_in_the_hour_that_a_clock_skips_or_repeats(self):
        branch = BranchFactory(slug="rozelle", time_zone="Australia/Sydney")
        hours = {"weekday": 6, "starts": time(), "ends": time(6)}
        trainer = AvailabilityFactory(trainer__branch=branch, **hours).trainer
        asked = {
            "trainer_id": trainer.pk,
            "service_id": ServiceFactory().pk,
            "branch_id": branch.pk,
            "client_id": UserFactory().pk,
        }
        # 4 April 2027: 03:00 becomes 02:00, so that 02:00 is there twice
        first = datetime(2027, 4, 3, 15, tzinfo=UTC)
        asked["service_id"] = ServiceFactory(buffer_after_minutes=0).pk
        now = first - timedelta(days=3)
        with pytest.raises(errors.OffRaster):
            at = first + timedelta(minutes=5)
            book_appointment(**asked, starts_at=at, now=now)
        for at in (first, first + timedelta(hours=1)):
            assert book_appointment(**asked, starts_at=at, now=now).starts_at == at

    def test_too_soon_for_the_notice(self, asked):
        with pytest.raises(errors.AppointmentTooSoon, match="120 minutes"):
            book_appointment(**asked | {"now": utc(8, 1)})

    def test_when_the_branch_is_closed(self, asked):
        BranchHours.objects.create(
            branch_id=asked["branch_id"], weekday=0, opens=time(12), closes=time(20)
        )
        with pytest.raises(errors.OutsideOpeningHours):
            book_appointment(**asked | {"source": "staff"})

    def test_staff_book_between_the_hours(self, asked):
        early = asked | {"source": "staff", "starts_at": utc(7, 7)}
        assert book_appointment(**early).status == "booked"

    def test_what_the_trainer_has_is_taken(self, asked, booked):
        other = asked | {"client_id": UserFactory().pk, "starts_at": utc(11)}
        with pytest.raises(errors.SlotTaken):
            book_appointment(**other)
        assert book_appointment(**other | {"starts_at": utc(11, 15)})

    def test_what_the_client_has_overlaps(self, asked, trainer):
        session = SessionFactory(
            session_date=MONDAY,
            gym_class__weekday=0,
            gym_class__starts=time(10, 30),
        )
        book_session(session_id=session.pk, member_id=asked["client_id"], now=NOW)
        with pytest.raises(errors.OverlappingBooking):
            book_appointment(**asked)

    def test_a_room_that_holds_a_class(self, asked):
        session = SessionFactory(
            session_date=MONDAY, gym_class__weekday=0, gym_class__starts=time(10)
        )
        with pytest.raises(errors.RoomTaken):
            book_appointment(**asked | {"room_id": session.room_id})

    def test_nobody_trains_themselves(self, asked, trainer):
        with pytest.raises(core_errors.Invalid):
            book_appointment(**asked | {"client_id": trainer.user_id})

    @pytest.mark.parametrize("what", ["trainer", "service", "branch", "client"])
    def test_what_is_switched_off_since_is_refused(self, asked, trainer, what):
        client = MemberFactory()
        asked["client_id"] = client.pk
        service = ServiceFactory()
        asked["service_id"] = service.pk
        row = {
            "trainer": trainer,
            "service": service,
            "branch": trainer.branch,
            "client": client,
        }[what]
        row.is_active = False
        row.save(update_fields=["is_active"])
        with pytest.raises(errors.NotInUse):
            book_appointment(**asked)

    @pytest.mark.parametrize(
        ("name", "refusal"),
        [
            ("trainer_id", errors.NotInUse),
            ("service_id", core_errors.NotFound),
            ("branch_id", core_errors.NotFound),
        ],
    )
    def test_what_is_not_there(self, asked, name, refusal):
        with pytest.raises(refusal):
            book_appointment(**asked | {name: 10**9})

    def test_a_service_of_another_branch(self, asked):
        elsewhere = ServiceFactory(branch=BranchFactory(slug="hill"))
        with pytest.raises(errors.NotInUse):
            book_appointment(**asked | {"service_id": elsewhere.pk})


class TestMoving:
    def move(self, booked, **how):
        given = {"starts_at": utc(12), "actor_id": booked.client_id, "now": NOW}
        return move_appointment(appointment_id=booked.pk, **given | how)

    def test_takes_all_along(self, booked):
        mine = {"client_id": booked.client_id}
        moved = self.move(booked, **mine)
        moved.refresh_from_db()
        assert (moved.starts_at, moved.ends_at) == (utc(12), utc(13))
        assert (moved.busy_from, moved.busy_until) == (utc(12), utc(13, 15))
        assert moved.free_until == utc(12) - timedelta(hours=24)
        assert moved.sequence == 1
        self.move(booked, **mine)
        assert Event.objects.filter(kind="appointment_moved").count() == 1
        assert_all_holds()

    def test_into_its_own_time(self, booked):
        assert self.move(booked, starts_at=utc(10, 30)).starts_at == utc(10, 30)

    def test_into_a_room_and_out_of_it(self, booked):
        room = RoomFactory()
        moved = self.move(booked, starts_at=utc(10), room_id=room.pk)
        assert moved.room_id == room.pk
        assert self.move(booked, starts_at=utc(10)).room_id is None

    def test_not_into_what_is_taken(self, asked, booked):
        other = asked | {"client_id": UserFactory().pk, "starts_at": utc(12)}
        book_appointment(**other)
        with pytest.raises(errors.SlotTaken):
            self.move(booked, starts_at=utc(12, 30))
        assert state(booked) == "booked"
        assert booked.starts_at == utc(10)

    def test_the_client_only_while_it_is_free(self, booked):
        late = booked.free_until + timedelta(minutes=1)
        with pytest.raises(errors.MoveTooLate):
            self.move(booked, client_id=booked.client_id, now=late)
        assert self.move(booked, now=late).starts_at == utc(12)

    def test_only_ones_own(self, booked):
        with pytest.raises(errors.AppointmentNotFound):
            self.move(booked, client_id=UserFactory().pk)

    def test_not_what_has_ended(self, booked):
        cancel_appointment(appointment_id=booked.pk, actor_id=booked.client_id, now=NOW)
        with pytest.raises(errors.WrongAppointmentState):
            self.move(booked)


class TestCancelling:
    def cancel(self, booked, now=NOW, by_client=True):
        return cancel_appointment(
            appointment_id=booked.pk,
            client_id=booked.client_id if by_client else None,
            actor_id=booked.client_id,
            now=now,
        )

    def test_in_time_costs_nothing(self, booked):
        self.cancel(booked)
        assert state(booked) == "cancelled"
        assert booked.payment.status == "failed"
        self.cancel(booked)
        assert Event.objects.filter(kind="appointment_cancelled").count() == 1
        assert_all_holds()

    def test_what_was_paid_goes_back(self, booked):
        take_payment(payment_id=booked.payment_id, actor_id=booked.client_id, now=NOW)
        self.cancel(booked)
        assert sum(LedgerEntry.objects.values_list("amount_minor", flat=True)) == 0
        booked.payment.refresh_from_db()
        assert booked.payment.status == "refunded"
        assert_all_holds()

    def test_late_is_paid_all_the_same(self, booked):
        self.cancel(booked, now=booked.free_until + timedelta(seconds=1))
        assert state(booked) == "late_cancelled"
        assert booked.payment.status == "pending"
        assert_all_holds()

    def test_by_staff_costs_nothing_however_late(self, booked):
        self.cancel(booked, now=utc(9), by_client=False)
        assert state(booked) == "cancelled"
        assert booked.payment.status == "failed"

    def test_not_once_it_has_started(self, booked):
        with pytest.raises(errors.SessionStarted):
            self.cancel(booked, now=utc(10))

    def test_frees_the_time(self, asked, booked):
        self.cancel(booked)
        again = book_appointment(**asked | {"client_id": UserFactory().pk})
        assert again.starts_at == utc(10)

    def test_with_its_account(self, booked):
        actor = UserFactory(role="owner").pk
        deactivate_user(user_id=booked.client_id, actor_id=actor, reason="", now=NOW)
        release_member(member_id=booked.client_id, actor_id=actor, now=NOW)
        assert state(booked) == "cancelled"


class TestWhatBecameOfIt:
    def do(self, operation, booked, now):
        operation(appointment_id=booked.pk, actor_id=booked.client_id, now=now)
        return state(booked)

    def test_a_day_as_it_should_be(self, booked):
        assert self.do(confirm_appointment, booked, NOW) == "confirmed"
        assert self.do(check_in_appointment, booked, utc(9, 30)) == "checked_in"
        assert self.do(complete_appointment, booked, utc(11)) == "completed"
        assert self.do(complete_appointment, booked, utc(11)) == "completed"
        kinds = ["confirmed", "checked_in", "completed"]
        told = Event.objects.filter(subject="appointment").order_by("id")
        assert [one.kind for one in told][1:] == [f"appointment_{k}" for k in kinds]
        assert_all_holds()

    def test_a_mistake_is_corrected(self, booked):
        assert self.do(miss_appointment, booked, utc(10, 20)) == "no_show"
        assert self.do(check_in_appointment, booked, utc(10, 30)) == "checked_in"

    @pytest.mark.parametrize(
        ("operation", "now"),
        [
            (check_in_appointment, utc(9, 29)),
            (complete_appointment, utc(9, 59)),
            (miss_appointment, utc(9, 59)),
        ],
    )
    def test_too_early(self, booked, operation, now):
        with pytest.raises(errors.AttendanceNotOpen):
            self.do(operation, booked, now)

    def test_too_late(self, booked):
        with pytest.raises(errors.AttendanceClosed):
            self.do(complete_appointment, booked, utc(12) + timedelta(days=7))

    def test_not_of_what_was_cancelled(self, booked):
        cancel_appointment(appointment_id=booked.pk, actor_id=booked.client_id, now=NOW)
        with pytest.raises(errors.WrongAppointmentState):
            self.do(complete_appointment, booked, utc(11))


class TestBlockingNow:
    def block(self, trainer, minutes, now):
        given = {"actor_id": trainer.user_id, "now": now}
        return block_now(trainer_id=trainer.pk, minutes=minutes, **given)

    def test_takes_no_new_ones(self, asked, trainer):
        self.block(trainer, 60, utc(9, 30))
        with pytest.raises(errors.SlotTaken):
            book_appointment(**asked)

    def test_leaves_what_is_booked(self, booked, trainer):
        made = self.block(trainer, None, utc(9, 0))
        assert [(one.starts_at, one.ends_at) for one in made] == [
            (utc(9), utc(10)),
            (utc(11, 15), utc(0, day=MONDAY + timedelta(days=1))),
        ]
        assert state(booked) == "booked"
        assert_all_holds()

    def test_twice_is_once(self, trainer):
        first = self.block(trainer, 15, utc(9))
        assert self.block(trainer, 15, utc(9)) == first
        assert AvailabilityException.objects.count() == 1

    def test_nothing_is_left_to_block(self, booked, trainer):
        with pytest.raises(errors.TrainerBooked):
            self.block(trainer, 15, utc(10))

    @pytest.mark.parametrize("minutes", [0, -1, 1441])
    def test_for_no_time_or_days(self, trainer, minutes):
        with pytest.raises(core_errors.Invalid):
            self.block(trainer, minutes, utc(9))


class TestAway:
    def test_a_holiday_over_an_appointment_is_refused(self, booked, trainer):
        with pytest.raises(errors.TrainerBooked):
            note_away(
                trainer_id=trainer.pk,
                kind=AvailabilityException.Kind.HOLIDAY,
                starts_at=utc(0),
                ends_at=utc(23),
                actor_id=trainer.user_id,
                now=NOW,
            )

    @pytest.mark.parametrize("kind", AvailabilityException.Kind)
    @pytest.mark.parametrize("lasts", [timedelta(), timedelta(hours=-1)])
    def test_one_that_ends_before_it_starts_is_refused(self, trainer, kind, lasts):
        with pytest.raises(core_errors.Invalid, match="ends after it starts"):
            note_away(
                trainer_id=trainer.pk,
                kind=kind,
                starts_at=utc(9),
                ends_at=utc(9) + lasts,
                actor_id=trainer.user_id,
                now=NOW,
            )

    def test_one_is_noted_and_taken_away_again(self, asked, trainer):
        away = note_away(
            trainer_id=trainer.pk,
            kind=AvailabilityException.Kind.HOLIDAY,
            starts_at=utc(0),
            ends_at=utc(23),
            actor_id=trainer.user_id,
            now=NOW,
        )
        with pytest.raises(errors.SlotTaken):
            book_appointment(**asked)
        for _ in range(2):
            remove_away(exception_id=away.pk, actor_id=trainer.user_id, now=NOW)
        assert book_appointment(**asked)

    def test_hours_that_overlap_are_refused_in_words(self, trainer):
        more = AvailabilityFactory.build(
            trainer=trainer, branch=trainer.branch, starts=time(16), ends=time(20)
        )
        with pytest.raises(core_errors.Invalid) as refused:
            set_hours(hours=more, actor_id=trainer.user_id, now=NOW)
        assert list(refused.value.errors) == ["starts"]

    def test_hours_are_changed(self, asked, trainer):
        hours = trainer.availability.get()
        hours.starts = time(11)
        set_hours(hours=hours, actor_id=trainer.user_id, now=NOW)
        with pytest.raises(errors.TrainerNotAvailable):
            book_appointment(**asked)
