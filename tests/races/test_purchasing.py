"""One delivery received many times at once, and one plan approved many times.

Each counts once.
"""

from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone

from catalog import locks
from catalog.models import Delivery, PurchaseOrder, StockEntry, StockLevel
from catalog.operations import deliveries
from catalog.operations.deliveries import deliver
from catalog.operations.purchasing import approve_plan
from catalog.operations.stock import count_stock
from catalog.queries import purchasing as reads
from tests.asserts import assert_all_holds
from tests.factories import (
    BranchFactory,
    ProductFactory,
    PurchaseOrderFactory,
    SupplierOfferFactory,
    UserFactory,
)
from tests.race import OK, Rendezvous, after, counting_deadlocks, race

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

TIMES, UNITS = 20, 6


@pytest.fixture
def staff():
    return UserFactory(role="manager")


def ordered(*products):
    offers = [SupplierOfferFactory(product=product) for product in products]
    return PurchaseOrderFactory(lines=[(offer, UNITS * 2) for offer in offers])


def receive(order, staff, note="LS-1", **more):
    return partial(
        deliver,
        purchase_id=order.pk,
        note=note,
        actor_id=staff.pk,
        now=timezone.now(),
        **more,
    )


@contextmanager
def unguarded_notes():
    """The table without its constraint against a second delivery of one note."""
    (constraint,) = Delivery._meta.constraints
    with connection.schema_editor() as editor:
        editor.remove_constraint(Delivery, constraint)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(
                "DELETE FROM catalog_stockentry; DELETE FROM catalog_delivery"
            )
            cursor.execute("SET session_replication_role = DEFAULT")
        with connection.schema_editor() as editor:
            editor.add_constraint(Delivery, constraint)


def test_control_without_the_lock_and_the_constraint_one_note_counts_twice(
    monkeypatch, staff
):
    mat = ProductFactory(stock=0)
    order = ordered(mat)
    monkeypatch.setattr(
        locks, "lock_purchase", lambda pk, **_: PurchaseOrder.objects.get(pk=pk)
    )
    met = Rendezvous(2, patience=30)
    after(monkeypatch, deliveries.purchasing, "delivery_of", met.meet)
    with unguarded_notes():
        outcomes = race([receive(order, staff, products={mat.pk: UNITS})] * 2)
        assert outcomes.codes == {OK: 2}
        assert not any(received.repeated for received in outcomes.values)
        assert StockLevel.objects.get(pk=mat.pk).on_hand == 2 * UNITS
    assert met.everybody_came


def test_one_delivery_received_twenty_times_at_once_counts_once(staff):
    mat = ProductFactory(stock=0)
    order = ordered(mat)
    outcomes = race([receive(order, staff, products={mat.pk: UNITS})] * TIMES)
    assert outcomes.codes == {OK: TIMES}
    assert sorted(received.repeated for received in outcomes.values) == [False] + [
        True
    ] * (TIMES - 1)
    assert {tuple(received.lines) for received in outcomes.values} == {
        tuple(outcomes.values[0].lines)
    }
    assert (
        StockLevel.objects.get(pk=mat.pk).on_hand == order.lines.get().received == UNITS
    )
    assert (
        Delivery.objects.count()
        == StockEntry.objects.filter(kind="delivery").count()
        == 1
    )
    assert_all_holds()


def test_deliveries_that_together_are_more_than_was_ordered_stop_at_what_was_ordered(
    staff,
):
    mat = ProductFactory(stock=0)
    order = ordered(mat)
    outcomes = race(
        [receive(order, staff, f"LS-{n}", products={mat.pk: 5}) for n in range(5)]
    )
    assert outcomes.codes == {OK: 2, "delivered_too_much": 3}
    assert StockLevel.objects.get(pk=mat.pk).on_hand == 10
    assert_all_holds()


def test_orders_of_the_same_products_arrive_at_once_without_a_deadlock(staff):
    """The orders' lines stand in opposite order; both orders take stock by product."""
    mat, ball = ProductFactory(stock=0), ProductFactory(stock=0)
    orders = [ordered(mat, ball), ordered(ball, mat)] * 5
    orders = [
        order if n < 2 else ordered(*((mat, ball) if n % 2 else (ball, mat)))
        for n, order in enumerate(orders)
    ]
    with counting_deadlocks() as deadlocks:
        outcomes = race([receive(order, staff) for order in orders])
    assert (outcomes.codes, deadlocks) == ({OK: 10}, [0])
    assert set(StockLevel.objects.values_list("on_hand", flat=True)) == {UNITS * 2 * 10}
    assert_all_holds()


def test_a_count_during_deliveries_leaves_the_ledger_true(staff):
    mat = ProductFactory(stock=0)
    orders = [ordered(mat) for _ in range(6)]
    counting = {
        "counted": 7,
        "reason": "Count",
        "branch_id": staff.home_branch_id,
        "actor_id": staff.pk,
    }
    counts = [
        partial(count_stock, product_id=mat.pk, now=timezone.now(), **counting)
    ] * 6
    outcomes = race(
        [
            call
            for pair in zip([receive(o, staff) for o in orders], counts, strict=True)
            for call in pair
        ]
    )
    assert outcomes.codes == {OK: 12}
    last = StockEntry.objects.filter(product=mat).latest("id")
    assert StockLevel.objects.get(pk=mat.pk).on_hand == last.balance
    assert_all_holds()


@pytest.fixture
def plan():
    """What approving a plan that buys one thing takes, shared by the races."""
    mat = ProductFactory(stock=0)
    StockLevel.objects.filter(pk=mat.pk).update(reorder_at=3)
    SupplierOfferFactory(product=mat)
    now = timezone.now()
    shown = reads.plan_purchases(now=now)
    call = partial(
        approve_plan,
        digest=shown.digest,
        horizon_days=reads.HORIZON_DAYS,
        branch_id=BranchFactory().pk,
        actor_id=UserFactory(role="manager").pk,
        now=now,
    )
    return SimpleNamespace(approve=call)


def test_control_without_the_lock_one_plan_is_ordered_twice(monkeypatch, plan):
    monkeypatch.setattr(locks, "lock_purchasing", lambda: None)
    met = Rendezvous(2, patience=30)
    after(monkeypatch, reads, "_facts", met.meet)
    assert race([plan.approve] * 2).codes == {OK: 2}
    assert PurchaseOrder.objects.count() == 2
    assert met.everybody_came


def test_one_plan_approved_by_ten_at_once_is_ordered_once(plan):
    assert race([plan.approve] * 10).codes == {OK: 1, "plan_outdated": 9}
    assert PurchaseOrder.objects.count() == 1
