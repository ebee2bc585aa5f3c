"""One member's clicks at once: one of them pays the cart.

What is added meanwhile is neither lost nor sneaked in.
"""

from functools import partial

import pytest
from django.db import transaction

from catalog.models import CartItem, StockHold
from catalog.operations import carts
from catalog.operations.carts import (
    accept_changes,
    add_to_cart,
    remove_item,
    set_item,
)
from catalog.operations.checkout import begin_checkout, check_out, sweep_holds
from gymsite.payments.models import LedgerEntry, Payment
from tests import crowd
from tests.factories import MemberFactory, ProductFactory
from tests.race import OK, Rendezvous, counting_deadlocks, race, while_held

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_a_cart_begins_one_payment_at_a_time(now):
    """A click that waited for the cart sees the payment that began meanwhile."""
    member, product = MemberFactory(), ProductFactory()
    cart_id = add_to_cart(member_id=member.pk, product_id=product.pk, now=now).cart_id
    begin = partial(
        begin_checkout, cart_id=cart_id, member_id=member.pk, gateway="card", now=now
    )
    assert race([begin] * 8).codes == {"ok": 1, "payment_under_way": 7}
    assert Payment.objects.count() == 1


def test_clicks_on_pay_charge_once(now):
    member, product = MemberFactory(), ProductFactory(stock=100)
    cart_id = add_to_cart(member_id=member.pk, product_id=product.pk, now=now).cart_id
    outcomes = race(
        [partial(check_out, cart_id=cart_id, member_id=member.pk, now=now)] * 8
    )
    assert set(outcomes.codes) <= {"ok", "payment_under_way"}
    assert len({order.pk for order, _ in outcomes.values}) == 1
    assert LedgerEntry.objects.count() == Payment.objects.count() == 1


def test_first_clicks_at_once_add_up_in_one_cart(now):
    member, product = MemberFactory(), ProductFactory(stock=100)
    add = partial(
        add_to_cart, member_id=member.pk, product_id=product.pk, quantity=2, now=now
    )
    assert race([add] * 10).codes == {"ok": 10}
    assert CartItem.objects.get().quantity == 20


def test_what_is_added_while_paying_begins_waits_and_is_refused(now):
    member, product, other = MemberFactory(), ProductFactory(), ProductFactory()
    cart_id = add_to_cart(member_id=member.pk, product_id=product.pk, now=now).cart_id
    begin = partial(
        begin_checkout, cart_id=cart_id, member_id=member.pk, gateway="card", now=now
    )
    add = partial(add_to_cart, member_id=member.pk, product_id=other.pk, now=now)
    outcomes = race([add, begin, *[add] * 6])
    payment = Payment.objects.get()
    paid_for = outcomes.all[1].value
    assert paid_for == payment
    assert (
        sum(item.total_minor for item in CartItem.objects.all()) == payment.amount_minor
    )


CHANGES = {
    "set": partial(set_item, quantity=2),
    "remove": remove_item,
    "accept": lambda product_id, **which: accept_changes(**which),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_no_change_comes_between_what_is_judged_and_what_is_paid(now, change):
    """Each waits for the click that is about to begin paying, and is refused."""
    member, product = MemberFactory(), ProductFactory()
    cart_id = add_to_cart(member_id=member.pk, product_id=product.pk, now=now).cart_id
    cart = {"cart_id": cart_id, "member_id": member.pk, "now": now}
    outcomes = while_held(
        partial(begin_checkout, gateway="card", **cart),
        [partial(change, product_id=product.pk, **cart)],
    )
    assert outcomes.codes == {"payment_under_way": 1}
    assert CartItem.objects.values_list("product", "quantity").get() == (product.pk, 1)


class TestSweep:
    """Expired holds of two members who pay again at this moment.

    Each payment lets go of its own member's holds.
    """

    @pytest.fixture
    def holds(self, now):
        products = [ProductFactory(), ProductFactory()]
        for _ in range(2):
            member = MemberFactory()
            for product in products:
                cart = add_to_cart(
                    member_id=member.pk, product_id=product.pk, now=now
                ).cart
            for product in products:
                StockHold.objects.create(
                    cart=cart, product=product, quantity=1, expires_at=now
                )
        return list(StockHold.objects.order_by("pk").values_list("pk", flat=True))

    def test_control_waiting_for_a_hold_of_who_pays_deadlocks(self, holds):
        both = Rendezvous(2, patience=5)
        with counting_deadlocks() as deadlocks:
            outcomes = race(
                [partial(_delete, order, both) for order in (holds[:2], holds[1::-1])]
            )
        assert outcomes.codes == {"ok": 1, "40P01": 1}
        assert deadlocks == [1]

    def test_it_passes_over_what_somebody_has(self, holds, now):
        """A sweep once waited, and deadlocked over the other one's next row."""
        swept = []

        def pays():
            with transaction.atomic():
                StockHold.objects.select_for_update().get(pk=holds[0])
                swept.extend(race([partial(sweep_holds, now=now)]).all)

        with counting_deadlocks() as deadlocks:
            assert race([pays]).codes == {"ok": 1}
        assert ([one.value for one in swept], deadlocks) == ([3], [0])
        assert sweep_holds(now=now) == 1


def _delete(order, both: Rendezvous) -> None:
    with transaction.atomic():
        for pk in order:
            StockHold.objects.filter(pk=pk).delete()
            both.meet()


def test_what_is_added_while_paying_has_begun_but_not_committed_is_refused(now):
    product, other, (member,) = ProductFactory(), ProductFactory(), crowd.members(1)
    cart_id = add_to_cart(member_id=member, product_id=product.pk, now=now).cart_id
    outcomes = while_held(
        partial(
            begin_checkout, cart_id=cart_id, member_id=member, gateway="card", now=now
        ),
        [partial(add_to_cart, member_id=member, product_id=other.pk, now=now)],
    )
    assert outcomes.codes == {"payment_under_way": 1}
    assert CartItem.objects.get().product == product


def test_control_adding_without_holding_the_cart_changes_what_is_being_paid(
    now, monkeypatch
):
    unlocked = carts.SQL.add_to_cart.replace("FOR NO KEY UPDATE OF c", "")
    monkeypatch.setattr(carts.SQL, "add_to_cart", unlocked)
    product, other, (member,) = ProductFactory(), ProductFactory(), crowd.members(1)
    cart_id = add_to_cart(member_id=member, product_id=product.pk, now=now).cart_id
    outcomes = while_held(
        partial(
            begin_checkout, cart_id=cart_id, member_id=member, gateway="card", now=now
        ),
        [partial(add_to_cart, member_id=member, product_id=other.pk, now=now)],
    )
    assert outcomes.codes == {OK: 1}
    assert CartItem.objects.count() == 2
