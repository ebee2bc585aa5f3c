"""A payment by itself: what is noted when it begins, is taken, fails or goes back."""

from datetime import timedelta

import pytest

from gymsite.core.errors import Invalid, NotFound
from gymsite.core.models import Event
from gymsite.payments.errors import PaymentUnderWay, WrongPaymentState
from gymsite.payments.models import LedgerEntry, Payment
from gymsite.payments.operations import (
    begin,
    fail_payment,
    gateway_named,
    reverse_charge,
    take_payment,
)
from gymsite.payments.operations.payments import LONGEST_PAYMENT, enter_paid
from tests.factories import BranchFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(now):
    """ask("card"): begin a payment of 10.00 for something."""
    asked = {"branch_id": BranchFactory().pk, "member_id": UserFactory().pk}
    asked |= {"purpose": "order", "amount_minor": 1000, "currency": "GBP", "now": now}
    return lambda gateway, thing="1", **more: begin(
        gateway=gateway, thing=thing, **asked | more
    )


@pytest.fixture
def paid(ask, now):
    payment = ask("card")
    enter_paid(payment, "ch_1", now=now)
    return payment


def stored(payment):
    return Payment.objects.get(pk=payment.pk)


class TestBeginning:
    @pytest.mark.parametrize(
        ("gateway", "after"), [("card", LONGEST_PAYMENT), ("desk", None)]
    )
    def test_a_card_is_looked_up_when_it_took_too_long_and_the_desk_waits(
        self, ask, now, gateway, after
    ):
        payment = stored(ask(gateway))
        assert (payment.status, payment.look_up_at) == (
            "pending",
            after and now + after,
        )

    def test_what_is_wished_stands_with_it(self, ask):
        assert stored(ask("card", wish={"plan": 7})).wish == {"plan": 7}
        assert stored(ask("card", thing="2")).wish == {}

    def test_a_thing_has_one_open_payment(self, ask):
        ask("card")
        with pytest.raises(PaymentUnderWay):
            ask("card")

    def test_nothing_is_paid_in_a_way_that_is_not_there(self):
        with pytest.raises(Invalid):
            gateway_named("gold")


class TestFailing:
    @pytest.mark.parametrize(
        ("gateway", "said", "after"),
        [
            ("card", {}, LONGEST_PAYMENT),
            ("card", {"declined": True}, None),
            ("desk", {}, None),
        ],
    )
    def test_a_card_is_watched_unless_it_has_declined(
        self, ask, now, gateway, said, after
    ):
        payment, later = ask(gateway), now + timedelta(hours=1)
        fail_payment(payment, now=later, **said)
        payment = stored(payment)
        assert (payment.status, payment.look_up_at) == (
            "failed",
            after and later + after,
        )

    def test_what_is_watched_is_watched_on_when_it_is_given_up_again(self, ask, now):
        payment = ask("card")
        for hours in (1, 2):
            fail_payment(payment, now=now + timedelta(hours=hours))
        after = now + timedelta(hours=1) + LONGEST_PAYMENT
        assert stored(payment).look_up_at == after

    def test_what_is_paid_stays_paid(self, paid, now):
        fail_payment(paid, now=now)
        assert stored(paid).status == "paid"


class TestTaking:
    def test_what_was_paid_says_when_and_by_which_reference(self, paid, now):
        payment, entry = stored(paid), LedgerEntry.objects.get()
        assert (payment.status, payment.paid_at, payment.look_up_at) == (
            "paid",
            now,
            None,
        )
        assert payment.gateway_reference == "ch_1"
        assert (entry.kind, entry.amount_minor, entry.currency, entry.at) == (
            "charge",
            1000,
            "GBP",
            now,
        )

    def test_the_desk_takes_the_one_it_was_told_of_and_it_is_recorded(self, ask, now):
        other = ask("desk")
        payment = ask("desk", thing="2")
        desk = UserFactory(role="front_desk")
        take_payment(payment_id=payment.pk, actor_id=desk.pk, now=now)
        assert (stored(other).status, stored(payment).status) == ("pending", "paid")
        event = Event.objects.get(kind="paid")
        assert (event.subject_id, event.actor_id, event.member_id) == (
            payment.pk,
            desk.pk,
            payment.member_id,
        )

    def test_the_desk_does_not_take_what_a_card_is_paying(self, ask, now):
        payment = ask("card")
        with pytest.raises(WrongPaymentState, match="being made by card"):
            take_payment(payment_id=payment.pk, actor_id=payment.member_id, now=now)
        assert not LedgerEntry.objects.exists()

    def test_what_is_not_there_is_not_taken(self, now):
        with pytest.raises(NotFound):
            take_payment(payment_id=0, actor_id=UserFactory().pk, now=now)


class TestGivingBack:
    def test_the_last_part_makes_it_refunded(self, paid, now):
        charge = LedgerEntry.objects.get()
        for amount, status in ((400, "paid"), (1, "paid"), (599, "refunded")):
            entry = reverse_charge(paid, amount_minor=amount, now=now)
            assert (entry.kind, entry.amount_minor, entry.reverses) == (
                "refund",
                -amount,
                charge,
            )
            assert stored(paid).status == status

    @pytest.mark.parametrize("amount", [0, -1, 601])
    def test_no_more_goes_back_than_is_left(self, paid, now, amount):
        reverse_charge(paid, amount_minor=400, now=now)
        with pytest.raises(WrongPaymentState):
            reverse_charge(paid, amount_minor=amount, now=now)
        assert LedgerEntry.objects.count() == 2

    @pytest.mark.parametrize("status", ["pending", "failed", "refunded"])
    def test_only_what_is_paid_goes_back(self, paid, now, status):
        paid.status = status
        with pytest.raises(WrongPaymentState):
            reverse_charge(paid, amount_minor=1000, now=now)
        assert LedgerEntry.objects.count() == 1

    def test_the_gateway_is_asked_by_the_event(self, paid, now):
        entry = reverse_charge(paid, amount_minor=400, now=now)
        event = Event.objects.get(kind="money_returned")
        assert (event.subject_id, event.member_id) == (paid.pk, paid.member_id)
        assert (event.data["entry"], event.data["amount_minor"]) == (entry.pk, 400)
