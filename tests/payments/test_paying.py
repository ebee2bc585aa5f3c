"""Whatever goes wrong after asking ends in "placed" or in "given back"."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone

from catalog.errors import OutOfStock
from catalog.models import Order, Rental, StockLevel
from catalog.operations import checkout
from catalog.operations.carts import add_to_cart
from catalog.operations.checkout import HOLD_LASTS, begin_checkout, check_out
from catalog.operations.rentals import (
    Wish,
    cancel_rental,
    hand_out,
    rent,
    return_rental,
)
from gymsite.core.models import PutOff
from gymsite.ops.prove.provider import Killed
from gymsite.payments.errors import (
    PaymentDeclined,
    PaymentFailed,
    PaymentGivenUp,
    PaymentUnderWay,
)
from gymsite.payments.models import LedgerEntry, Payment
from gymsite.payments.operations import LONGEST_PAYMENT, sweep
from gymsite.payments.operations.paying import ABANDONED, WATCHED
from memberships.errors import AlreadyMember
from memberships.models import Membership
from memberships.operations.memberships import enroll
from tests.factories import (
    MemberFactory,
    PlanFactory,
    ProductFactory,
    RentalKindFactory,
    RentalUnitFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def cart(now):
    """A member's cart of one thing for 1290; what ``check_out`` asks."""
    member, product = MemberFactory(), ProductFactory(stock=3, price_minor=1290)
    item = add_to_cart(member_id=member.pk, product_id=product.pk, now=now)
    return {"cart_id": item.cart_id, "member_id": member.pk}


def payment():
    return Payment.objects.get()


def is_placed(provider):
    """One order, its money in both books."""
    order = Order.objects.get()
    assert provider.books == {order.payment.key: order.total_minor}
    assert LedgerEntry.objects.get().amount_minor == order.total_minor
    return True


def is_given_back(provider):
    """No order, and nobody kept anything."""
    assert not Order.objects.exists()
    assert not LedgerEntry.objects.exists()
    assert provider.books == {}
    return True


