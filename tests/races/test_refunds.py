"""One payment's money on its way back from several sides, and a pack's credit."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from bookings.operations import appointment_payments, appointment_steps
from bookings.operations.appointment_payments import (
    give_credit_back,
    pay_appointment,
    refund_appointment,
)
from bookings.operations.appointment_steps import complete_appointment
from bookings.operations.appointments import cancel_appointment
from catalog import locks as shop_locks
from catalog.models import Order
from catalog.operations.carts import add_to_cart
from catalog.operations.checkout import check_out
from catalog.operations.orders import refund_order
from gymsite.core.models import Event
from gymsite.payments.models import LedgerEntry, Payment
from gymsite.payments.operations import refund_payment, refunds
from gymsite.payments.operations.webhooks import receive_webhook
from memberships.models import Allowance
from memberships.operations.memberships import enroll
from tests.asserts import assert_all_holds
from tests.factories import (
    AppointmentFactory,
    MemberFactory,
    PlanFactory,
    ProductFactory,
    UserFactory,
)
from tests.race import OK, Rendezvous, after, counting_deadlocks, race, while_held
from tests.webhooks import signed, told

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
HOUR = timedelta(hours=1)


@pytest.fixture
def paid(provider):
    """An appointment of 55.00 that is over and was paid by card."""
    now = timezone.now()
    booked = AppointmentFactory(
        starts_at=now - 3 * HOUR,
        booked_at=now - 80 * HOUR,
        status="no_show",
        over_at=now - 2 * HOUR,
    )
    asked = {"appointment_id": booked.pk, "client_id": booked.client_id}
    pay_appointment(**asked, now=now)
    return Payment.objects.get(gateway="card")


def back(payment, amount, seen=None):
    return partial(
        refund_payment,
        payment_id=payment.pk,
        amount_minor=amount,
        seen_minor=seen,
        actor_id=payment.member_id,
        reason="Cold.",
        now=timezone.now(),
    )


def told_back(payment, total, event_id="evt_1"):
    body = told(payment, "charge.refunded", amount_minor=total)
    return partial(
        receive_webhook,
        gateway="card",
        body=body,
        headers=signed(body, event_id=event_id),
        now=timezone.now(),
    )


def gone_back(payment):
    entries = LedgerEntry.objects.filter(payment=payment, kind="refund").order_by("id")
    return [-amount for amount in entries.values_list("amount_minor", flat=True)]


def unlocked(monkeypatch):
    """Both have read the payment before either writes, and hold nothing."""
    rendezvous = Rendezvous(2)
    monkeypatch.setattr(
        refunds, "_held", lambda payment_id: Payment.objects.get(pk=payment_id)
    )
    after(monkeypatch, refunds, "_held", rendezvous.meet)
    return rendezvous


class TestRefundAgainstRefund:
    def test_ten_taps_give_it_back_once(self, paid):
        assert race([back(paid, 1000, seen=0)] * 10).codes == {OK: 10}
        assert gone_back(paid) == [1000]
        assert_all_holds()

    def test_two_who_saw_the_same_and_want_another_sum(self, paid):
        calls = [back(paid, 1000, seen=0), back(paid, 2000, seen=0)]
        assert race(calls).codes == {OK: 1, "refunded_meanwhile": 1}
        assert len(gone_back(paid)) == 1

    def test_no_more_than_was_paid(self, paid):
        assert race([back(paid, 3000)] * 4).codes == {OK: 1, "refund_too_much": 3}
        assert gone_back(paid) == [3000]
        assert_all_holds()

    def test_control_without_the_lock_the_second_tap_pays_again(
        self, paid, monkeypatch
    ):
        rendezvous = unlocked(monkeypatch)
        assert race([back(paid, 1000, seen=0)] * 2).codes == {OK: 2}
        assert rendezvous.everybody_came
        assert gone_back(paid) == [1000, 1000]

    def test_control_without_the_lock_the_database_keeps_what_was_paid(
        self, paid, monkeypatch
    ):
        unlocked(monkeypatch)
        codes = race([back(paid, 3000)] * 2).codes
        assert codes == {OK: 1, "refund_too_much": 1}
        assert gone_back(paid) == [3000]


class TestRefundAgainstTheProvider:
    def test_its_word_of_what_we_asked_for_enters_nothing(self, paid):
        calls = [told_back(paid, 1000)]
        assert while_held(back(paid, 1000), calls).codes == {OK: 1}
        assert gone_back(paid) == [1000]
        assert_all_holds()

    def test_ours_after_its_word_is_another(self, paid):
        """Staff who have not seen it are told."""
        calls = [back(paid, 1000, seen=0), back(paid, 500)]
        codes = while_held(heard(paid, 700), calls).codes
        assert codes == {OK: 1, "refunded_meanwhile": 1}
        assert gone_back(paid) == [700, 500]
        assert_all_holds()

    def test_two_words_at_once_enter_what_went_back_in_all(self, paid):
        calls = [told_back(paid, 1000, "evt_1"), told_back(paid, 1500, "evt_2")]
        assert race(calls).codes == {OK: 2}
        assert sum(gone_back(paid)) == 1500
        assert_all_holds()

    def test_control_without_the_lock_both_enter_it(self, paid, monkeypatch):
        rendezvous = unlocked(monkeypatch)
        calls = [told_back(paid, 1000, "evt_1"), told_back(paid, 1000, "evt_2")]
        assert race(calls).codes == {OK: 2}
        assert rendezvous.everybody_came
        assert gone_back(paid) == [1000, 1000]


def heard(payment, total):
    """What hear_refund does, within the caller's transaction."""
    return partial(
        refunds.hear_refund,
        payment_id=payment.pk,
        total_minor=total,
        now=timezone.now(),
    )


