"""How an appointment is paid: at the desk, by card, from a pack, or not at all."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from bookings import appointment_words as words
from bookings import errors
from bookings.models import Appointment, BookingPolicy
from bookings.operations.appointment_payments import (
    give_credit_back,
    pay_appointment,
    refund_appointment,
)
from bookings.operations.appointment_steps import (
    complete_appointment,
    miss_appointment,
)
from bookings.operations.appointments import (
    book_appointment,
    cancel_appointment,
    decline_appointment,
    move_appointment,
)
from bookings.operations.bookings import book_session
from bookings.queries.finances import takings
from gymsite.core import errors as core_errors
from gymsite.core.models import Event, Notification
from gymsite.notifications import outbox
from gymsite.payments.errors import (
    PaymentDeclined,
    PaymentGivenUp,
    PaymentUnderWay,
    WrongPaymentState,
)
from gymsite.payments.models import LedgerEntry, Payment
from gymsite.payments.operations import sweep, take_payment
from gymsite.payments.tasks import return_money
from memberships.errors import PackRequired, PackUsedUp
from memberships.models import Allowance
from memberships.operations.memberships import end_membership, enroll
from tests.asserts import assert_all_holds
from tests.factories import (
    AvailabilityFactory,
    BranchFactory,
    PlanFactory,
    ServiceFactory,
    SessionFactory,
    UserFactory,
)
from tests.webhooks import deliver, told

MINUTE = timedelta(minutes=1)
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
    return {
        "trainer_id": trainer.pk,
        "service_id": ServiceFactory().pk,
        "branch_id": trainer.branch_id,
        "client_id": UserFactory().pk,
        "starts_at": utc(10),
        "now": NOW,
    }


def bought(member_id, plan=None, *, paid=True, now=NOW):
    """A membership in a plan, by default a pack of five appointments; its allowance."""
    plan = plan or PlanFactory(appointments=True)
    held = enroll(member_id=member_id, plan_id=plan.pk, actor_id=member_id, now=now)
    if paid:
        payment = held.periods.get().payment_id
        take_payment(payment_id=payment, actor_id=member_id, now=now)
    return held.allowances.get()


def used(allowance):
    return Allowance.objects.get(pk=allowance.pk).used


class TestFromAPack:
    @pytest.fixture
    def pack(self, asked):
        return bought(asked["client_id"])

    @pytest.fixture
    def booked(self, asked, pack):
        return book_appointment(**asked, pay_by="pack")

    def cancel(self, booked, now=NOW, **by):
        return cancel_appointment(
            appointment_id=booked.pk, actor_id=booked.client_id, now=now, **by
        )

    def test_one_is_used_and_nothing_is_asked_for(self, booked, pack):
        assert (booked.payment, booked.allowance, used(pack)) == (None, pack, 1)
        assert booked.price_minor == 5500
        assert_all_holds()

    def test_asked_again_it_uses_no_other(self, asked, booked, pack):
        assert book_appointment(**asked, pay_by="pack") == booked
        assert used(pack) == 1

    def test_cancelled_in_time_it_comes_back(self, booked, pack):
        for _ in range(2):
            self.cancel(booked, client_id=booked.client_id)
        assert used(pack) == 0
        assert_all_holds()

    def test_cancelled_late_it_is_used_up(self, booked, pack):
        late = booked.free_until + timedelta(seconds=1)
        self.cancel(booked, late, client_id=booked.client_id)
        assert used(pack) == 1
        assert_all_holds()

    def test_cancelled_by_staff_it_comes_back_however_late(self, booked, pack):
        self.cancel(booked, utc(9))
        assert used(pack) == 0

    def test_moved_it_is_kept(self, booked, pack):
        move_appointment(
            appointment_id=booked.pk,
            starts_at=utc(12),
            actor_id=booked.client_id,
            now=NOW,
        )
        booked.refresh_from_db()
        assert (booked.allowance, used(pack)) == (pack, 1)
        assert_all_holds()

    def test_what_is_free_uses_none(self, asked, pack):
        free = ServiceFactory(price_minor=0)
        booked = book_appointment(**asked | {"service_id": free.pk}, pay_by="pack")
        assert (booked.allowance, used(pack)) == (None, 0)

    def test_the_pack_that_ends_first_is_used_first(self, asked, pack):
        short = PlanFactory(appointments=True, valid_days=10)
        sooner = bought(asked["client_id"], short)
        assert book_appointment(**asked, pay_by="pack").allowance == sooner

    def test_a_used_up_one_is_passed_over(self, asked, pack):
        short = PlanFactory(appointments=True, valid_days=10, classes=1)
        sooner = bought(asked["client_id"], short)
        first = book_appointment(**asked, pay_by="pack")
        second = book_appointment(**asked | {"starts_at": utc(12)}, pay_by="pack")
        assert (first.allowance, second.allowance) == (sooner, pack)

    def test_all_used(self, asked):
        bought(asked["client_id"], PlanFactory(appointments=True, classes=1))
        book_appointment(**asked, pay_by="pack")
        with pytest.raises(PackUsedUp, match="all 1"):
            book_appointment(**asked | {"starts_at": utc(12)}, pay_by="pack")
        assert Appointment.objects.count() == 1

    def test_none(self, asked):
        with pytest.raises(PackRequired):
            book_appointment(**asked, pay_by="pack")
        assert not Appointment.objects.exists()

    def test_of_somebody_else(self, asked):
        bought(UserFactory().pk)
        with pytest.raises(PackRequired):
            book_appointment(**asked, pay_by="pack")

    def test_of_another_branch(self, asked):
        hill = BranchFactory(slug="hill")
        bought(asked["client_id"], PlanFactory(appointments=True, branch=hill))
        with pytest.raises(PackRequired):
            book_appointment(**asked, pay_by="pack")

    def test_that_ends_before_it(self, asked):
        bought(asked["client_id"], PlanFactory(appointments=True, valid_days=2))
        with pytest.raises(PackRequired):
            book_appointment(**asked, pay_by="pack")

    def test_that_was_ended(self, asked, pack):
        end_membership(
            membership_id=pack.membership_id, actor_id=asked["client_id"], now=NOW
        )
        with pytest.raises(PackRequired):
            book_appointment(**asked, pay_by="pack")

    def test_that_is_not_paid_yet(self, asked):
        bought(asked["client_id"], paid=False)
        with pytest.raises(errors.PaymentDue):
            book_appointment(**asked, pay_by="pack")

    def test_of_classes(self, asked):
        classes = bought(asked["client_id"], PlanFactory(pack=True))
        with pytest.raises(PackRequired):
            book_appointment(**asked, pay_by="pack")
        assert used(classes) == 0

    def test_pays_no_class(self, asked, pack):
        session = SessionFactory()
        with pytest.raises(errors.PlanExcludes, match="does not include classes"):
            book_session(session_id=session.pk, member_id=asked["client_id"], now=NOW)
        assert used(pack) == 0

    def test_beside_one_of_classes_each_pays_its_own(self, asked, pack):
        classes = bought(asked["client_id"], PlanFactory(pack=True))
        session = SessionFactory(gym_class__starts=time(18))
        at = session.starts_at - timedelta(hours=30)
        book_session(session_id=session.pk, member_id=asked["client_id"], now=at)
        book_appointment(**asked, pay_by="pack")
        assert (used(classes), used(pack)) == (1, 1)
        assert_all_holds()

    def lost(self, booked, how):
        if how == "late_cancelled":
            late = booked.free_until + timedelta(seconds=1)
            return self.cancel(booked, late, client_id=booked.client_id)
        asked = {"appointment_id": booked.pk, "actor_id": booked.client_id}
        return miss_appointment(**asked, now=utc(11))

    def given_back(self, booked, reason="She was ill."):
        asked = {"appointment_id": booked.pk, "actor_id": UserFactory().pk}
        return give_credit_back(**asked, reason=reason, now=utc(12))

    @pytest.mark.parametrize("how", ["late_cancelled", "no_show"])
    def test_lost_it_is_given_back_once_with_a_reason(self, booked, pack, how):
        self.lost(booked, how)
        for _ in range(2):
            self.given_back(booked)
        assert used(pack) == 0
        event = Event.objects.get(kind="appointment_credited")
        assert event.data["reason"] == "She was ill."
        assert words.cost(now_of(booked)) == "£55.00, back in your pack"
        assert_all_holds()

    def test_what_stands_or_took_place_is_not_given_back(self, booked, pack):
        with pytest.raises(errors.WrongAppointmentState, match="late or missed"):
            self.given_back(booked)
        asked = {"appointment_id": booked.pk, "actor_id": booked.client_id}
        complete_appointment(**asked, now=utc(11))
        with pytest.raises(errors.WrongAppointmentState, match="late or missed"):
            self.given_back(booked)
        assert used(pack) == 1

    def test_nor_what_no_pack_paid(self, asked):
        booked = book_appointment(**asked)
        self.lost(booked, "no_show")
        with pytest.raises(errors.WrongAppointmentState) as refused:
            self.given_back(booked)
        assert "Refund" in refused.value.message

    def test_and_a_pack_gives_no_money_back(self, booked):
        self.lost(booked, "no_show")
        with pytest.raises(WrongPaymentState) as refused:
            refund_appointment(
                appointment_id=booked.pk, actor_id=1, reason="", now=utc(12)
            )
        assert "credit" in refused.value.message

    def test_what_was_given_back_stays_a_no_show(self, booked, pack):
        self.lost(booked, "no_show")
        self.given_back(booked)
        asked = {"appointment_id": booked.pk, "actor_id": booked.client_id}
        with pytest.raises(errors.WrongAppointmentState, match="credit"):
            complete_appointment(**asked, now=utc(12))
        assert now_of(booked).status == "no_show"

    def test_its_client_is_told(self, booked):
        self.lost(booked, "no_show")
        self.given_back(booked)
        outbox.drain(now=utc(13))
        told = Notification.objects.filter(user=booked.client_id).latest("id")
        assert told.title == "Given back: Personal training, Mon 30 Nov 10:00"
        assert told.body == "It is back in your pack. She was ill."

    def test_requested_it_is_used_and_refused_it_comes_back(self, asked, pack):
        BookingPolicy.objects.create(created_at=NOW, appointments_on_request=True)
        booked = book_appointment(**asked, pay_by="pack")
        assert (booked.status, used(pack)) == ("requested", 1)
        decline_appointment(
            appointment_id=booked.pk, actor_id=booked.trainer.user_id, now=NOW
        )
        booked.refresh_from_db()
        assert (booked.status, used(pack)) == ("declined", 0)
        assert_all_holds()

    def test_a_request_that_its_client_takes_back_is_cancelled(self, asked, pack):
        BookingPolicy.objects.create(created_at=NOW, appointments_on_request=True)
        booked = book_appointment(**asked, pay_by="pack")
        self.cancel(booked)
        booked.refresh_from_db()
        assert (booked.status, used(pack)) == ("cancelled", 0)


def test_another_way_to_pay_is_refused(asked):
    with pytest.raises(core_errors.Invalid):
        book_appointment(**asked, pay_by="shells")
    assert not Payment.objects.exists()


class TestByCard:
    @pytest.fixture
    def booked(self, asked):
        return book_appointment(**asked)

    def pay(self, booked, now=NOW, **asked):
        given = {"client_id": booked.client_id, "source": "pays", "now": now}
        pay_appointment(appointment_id=booked.pk, **given | asked)
        return now_of(booked)

    def test_with_the_booking(self, asked, provider):
        booked = book_appointment(**asked, pay_by="card")
        assert now_of(booked).payment.status == "pending"
        assert self.pay(booked).payment.status == "paid"
        assert Payment.objects.count() == 1
        assert provider.books == {booked.payment.key: 5500}
        assert_all_holds()

    def test_later_in_place_of_the_desk(self, booked, provider):
        paid = self.pay(booked).payment
        assert (paid.gateway, paid.status) == ("card", "paid")
        booked.payment.refresh_from_db()
        assert booked.payment.status == "failed"
        with pytest.raises(WrongPaymentState):
            take_unpaid(booked.payment)
        assert provider.books == {paid.key: 5500}
        assert_all_holds()

    def test_twice_is_once(self, booked, provider):
        paid = [self.pay(booked, NOW + n * MINUTE).payment for n in range(3)]
        assert len(set(paid)) == 1
        assert provider.books == {paid[0].key: 5500}

    def test_declined_it_stands_and_is_to_be_paid(self, booked, provider):
        with pytest.raises(PaymentDeclined):
            self.pay(booked, source="declines")
        after = now_of(booked)
        assert (after.status, after.payment.status) == ("booked", "pending")
        assert after.payment.gateway == "desk"
        assert self.pay(booked).payment.status == "paid"
        assert_all_holds()

    def test_what_nobody_came_back_for_is_to_be_paid_at_the_desk(self, asked, provider):
        booked = book_appointment(**asked, pay_by="card")
        sweep(now=NOW + 16 * MINUTE)
        after = now_of(booked)
        assert (after.payment.gateway, after.payment.status) == ("desk", "pending")
        booked.payment.refresh_from_db()
        assert booked.payment.status == "failed"
        assert_all_holds()

    def test_whose_answer_was_lost_the_sweep_finishes(self, booked, provider):
        with pytest.raises(PaymentUnderWay):
            self.pay(booked, source="dies")
        with pytest.raises(PaymentUnderWay, match="being paid"):
            self.pay(booked, NOW + MINUTE)
        sweep(now=NOW + 16 * MINUTE)
        assert now_of(booked).payment.status == "paid"
        assert_all_holds()

    def test_after_a_crash_it_is_taken_up_and_charged_once(self, booked, provider):
        with pytest.raises(PaymentUnderWay):
            self.pay(booked, source="dies")
        paid = self.pay(booked, NOW + 3 * MINUTE).payment
        assert provider.books == {paid.key: 5500}

    def test_cancelled_while_the_card_is_asked_it_goes_back(self, booked, provider):
        provider.on_charge = lambda: cancel(booked)
        with pytest.raises(PaymentGivenUp):
            self.pay(booked)
        assert (now_of(booked).payment.status, provider.books) == ("returned", {})
        assert_all_holds()

    def test_cancelled_before_the_answer_came_it_goes_back(self, booked, provider):
        with pytest.raises(PaymentUnderWay):
            self.pay(booked, source="dies")
        cancel(booked)
        sweep(now=NOW + 16 * MINUTE)
        assert (now_of(booked).payment.status, provider.books) == ("returned", {})
        assert_all_holds()

    def test_cancelled_in_time_the_provider_gives_it_back_once(self, booked, provider):
        self.pay(booked)
        for _ in range(2):
            cancel(booked, client_id=booked.client_id)
        entry = LedgerEntry.objects.get(kind="refund")
        for _ in range(2):
            return_money(
                payment_id=entry.payment_id, entry_id=entry.pk, amount_minor=5500
            )
        assert (now_of(booked).payment.status, provider.books) == ("refunded", {})
        assert len(provider.returned) == 1
        assert_all_holds()

    def test_the_outbox_has_the_provider_asked(self, booked, provider):
        self.pay(booked)
        cancel(booked)
        outbox.drain(now=NOW)
        job = ProcrastinateJob.objects.get(task_name="payments.return_money")
        return_money(**job.args)
        assert provider.books == {}

    def test_cancelled_late_it_is_kept_and_can_be_paid(self, booked, provider):
        late = booked.free_until + timedelta(seconds=1)
        cancel(booked, late, client_id=booked.client_id)
        paid = self.pay(booked, late).payment
        assert provider.books == {paid.key: 5500}
        assert_all_holds()

    def test_only_ones_own(self, booked):
        with pytest.raises(errors.AppointmentNotFound):
            self.pay(booked, client_id=UserFactory().pk)

    def test_not_what_was_declined(self, asked):
        BookingPolicy.objects.create(created_at=NOW, appointments_on_request=True)
        booked = book_appointment(**asked)
        trainer = booked.trainer.user_id
        decline_appointment(appointment_id=booked.pk, actor_id=trainer, now=NOW)
        with pytest.raises(errors.WrongAppointmentState):
            self.pay(booked)

    def test_not_what_was_cancelled(self, booked):
        cancel(booked)
        with pytest.raises(errors.WrongAppointmentState):
            self.pay(booked)

    def test_not_what_a_pack_pays(self, asked):
        bought(asked["client_id"])
        booked = book_appointment(**asked, pay_by="pack")
        with pytest.raises(errors.WrongAppointmentState):
            self.pay(booked)

    @pytest.mark.parametrize("gateway", ["desk", "shells"])
    def test_by_another_way_is_refused(self, booked, gateway):
        with pytest.raises(core_errors.Invalid):
            self.pay(booked, gateway=gateway)
        assert now_of(booked).payment == booked.payment

    def test_a_webhook_pays_it_too(self, asked, provider):
        booked = book_appointment(**asked, pay_by="card")
        provider.taken[booked.payment.key] = 5500
        assert deliver(told(booked.payment)).json() == {"outcome": "done"}
        assert now_of(booked).payment.status == "paid"
        assert_all_holds()

    def test_what_the_provider_took_too_much_of_staff_see(
        self, asked, provider, client
    ):
        booked = book_appointment(**asked, pay_by="card")
        answer = deliver(told(booked.payment, amount_minor=5501))
        assert answer.json() == {"outcome": "differs"}
        client.force_login(UserFactory(role="manager", home_branch=booked.branch))
        assert "Payments that differ" in client.get("/admin/").content.decode()


class TestRefunding:
    @pytest.fixture
    def missed(self, asked):
        booked = book_appointment(**asked)
        miss_appointment(
            appointment_id=booked.pk, actor_id=booked.client_id, now=utc(11)
        )
        return booked

    def refund(self, booked):
        return refund_appointment(
            appointment_id=booked.pk,
            actor_id=UserFactory(role="manager").pk,
            reason="The trainer was late.",
            now=utc(12),
        )

    def test_all_of_it_once(self, missed):
        take_unpaid(missed.payment)
        for _ in range(2):
            self.refund(missed)
        assert now_of(missed).payment.status == "refunded"
        assert Event.objects.get(kind="appointment_refunded").data["reason"]
        assert_all_holds()

    def test_a_part_is_said_and_counted(self, missed):
        take_unpaid(missed.payment)
        asked = {"appointment_id": missed.pk, "actor_id": missed.client_id}
        refund_appointment(**asked, amount_minor=2000, reason="", now=utc(12))
        said = words.cost(now_of(missed))
        assert said == "£55.00, paid, £20.00 of it given back"
        (row,) = takings(
            branch_ids=[missed.branch_id], first=MONDAY, last=MONDAY, by=("trainer",)
        )
        assert (row.returned_minor, row.entries) == (2000, 1)

    def test_a_part_of_what_stands(self, asked):
        booked = book_appointment(**asked)
        take_unpaid(booked.payment)
        of = {"appointment_id": booked.pk, "actor_id": booked.client_id, "reason": ""}
        refund_appointment(**of, amount_minor=2000, now=NOW)
        with pytest.raises(errors.WrongAppointmentState):
            refund_appointment(**of, amount_minor=3500, now=NOW)
        assert now_of(booked).payment.left_minor == 3500
        assert_all_holds()

    def test_not_what_is_not_paid(self, missed):
        with pytest.raises(WrongPaymentState):
            self.refund(missed)

    def test_not_what_stands(self, asked):
        booked = book_appointment(**asked)
        take_unpaid(booked.payment)
        with pytest.raises(errors.WrongAppointmentState):
            self.refund(booked)


def now_of(booked):
    return Appointment.objects.select_related("payment").get(pk=booked.pk)


def take_unpaid(payment):
    taken = take_payment(payment_id=payment.pk, actor_id=payment.member_id, now=NOW)
    if taken.status != "paid":
        raise WrongPaymentState(taken.status)


def cancel(booked, now=NOW, **by):
    return cancel_appointment(
        appointment_id=booked.pk, actor_id=booked.client_id, now=now, **by
    )