class TestAfterAsking:
    @pytest.mark.parametrize(
        "failure", [IntegrityError, OperationalError, RuntimeError, OutOfStock]
    )
    def test_whatever_is_raised_while_it_is_placed_the_money_goes_back(
        self, cart, now, provider, monkeypatch, failure
    ):
        def fails(*_args):
            raise failure("no")

        monkeypatch.setattr(checkout, "_take_stock", fails)
        with pytest.raises(OutOfStock if failure is OutOfStock else PaymentFailed):
            check_out(**cart, now=now)
        assert payment().status == "returned"
        assert is_given_back(provider)
        assert len(provider.taken) == 1

    def test_a_passing_failure_of_the_database_is_tried_again_once(
        self, cart, now, provider, monkeypatch
    ):
        takes, tries = checkout._take_stock, []

        def fails_once(*args):
            tries.append(args)
            if len(tries) == 1:
                raise OperationalError("deadlock detected")
            takes(*args)

        monkeypatch.setattr(checkout, "_take_stock", fails_once)
        check_out(**cart, now=now)
        assert is_placed(provider)

    @pytest.mark.parametrize("mood", ["dies", "kills"])
    def test_what_was_taken_while_the_answer_was_lost_is_placed_by_the_sweep(
        self, cart, now, provider, mood
    ):
        provider.moods = [mood]
        with pytest.raises((PaymentUnderWay, Killed)):
            check_out(**cart, now=now)
        assert payment().status == "pending"
        assert sweep(now=now) == 0
        assert sweep(now=now + LONGEST_PAYMENT) == 1
        assert is_placed(provider)

    def test_what_was_taken_and_can_not_be_placed_any_more_goes_back(
        self, cart, now, provider
    ):
        provider.moods = ["kills"]
        with pytest.raises(Killed):
            check_out(**cart, now=now)
        rival = MemberFactory()
        product = StockLevel.objects.get().product_id
        for quantity in (3,):
            item = add_to_cart(
                member_id=rival.pk, product_id=product, quantity=quantity, now=now
            )
        check_out(cart_id=item.cart_id, member_id=rival.pk, now=now + HOLD_LASTS)
        sweep(now=now + HOLD_LASTS)
        assert set(Payment.objects.values_list("status", flat=True)) == {
            "paid",
            "returned",
        }
        assert is_placed(provider)

    def test_what_never_arrived_is_called_off_and_the_cart_is_free(
        self, cart, now, provider
    ):
        provider.moods = ["loses"]
        with pytest.raises(PaymentUnderWay):
            check_out(**cart, now=now)
        sweep(now=now + LONGEST_PAYMENT)
        assert payment().status == "pending"
        sweep(now=now + ABANDONED)
        assert payment().status == "failed"
        check_out(**cart, now=now + ABANDONED)
        assert is_placed(provider)

    def test_a_request_that_arrives_after_it_was_given_up_is_given_back(
        self, cart, now, provider
    ):
        provider.moods = ["dallies"]
        with pytest.raises(PaymentUnderWay):
            check_out(**cart, now=now)
        sweep(now=now + ABANDONED)
        assert payment().status == "failed"
        provider.arrive()
        sweep(now=now + ABANDONED + LONGEST_PAYMENT)
        assert payment().status == "returned"
        assert is_given_back(provider)

    def test_after_a_day_nobody_asks_any_more(self, cart, now, provider):
        provider.moods = ["loses"]
        with pytest.raises(PaymentUnderWay):
            check_out(**cart, now=now)
        sweep(now=now + ABANDONED)
        sweep(now=now + WATCHED)
        assert payment().look_up_at is None

    def test_an_answer_after_minutes_is_waited_for(self, cart, now, provider):
        provider.moods = ["pends"]
        with pytest.raises(PaymentUnderWay):
            check_out(**cart, now=now)
        sweep(now=now + timedelta(hours=3))
        assert payment().status == "pending"
        provider.arrive()
        sweep(now=now + timedelta(hours=5))
        assert is_placed(provider)

    @pytest.mark.parametrize("mood", ["loses", "dies", "kills"])
    def test_giving_back_is_finished_by_the_sweep_and_happens_once(
        self, cart, now, provider, monkeypatch, mood
    ):
        monkeypatch.setattr(checkout, "_take_stock", lambda *_args: 1 / 0)
        provider.refund_moods = [mood]
        with pytest.raises((PaymentFailed, Killed)):
            check_out(**cart, now=now)
        assert payment().status == "returning"
        sweep(now=timezone.now() + timedelta(seconds=1))
        assert payment().status == "returned"
        assert is_given_back(provider)
        assert len(provider.returned) == 1

    def test_paid_again_the_open_payment_is_looked_up_first(self, cart, now, provider):
        provider.moods = ["dies", "declines"]
        with pytest.raises(PaymentUnderWay):
            check_out(**cart, now=now)
        with pytest.raises(PaymentUnderWay):
            check_out(**cart, now=now)
        check_out(**cart, now=now + LONGEST_PAYMENT)
        assert is_placed(provider)

    def test_one_that_fails_stops_no_other_and_is_shown(
        self, now, provider, monkeypatch
    ):
        provider.moods = ["kills", "kills"]
        for _ in range(2):
            member = MemberFactory()
            item = add_to_cart(
                member_id=member.pk, product_id=ProductFactory(stock=1).pk, now=now
            )
            with pytest.raises(Killed):
                check_out(cart_id=item.cart_id, member_id=member.pk, now=now)
        bad, good = Payment.objects.order_by("id")
        looks = provider.look_up

        def fails(*, key):
            if key == bad.key:
                raise RuntimeError("a provider with a bad day")
            return looks(key=key)

        monkeypatch.setattr(
            type(provider), "look_up", lambda self, *, key: fails(key=key)
        )
        sweep(now=now + LONGEST_PAYMENT)
        assert Order.objects.get().payment == good
        assert PutOff.objects.get(job="payments.sweep").subject_id == bad.pk