class TestRefundAgainstCancelling:
    @pytest.fixture
    def stands(self, provider):
        booked = AppointmentFactory()
        asked = {"appointment_id": booked.pk, "client_id": booked.client_id}
        pay_appointment(**asked, now=timezone.now())
        booked.refresh_from_db()
        return booked

    def test_a_part_and_the_rest_come_to_what_was_paid(self, stands):
        now = timezone.now()
        cancels = partial(
            cancel_appointment,
            appointment_id=stands.pk,
            actor_id=stands.client_id,
            now=now,
        )
        part = partial(
            refund_appointment,
            appointment_id=stands.pk,
            amount_minor=1000,
            actor_id=stands.client_id,
            reason="",
            now=now,
        )
        codes = race([cancels, part]).codes
        assert codes[OK] >= 1
        assert set(codes) <= {OK, "refund_too_much"}
        assert sum(gone_back(stands.payment)) == 5500
        assert_all_holds()


class TestAnOrder:
    def test_its_lines_and_a_part_are_no_deadlock(self, provider):
        now, member = timezone.now(), MemberFactory()
        product = ProductFactory(stock=5, price_minor=2000)
        item = add_to_cart(
            member_id=member.pk, product_id=product.pk, quantity=3, now=now
        )
        order, _ = check_out(cart_id=item.cart_id, member_id=member.pk, now=now)
        lines = partial(
            refund_order,
            order_id=order.pk,
            quantities={item.pk: 1},
            restock=True,
            reason="",
            actor_id=member.pk,
            now=now,
        )
        with counting_deadlocks() as found:
            calls = [lines, back(order.payment, 500)] * 2
            codes = race(calls).codes
        assert (found, codes) == ([0], {OK: 4})
        order.refresh_from_db()
        assert order.refunded_minor == sum(gone_back(order.payment))
        assert_all_holds()

    def test_the_part_waits_for_the_order(self, provider):
        """As its lines do, the order before its payment."""
        now, member = timezone.now(), MemberFactory()
        product = ProductFactory(stock=5)
        item = add_to_cart(member_id=member.pk, product_id=product.pk, now=now)
        order, _ = check_out(cart_id=item.cart_id, member_id=member.pk, now=now)
        seen = []

        def held():
            shop_locks.lock_order(order.pk)
            Order.objects.filter(pk=order.pk).update(refunded_minor=0)

        calls = [back(order.payment, 100)]
        outcomes = while_held(
            held, calls, seen=lambda: seen.extend(gone_back(order.payment))
        )
        assert (outcomes.codes, seen) == ({OK: 1}, [])


