"""Giving back a part of what was paid: by staff, and by the provider itself."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.operations.appointment_payments import pay_appointment
from bookings.operations.appointments import cancel_appointment
from catalog.models import Order, Rental
from catalog.operations.carts import add_to_cart
from catalog.operations.checkout import check_out
from catalog.operations.orders import refund_order
from catalog.operations.rentals import (
    Wish,
    cancel_rental,
    hand_out,
    rent,
    return_rental,
)
from gymsite.core.errors import DomainError, Invalid, NotFound
from gymsite.core.models import Event, Notification, Role
from gymsite.notifications import outbox
from gymsite.ops.prove.provider import Killed, NoNetwork
from gymsite.payments.errors import (
    PaymentDeclined,
    RefundedMeanwhile,
    RefundTooMuch,
    WrongPaymentState,
)
from gymsite.payments.models import LedgerEntry, Payment
from gymsite.payments.operations import refund_payment, take_payment
from gymsite.payments.tasks import return_money
from memberships.operations.memberships import enroll
from tests.asserts import assert_all_holds
from tests.bookings.staff import act, text
from tests.factories import (
    AppointmentFactory,
    MemberFactory,
    PlanFactory,
    ProductFactory,
    RentalKindFactory,
    RentalUnitFactory,
    UserFactory,
)
from tests.webhooks import deliver, signed, told

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def now():
    return timezone.now().replace(hour=12)


@pytest.fixture
def manager():
    return UserFactory(role=Role.MANAGER)


def membership(now):
    member = UserFactory()
    bought = {"plan_id": PlanFactory().pk, "actor_id": member.pk}
    enroll(member_id=member.pk, gateway="card", now=now, **bought)
    return Payment.objects.get()


def order(now):
    member, product = MemberFactory(), ProductFactory(stock=5, price_minor=2000)
    item = add_to_cart(member_id=member.pk, product_id=product.pk, quantity=2, now=now)
    check_out(cart_id=item.cart_id, member_id=member.pk, now=now)
    return Payment.objects.get()


def rental(now, *, days=2):
    kind = RentalKindFactory(day_fee_minor=1500, late_fee_minor=500, deposit_minor=800)
    unit, first = RentalUnitFactory(kind=kind), now.date()
    last = first + timedelta(days=days - 1)
    rent(wish=Wish(kind.pk, unit.branch_id, MemberFactory().pk, first, last), now=now)
    return Payment.objects.get()


def late_fee(now):
    """Of twelve pounds more than the deposit, at the desk."""
    paid = rental(now - 9 * DAY)
    lent = Rental.objects.get(payment=paid)
    hand_out(rental_id=lent.pk, actor_id=lent.member_id, now=now - 9 * DAY)
    return_rental(rental_id=lent.pk, actor_id=lent.member_id, now=now)
    lent.refresh_from_db()
    return take_payment(
        payment_id=lent.late_payment_id, actor_id=lent.member_id, now=now
    )


def appointment(now, **of):
    booked = AppointmentFactory(starts_at=now + 3 * DAY, **of)
    asked = {"appointment_id": booked.pk, "client_id": booked.client_id}
    pay_appointment(**asked, now=now)
    booked.refresh_from_db()
    return booked.payment


KINDS = [membership, order, rental, late_fee, appointment]


@pytest.fixture
def give(manager, now):
    """give(payment, 400): as staff who see how it stands."""

    def give(payment, amount=None, **more):
        asked = {"actor_id": manager.pk, "reason": "The heating was off.", "now": now}
        seen = Payment.objects.get(pk=payment.pk).refunded_minor
        asked |= {"seen_minor": seen, "amount_minor": amount}
        return refund_payment(payment_id=payment.pk, **asked | more)

    return give


def ask_gateway(*, times=1):
    """Do what the outbox has the worker do."""
    for event in Event.objects.filter(kind="money_returned").order_by("id"):
        for _ in range(times):
            return_money(
                payment_id=event.subject_id,
                entry_id=event.data["entry"],
                amount_minor=event.data["amount_minor"],
            )


def refunds(payment):
    entries = LedgerEntry.objects.filter(payment=payment, kind="refund").order_by("id")
    return [-amount for amount in entries.values_list("amount_minor", flat=True)]


class TestAPart:
    @pytest.mark.parametrize("made", KINDS)
    def test_of_each_kind_of_payment_goes_back_twice(self, made, give, provider, now):
        payment = made(now)
        give(payment, 300)
        left = give(payment, 200)
        assert (left.status, left.refunded_minor) == ("paid", 500)
        assert Payment.objects.get(pk=payment.pk).refunded_minor == left.refunded_minor
        ask_gateway(times=2)
        assert refunds(payment) == [300, 200]
        assert provider.books.get(payment.key, left.left_minor) == left.left_minor
        assert_all_holds()

    @pytest.mark.parametrize("made", [membership, order, late_fee])
    def test_the_last_one_makes_it_refunded(self, made, give, provider, now):
        payment = made(now)
        give(payment, 300)
        assert give(payment).status == "refunded"
        assert refunds(payment) == [300, payment.amount_minor - 300]
        assert_all_holds()

    @pytest.mark.parametrize("made", KINDS)
    def test_its_member_is_told_how_much_and_why(self, made, give, provider, now):
        payment = made(now)
        give(payment, 350)
        outbox.drain(now=now + DAY)
        told = Notification.objects.filter(user=payment.member_id).latest("id")
        assert "£3.50 comes back to you" in told.title + told.body
        assert told.body.endswith("The heating was off.")

    def test_who_gave_it_and_why_stands_in_the_history(
        self, give, provider, now, manager
    ):
        payment = membership(now)
        give(payment, 350)
        event = Event.objects.get(kind="money_returned")
        assert (event.actor_id, event.subject_id) == (manager.pk, payment.pk)
        assert event.data["reason"] == "The heating was off."

    @pytest.mark.parametrize("mood", ["loses", "dies", "kills"])
    def test_a_bank_that_answers_late_or_a_killed_worker_gives_it_once(
        self, give, provider, now, mood
    ):
        payment = membership(now)
        give(payment, 350)
        provider.refund_moods = [mood]
        with pytest.raises((NoNetwork, Killed)):
            ask_gateway()
        ask_gateway()
        assert provider.books == {payment.key: payment.amount_minor - 350}
        assert len(provider.returned) == 1


class TestNever:
    def test_more_than_is_left(self, give, provider, now):
        payment = membership(now)
        give(payment, 300)
        with pytest.raises(RefundTooMuch, match="is left"):
            give(payment, payment.amount_minor - 299)
        assert refunds(payment) == [300]

    @pytest.mark.parametrize("amount", [0, -1])
    def test_nothing_or_less(self, give, provider, now, amount):
        with pytest.raises(Invalid):
            give(membership(now), amount)

    def test_of_what_is_not_paid(self, give, now):
        member = UserFactory()
        bought = {"plan_id": PlanFactory().pk, "actor_id": member.pk}
        enroll(member_id=member.pk, now=now, **bought)
        with pytest.raises(WrongPaymentState):
            give(Payment.objects.get(), 1)

    def test_of_what_was_declined(self, give, provider, now):
        provider.moods = ["declines"]
        with pytest.raises(PaymentDeclined):
            membership(now)
        with pytest.raises(WrongPaymentState):
            give(Payment.objects.get(), 1)

    def test_of_what_is_not_there(self, manager, now):
        with pytest.raises(NotFound):
            refund_payment(payment_id=0, actor_id=manager.pk, reason="", now=now)

    def test_twice_by_a_second_tap(self, give, provider, now):
        payment = membership(now)
        for _ in range(3):
            give(payment, 300, seen_minor=0)
        assert refunds(payment) == [300]
        give(payment, 300)
        assert refunds(payment) == [300, 300]

    @pytest.mark.parametrize("amount", [200, None])
    def test_by_who_has_not_seen_what_went_back(self, give, provider, now, amount):
        payment = membership(now)
        give(payment, 300)
        with pytest.raises(RefundedMeanwhile, match=r"£3\.00"):
            give(payment, amount, seen_minor=0)
        assert refunds(payment) == [300]

    def test_all_of_it_twice(self, give, provider, now):
        payment = membership(now)
        for _ in range(2):
            give(payment)
        assert refunds(payment) == [payment.amount_minor]

    @pytest.mark.parametrize("made", [rental, appointment])
    def test_all_of_what_stands(self, made, give, provider, now):
        payment = made(now)
        with pytest.raises(DomainError) as refused:
            give(payment)
        assert "ancel it" in refused.value.message
        assert refunds(payment) == []

    def test_a_rentals_deposit_before_its_unit_is_back(self, give, provider, now):
        payment = rental(now)
        give(payment, 3000)
        with pytest.raises(DomainError, match="deposit"):
            give(payment, 1)


class TestWhatFollows:
    def test_a_rental_gives_back_the_rest_when_it_is_cancelled(
        self, give, provider, now
    ):
        payment = rental(now)
        give(payment, 1000)
        lent = Rental.objects.get()
        cancel_rental(rental_id=lent.pk, actor_id=lent.member_id, now=now)
        assert refunds(payment) == [1000, 2800]
        assert_all_holds()

    def test_and_its_deposit_when_it_is_returned(self, give, provider, now):
        payment = rental(now)
        give(payment, 1000)
        lent = Rental.objects.get()
        hand_out(rental_id=lent.pk, actor_id=lent.member_id, now=now)
        return_rental(rental_id=lent.pk, actor_id=lent.member_id, now=now)
        assert refunds(payment) == [1000, 800]
        assert_all_holds()

    def test_of_a_deposit_what_the_provider_left_of_it(self, provider, now):
        payment = rental(now)
        assert refunded(payment, 3300) == "differs"
        lent = Rental.objects.get()
        hand_out(rental_id=lent.pk, actor_id=lent.member_id, now=now)
        late = now + 2 * DAY
        return_rental(rental_id=lent.pk, actor_id=lent.member_id, now=late)
        lent.refresh_from_db()
        assert (lent.late_minor, lent.late_payment) == (500, None)
        assert refunds(payment) == [3300]
        assert Payment.objects.get().left_minor == 500

    def test_an_appointment_gives_back_the_rest_when_it_is_cancelled(
        self, give, provider, now
    ):
        payment = appointment(now)
        give(payment, 1000)
        booked = payment.appointment
        cancel_appointment(appointment_id=booked.pk, actor_id=booked.client_id, now=now)
        assert refunds(payment) == [1000, 4500]
        assert_all_holds()

    def test_an_orders_lines_give_back_what_is_left(self, give, provider, now, manager):
        payment = order(now)
        give(payment, 500)
        bought = Order.objects.get()
        assert bought.refunded_minor == 500
        refund_order(
            order_id=bought.pk, restock=True, reason="", actor_id=manager.pk, now=now
        )
        bought.refresh_from_db()
        assert (bought.status, bought.refunded_minor) == ("refunded", 4000)
        assert refunds(payment) == [500, 3500]
        assert_all_holds()

    def test_an_order_says_so_to_its_member(self, give, provider, now, client):
        payment = order(now)
        give(payment, 500)
        client.force_login(payment.member)
        page = text(client.get(f"/shop/orders/{Order.objects.get().reference}/"))
        assert "£5.00" in page
        assert "£35.00" in page


class TestItsPage:
    def page(self, payment):
        return f"/admin/payments/payment/do/refund/?ids={payment.pk}"

    def staff(self, client, payment, role):
        client.force_login(UserFactory(role=role, home_branch=payment.branch))

    def test_a_manager_gives_a_part_with_a_reason(self, provider, now, client):
        payment = membership(now)
        self.staff(client, payment, Role.MANAGER)
        assert "Left" in text(client.get(self.page(payment)))
        done = act(client, self.page(payment), amount_minor="3.50", reason="Cold.")
        assert "£3.50 goes back" in text(done)
        assert refunds(payment) == [350]
        assert "£3.50" in text(client.get("/admin/payments/payment/"))

    def test_not_without_a_reason(self, provider, now, client):
        payment = membership(now)
        self.staff(client, payment, Role.MANAGER)
        assert act(client, self.page(payment), amount_minor="1").status_code == 422

    def test_who_confirms_what_has_changed_is_shown_how_it_stands(
        self, provider, now, client, give
    ):
        payment = membership(now)
        self.staff(client, payment, Role.MANAGER)
        page = self.page(payment)
        seen = client.get(page).context["form"].initial["seen"]
        give(payment, 100)
        given = {"amount_minor": "1", "reason": "Cold.", "seen": seen}
        assert "This changed while you were looking" in text(client.post(page, given))
        assert refunds(payment) == [100]

    def test_the_desk_does_not(self, provider, now, client):
        payment = membership(now)
        self.staff(client, payment, Role.FRONT_DESK)
        assert client.get(self.page(payment)).status_code == 403


def refunded(payment, total, **otherwise):
    """What we answer to a provider that says how much it gave back in all."""
    said = {"amount_minor": total, **otherwise}
    answer = deliver(told(payment, "charge.refunded", **said))
    return answer.json().get("outcome", answer.status_code)


class TestToldByTheProvider:
    def test_a_part_enters_the_ledger_once_in_whatever_order(self, provider, now):
        payment = membership(now)
        assert [refunded(payment, total) for total in (300, 500, 300, 500)] == [
            "done"
        ] * 4
        assert refunds(payment) == [300, 200]
        assert_all_holds()

    def test_what_we_asked_for_ourselves_is_known(self, provider, now, give):
        payment = membership(now)
        give(payment, 300)
        ask_gateway()
        assert refunded(payment, 300) == "done"
        assert refunds(payment) == [300]

    def test_nobody_asks_it_to_give_back_what_it_gave(self, provider, now):
        payment = membership(now)
        refunded(payment, 300)
        outbox.drain(now=now + DAY)
        ask_gateway()
        assert provider.returned == {}

    def test_its_member_is_told(self, provider, now):
        payment = membership(now)
        refunded(payment, 300)
        outbox.drain(now=now + DAY)
        told = Notification.objects.filter(user=payment.member_id).latest("id")
        assert told.title == "£3.00 comes back to you"

    def test_all_of_it(self, provider, now):
        payment = membership(now)
        assert refunded(payment, payment.amount_minor) == "done"
        payment.refresh_from_db()
        assert payment.status == "refunded"
        assert_all_holds()

    def test_all_of_it_while_it_stands_staff_see(self, provider, now):
        payment = appointment(now)
        assert refunded(payment, payment.amount_minor) == "differs"
        assert refunds(payment) == [payment.amount_minor]
        assert_all_holds()

    @pytest.mark.parametrize(
        ("total", "currency"), [(10**6, "GBP"), (300, "EUR"), (300, "")]
    )
    def test_what_can_not_be_differs(self, provider, now, total, currency):
        payment = membership(now)
        assert refunded(payment, total, currency=currency) == "differs"
        assert refunds(payment) == []

    def test_before_we_know_that_it_took_it_it_is_asked(self, provider, now):
        booked = AppointmentFactory(starts_at=now + 3 * DAY)
        asked = {"appointment_id": booked.pk, "client_id": booked.client_id}
        provider.moods = ["dies"]
        with pytest.raises(DomainError):
            pay_appointment(**asked, now=now)
        payment = Payment.objects.get(gateway="card")
        assert refunded(payment, 300) == "done"
        payment.refresh_from_db()
        assert (payment.status, payment.refunded_minor) == ("paid", 300)
        assert_all_holds()

    def test_where_it_does_not_say_so_yet_it_is_to_be_told_again(self, provider, now):
        booked = AppointmentFactory(starts_at=now + 3 * DAY)
        asked = {"appointment_id": booked.pk, "client_id": booked.client_id}
        provider.moods = ["pends"]
        with pytest.raises(DomainError):
            pay_appointment(**asked, now=now)
        payment = Payment.objects.get(gateway="card")
        body = told(payment, "charge.refunded", amount_minor=300)
        headers = signed(body)
        assert deliver(body, headers).json()["code"] == "payment_under_way"
        provider.arrive()
        assert deliver(body, headers).json() == {"outcome": "done"}
        assert refunds(payment) == [300]

    def test_of_what_was_declined_differs(self, provider, now):
        provider.moods = ["declines"]
        with pytest.raises(PaymentDeclined):
            membership(now)
        assert refunded(Payment.objects.get(), 300) == "differs"