class TestEnrolling:
    def enrol(self, member, plan, now):
        return enroll(
            member_id=member.pk,
            plan_id=plan.pk,
            gateway="card",
            actor_id=member.pk,
            now=now,
        )

    def test_by_card_it_starts_when_that_has_paid(self, now, provider):
        membership = self.enrol(UserFactory(), PlanFactory(), now)
        paid = membership.periods.get().payment
        assert (paid.status, provider.books) == ("paid", {paid.key: paid.amount_minor})

    def test_who_became_a_member_meanwhile_gets_the_money_back(self, now, provider):
        member, plan = UserFactory(), PlanFactory()
        provider.on_charge = lambda: enroll(
            member_id=member.pk, plan_id=plan.pk, actor_id=member.pk, now=now
        )
        with pytest.raises(AlreadyMember):
            self.enrol(member, plan, now)
        assert Membership.objects.count() == 1
        assert (len(provider.taken), provider.books) == (1, {})

    def test_two_at_once_are_charged_once(self, now, provider):
        member, plan, second = UserFactory(), PlanFactory(), []

        def again():
            with pytest.raises(PaymentUnderWay), transaction.atomic():
                self.enrol(member, plan, now)
            second.append(True)

        provider.on_charge = again
        self.enrol(member, plan, now)
        assert second == [True]
        assert len(provider.taken) == len(provider.books) == 1

    def test_killed_while_paying_it_starts_all_the_same(self, now, provider):
        provider.moods = ["kills"]
        with pytest.raises(Killed):
            self.enrol(UserFactory(), PlanFactory(), now)
        sweep(now=now + LONGEST_PAYMENT)
        assert Membership.objects.get().periods.get().payment.status == "paid"

    def test_a_declined_card_starts_nothing(self, now, provider):
        provider.moods = ["declines"]
        with pytest.raises(PaymentDeclined):
            self.enrol(UserFactory(), PlanFactory(), now)
        assert not Membership.objects.exists()


class TestRenting:
    @pytest.fixture
    def unit(self):
        return RentalUnitFactory(
            kind=RentalKindFactory(
                day_fee_minor=300, deposit_minor=800, late_fee_minor=500
            )
        )

    @pytest.fixture
    def wish(self, unit, now):
        today = unit.branch.today(now)
        return Wish(unit.kind_id, unit.branch_id, MemberFactory().pk, today, today)

    def test_cancelled_while_the_card_is_asked_the_money_goes_back(
        self, wish, now, provider
    ):
        provider.on_charge = lambda: cancel_rental(
            rental_id=Rental.objects.get().pk,
            member_id=wish.member_id,
            actor_id=wish.member_id,
            now=now,
        )
        with pytest.raises(PaymentGivenUp):
            rent(wish=wish, now=now)
        assert (Rental.objects.get().status, payment().status, provider.books) == (
            "cancelled",
            "returned",
            {},
        )

    def test_it_is_not_handed_out_while_the_card_is_asked(self, wish, now, provider):
        provider.moods = ["pends"]
        with pytest.raises(PaymentUnderWay):
            rent(wish=wish, now=now)
        rental = Rental.objects.get()
        with pytest.raises(Exception, match="payment is being made"):
            hand_out(rental_id=rental.pk, actor_id=wish.member_id, now=now)

    def test_unpaid_at_the_desk_what_is_owed_afterwards_is_the_fee_and_the_lateness(
        self, wish, now
    ):
        rental = rent(wish=wish, gateway="desk", now=now)
        hand_out(rental_id=rental.pk, actor_id=wish.member_id, now=now)
        back = return_rental(
            rental_id=rental.pk, actor_id=wish.member_id, now=now + timedelta(days=2)
        )
        assert back.payment.status == "failed"
        assert (back.late_payment.status, back.late_payment.amount_minor) == (
            "pending",
            300 + 2 * 500,
        )

    @pytest.mark.parametrize("days", [-1, 1])
    def test_a_unit_goes_out_on_its_days(self, wish, now, days):
        rental = rent(wish=wish, gateway="desk", now=now)
        with pytest.raises(Exception, match=r"begins on|ended on"):
            hand_out(
                rental_id=rental.pk,
                actor_id=wish.member_id,
                now=now + timedelta(days=days),
            )

    def test_what_was_never_handed_out_costs_no_late_fee(self, wish, now):
        rental = rent(wish=wish, gateway="desk", now=now)
        with pytest.raises(Exception, match="never handed out"):
            return_rental(
                rental_id=rental.pk,
                actor_id=wish.member_id,
                now=now + timedelta(days=4),
            )

    def test_a_repeat_gives_the_rental_of_the_first(self, wish, now, provider):
        provider.moods = ["kills", "declines"]
        with pytest.raises(Killed):
            rent(wish=wish, reference="K7QF2M9XPT3", now=now)
        again = rent(wish=wish, reference="K7QF2M9XPT3", now=now + LONGEST_PAYMENT)
        assert (again.status, again.payment.status) == ("booked", "paid")
        assert provider.books == {again.payment.key: 1100}


def test_begun_is_begun_once(cart, now, provider):
    """A second payment of the same cart is refused by the database itself."""
    first = begin_checkout(**cart, gateway="card", now=now)
    with pytest.raises(PaymentUnderWay):
        begin_checkout(**cart, gateway="card", now=now)
    assert payment() == first