class TestAPacksCredit:
    @pytest.fixture
    def lost(self):
        """One that was missed, and that a pack of five has paid."""
        now, client = timezone.now(), UserFactory()
        plan = PlanFactory(appointments=True)
        held = enroll(member_id=client.pk, plan_id=plan.pk, actor_id=client.pk, now=now)
        Allowance.objects.update(used=1)
        return AppointmentFactory(
            client=client,
            payment=None,
            allowance=held.allowances.get(),
            starts_at=now - 2 * HOUR,
            booked_at=now - 80 * HOUR,
            status="no_show",
            over_at=now,
        )

    def gives(self, lost):
        return partial(
            give_credit_back,
            appointment_id=lost.pk,
            actor_id=lost.client_id,
            reason="Ill.",
            now=timezone.now(),
        )

    def test_comes_back_once_however_many_give_it(self, lost):
        assert race([self.gives(lost)] * 6).codes == {OK: 6}
        assert Allowance.objects.get().used == 0
        assert Event.objects.filter(kind="appointment_credited").count() == 1
        assert_all_holds()

    def test_control_without_the_lock_the_database_refuses_the_second(
        self, lost, monkeypatch
    ):
        rendezvous = Rendezvous(2)
        monkeypatch.setattr(
            appointment_payments.locks,
            "lock_appointment",
            lambda pk: type(lost).objects.get(pk=pk),
        )
        after(
            monkeypatch, appointment_payments.locks, "lock_appointment", rendezvous.meet
        )
        codes = race([self.gives(lost)] * 2).codes
        assert codes == {OK: 1, "wrong_appointment_state": 1}
        assert rendezvous.everybody_came
        assert Allowance.objects.get().used == 0

    def test_against_saying_that_it_took_place(self, lost):
        completes = partial(
            complete_appointment,
            appointment_id=lost.pk,
            actor_id=lost.client_id,
            now=timezone.now(),
        )
        codes = while_held(self.gives(lost), [completes]).codes
        assert codes == {"wrong_appointment_state": 1}
        lost.refresh_from_db()
        assert (lost.status, Allowance.objects.get().used) == ("no_show", 0)
        assert_all_holds()


class TestCancellingAgainstCompleting:
    def calls(self):
        """Staff cancel what its trainer says took place."""
        now = timezone.now()
        booked = AppointmentFactory(starts_at=now - HOUR, booked_at=now - 80 * HOUR)
        asked = {"appointment_id": booked.pk, "actor_id": booked.client_id, "now": now}
        return booked, [
            partial(cancel_appointment, **asked),
            partial(complete_appointment, **asked),
        ]

    @pytest.mark.parametrize("first", [0, 1])
    def test_who_is_second_is_refused(self, first):
        booked, calls = self.calls()
        codes = while_held(calls[first], [calls[1 - first]]).codes
        assert codes == {"wrong_appointment_state": 1}
        booked.refresh_from_db()
        assert booked.status == ("cancelled", "completed")[first]
        assert_all_holds()

    def test_control_without_the_lock_the_database_refuses(self, monkeypatch):
        booked, calls = self.calls()
        rows = type(booked).objects.select_related("branch", "policy")
        monkeypatch.setattr(
            appointment_steps.locks,
            "lock_appointment",
            lambda pk, **of: rows.get(pk=pk),
        )
        codes = while_held(calls[0], [calls[1]]).codes
        assert codes == {"23000": 1}
        booked.refresh_from_db()
        assert booked.status == "cancelled"
