"""What becomes of an order, and giving it back by reversing entries."""

import pytest
from django.db import DatabaseError
from django.db.models import Sum

from catalog.errors import OrderNotFound, RefundTooMuch, WrongOrderState
from catalog.models import CartItem, Refund, StockEntry, StockLevel
from catalog.operations.orders import mark_collected, mark_ready, refund_order
from gymsite.core.models import Event
from gymsite.payments.models import LedgerEntry
from tests.factories import ProductFactory, UserFactory
from tests.stuck import stuck

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff():
    return UserFactory(role="manager")


def refund_quantities(order, staff, now, quantities=None, restock=True):
    return refund_order(
        order_id=order.pk,
        quantities=quantities,
        restock=restock,
        reason="Torn",
        actor_id=staff.pk,
        now=now,
    )


def in_ledger(order):
    return LedgerEntry.objects.filter(payment=order.payment_id).aggregate(
        total=Sum("amount_minor")
    )["total"]


def test_it_is_packed_and_collected_once_each(buy, staff, now):
    order = buy(ProductFactory())
    for _ in range(2):
        assert mark_ready(order_id=order.pk, actor_id=staff.pk, now=now).ready_at == now
    for _ in range(2):
        assert (
            mark_collected(order_id=order.pk, actor_id=staff.pk, now=now).collected_at
            == now
        )
    assert list(
        Event.objects.filter(subject="order").values_list("kind", flat=True)
    ) == [
        "ordered",
        "order_ready",
        "order_collected",
    ]
    with pytest.raises(WrongOrderState):
        mark_ready(order_id=order.pk, actor_id=staff.pk, now=now)


def test_what_is_not_there(staff, now):
    with pytest.raises(OrderNotFound):
        mark_ready(order_id=0, actor_id=staff.pk, now=now)


def test_the_whole_order_goes_back(buy, staff, now):
    product = ProductFactory(stock=5, price_minor=1000)
    order = buy(product, quantity=2)
    refund_quantities(order, staff, now)
    order.refresh_from_db()
    assert (order.status, order.refunded_minor, in_ledger(order)) == (
        "refunded",
        2000,
        0,
    )
    assert order.payment.__class__.objects.get(pk=order.payment_id).status == "refunded"
    assert StockLevel.objects.get(product=product).on_hand == 5
    assert LedgerEntry.objects.get(kind="refund").reverses == LedgerEntry.objects.get(
        kind="charge"
    )


def test_some_of_a_line_goes_back_and_what_is_broken_is_not_sold_again(buy, staff, now):
    product = ProductFactory(stock=5, price_minor=1000)
    other = ProductFactory(price_minor=500)
    order = buy(product, other, quantity=2)
    item = CartItem.objects.get(product=product)
    refund_quantities(order, staff, now, {item.pk: 1}, restock=False)
    order.refresh_from_db()
    assert (order.status, order.refunded_minor, in_ledger(order)) == (
        "paid",
        1000,
        2000,
    )
    assert StockLevel.objects.get(product=product).on_hand == 3
    refund_quantities(order, staff, now)
    order.refresh_from_db()
    assert (order.status, in_ledger(order)) == ("refunded", 0)
    assert StockLevel.objects.get(product=product).on_hand == 4


@pytest.mark.parametrize("quantity", [3, -1, 10**9])
def test_no_more_goes_back_than_was_bought(buy, staff, now, quantity):
    order = buy(ProductFactory(), quantity=2)
    with pytest.raises(RefundTooMuch):
        refund_quantities(order, staff, now, {CartItem.objects.get().pk: quantity})
    assert not Refund.objects.exists()
    assert in_ledger(order) == order.total_minor


def test_nor_twice_nor_of_another_order(buy, staff, now):
    order, other = buy(ProductFactory()), buy(ProductFactory())
    with pytest.raises(RefundTooMuch):
        refund_quantities(
            order, staff, now, {CartItem.objects.get(cart=other.cart_id).pk: 1}
        )
    refund_quantities(order, staff, now)
    with pytest.raises(RefundTooMuch, match="nothing left"):
        refund_quantities(order, staff, now)


def test_what_is_not_counted_is_given_back_and_lies_on_no_shelf(buy, staff, now):
    order = buy(ProductFactory(tracks_stock=False), ProductFactory(stock=5))
    refund_quantities(order, staff, now)
    assert sorted(
        Refund.objects.values_list("item__product__tracks_stock", "restocked")
    ) == [
        (False, False),
        (True, True),
    ]
    assert StockEntry.objects.filter(kind="return").count() == 1


def test_nothing_goes_back_that_can_not_be_recorded(buy, staff, now):
    product = ProductFactory(stock=5)
    order = buy(product)
    with (
        stuck("core_event", kind="order_refunded"),
        pytest.raises(DatabaseError, match="this row is stuck"),
    ):
        refund_quantities(order, staff, now)
    order.refresh_from_db()
    assert (order.refunded_minor, in_ledger(order)) == (0, order.total_minor)
    assert not Refund.objects.exists()
    assert StockLevel.objects.get(product=product).on_hand == 4


def test_a_reason_is_kept_as_far_as_it_fits(buy, staff, now):
    order = buy(ProductFactory())
    refund_order(
        order_id=order.pk, restock=True, reason="r" * 201, actor_id=staff.pk, now=now
    )
    refund = Refund.objects.get()
    assert (refund.reason, refund.actor, refund.at) == ("r" * 200, staff, now)
    entry = StockEntry.objects.get(kind="return")
    assert (entry.quantity, entry.reason, entry.actor, entry.order) == (
        1,
        "r" * 200,
        staff,
        order,
    )


def test_lines_of_nothing_are_left_out(buy, staff, now):
    order = buy(ProductFactory(), ProductFactory())
    first, second = CartItem.objects.order_by("pk")
    refund_quantities(order, staff, now, {first.pk: 0, second.pk: 1})
    assert Refund.objects.get().item == second


@pytest.mark.parametrize("others", [False, True])
def test_a_refusal_names_the_line_and_what_is_left_of_it(buy, staff, now, others):
    order, other = buy(ProductFactory(name="Rope"), quantity=2), buy(ProductFactory())
    item = CartItem.objects.get(cart=(other if others else order).cart_id)
    with pytest.raises(
        RefundTooMuch, match="another order's line" if others else "3 of Rope"
    ) as refused:
        refund_quantities(order, staff, now, {item.pk: 3})
    assert refused.value.values == {"item": item.pk, "left": 0 if others else 2}


def test_an_order_is_moved_and_no_other(buy, staff, now):
    orders = [buy(ProductFactory()) for _ in range(3)]
    mark_ready(order_id=orders[1].pk, actor_id=staff.pk, now=now)
    event = Event.objects.get(kind="order_ready")
    assert (event.subject_id, event.actor_id, event.member_id) == (
        orders[1].pk,
        staff.pk,
        orders[1].member_id,
    )
    for order, status, at in zip(
        orders, ("paid", "ready", "paid"), (None, now, None), strict=True
    ):
        order.refresh_from_db()
        assert (order.status, order.ready_at) == (status, at)


def test_giving_back_is_recorded_with_its_amount_and_its_reason(buy, staff, now):
    order = buy(ProductFactory(price_minor=700), quantity=2)
    refund_quantities(order, staff, now, {CartItem.objects.get().pk: 1})
    event = Event.objects.get(kind="order_refunded")
    assert (event.at, event.actor_id, event.member_id, event.subject_id) == (
        now,
        staff.pk,
        order.member_id,
        order.pk,
    )
    assert (event.data["amount_minor"], event.data["reason"]) == (700, "Torn")
