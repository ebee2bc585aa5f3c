"""One member's clicks at once: a cart is paid by one of them, and what is added meanwhile is not lost or sneaked in."""

from functools import partial

import pytest
from django.utils import timezone

from catalog.models import CartItem
from catalog.operations.carts import add_to_cart
from catalog.operations.checkout import begin_checkout, check_out
from gymsite.payments.models import LedgerEntry, Payment
from tests.factories import MemberFactory, ProductFactory
from tests.race import race

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def now():
    return timezone.now()


def test_a_cart_begins_one_payment_at_a_time(now):
    """Whoever waited for the cart must see the payment that was begun meanwhile."""
    member, product = MemberFactory(), ProductFactory()
    cart_id = add_to_cart(member_id=member.pk, product_id=product.pk, now=now).cart_id
    begin = partial(begin_checkout, cart_id=cart_id, member_id=member.pk, gateway="card", now=now)
    assert race([begin] * 8).codes == {"ok": 1, "payment_under_way": 7}
    assert Payment.objects.count() == 1


def test_clicks_on_pay_charge_once(now):
    member, product = MemberFactory(), ProductFactory(stock=100)
    cart_id = add_to_cart(member_id=member.pk, product_id=product.pk, now=now).cart_id
    outcomes = race([partial(check_out, cart_id=cart_id, member_id=member.pk, now=now)] * 8)
    assert set(outcomes.codes) <= {"ok", "payment_under_way"}
    assert len({order.pk for order, _ in outcomes.values}) == 1
    assert LedgerEntry.objects.count() == Payment.objects.count() == 1


def test_first_clicks_at_once_add_up_in_one_cart(now):
    member, product = MemberFactory(), ProductFactory(stock=100)
    add = partial(add_to_cart, member_id=member.pk, product_id=product.pk, quantity=2, now=now)
    assert race([add] * 10).codes == {"ok": 10}
    assert CartItem.objects.get().quantity == 20


def test_what_is_added_while_paying_begins_waits_and_is_refused(now):
    member, product, other = MemberFactory(), ProductFactory(), ProductFactory()
    cart_id = add_to_cart(member_id=member.pk, product_id=product.pk, now=now).cart_id
    begin = partial(begin_checkout, cart_id=cart_id, member_id=member.pk, gateway="card", now=now)
    add = partial(add_to_cart, member_id=member.pk, product_id=other.pk, now=now)
    outcomes = race([add, begin, *[add] * 6])
    payment = Payment.objects.get()
    paid_for = outcomes.all[1].value
    assert paid_for == payment
    assert sum(item.total_minor for item in CartItem.objects.all()) == payment.amount_minor
