"""What is short, planning for it and ordering what the plan says."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from catalog.errors import PlanOutdated, ProductNotFound, WrongPurchaseState
from catalog.models import (
    PurchaseLine,
    PurchaseOrder,
    StockEntry,
    StockLevel,
    SupplierOffer,
)
from catalog.operations.purchasing import approve_plan, cancel_purchase
from catalog.queries.purchasing import plan_purchases
from gymsite.core.models import Brand, Event
from tests.factories import (
    BranchFactory,
    ProductFactory,
    PurchaseOrderFactory,
    SupplierFactory,
    SupplierOfferFactory,
    UserFactory,
)
from tests.stuck import stuck

pytestmark = pytest.mark.django_db


@pytest.fixture
def short():
    """short(7, stock=0): a product of which so many are short, by reorder level."""

    def short(units, stock=0, **product):
        product = ProductFactory(stock=stock, **product)
        StockLevel.objects.filter(pk=product.pk).update(reorder_at=units + stock)
        return product

    return short


def offer(product, **terms):
    return SupplierOfferFactory(product=product, **{"lead_days": 0, **terms})


def bought(plan):
    return [
        (line.product_id, line.packs, line.quantity, line.cost_minor)
        for line in plan.lines
    ]


def sell(buy, product, quantity, days_ago):
    """An order of the past: what the ledger says of it is all that a forecast reads."""
    order = buy(ProductFactory())
    StockEntry.objects.create(
        branch=order.branch,
        product=product,
        kind="sale",
        quantity=-quantity,
        order=order,
        at=timezone.now() - timedelta(days=days_ago),
    )


def test_what_is_below_its_reorder_level_is_bought(short, now):
    mat, plenty = short(7), ProductFactory(stock=20)
    offer(mat, pack_size=4, pack_cost_minor=900)
    offer(plenty)
    plan = plan_purchases(now=now)
    assert bought(plan) == [(mat.pk, 2, 8, 1800)]
    assert (plan.total_minor, plan.shortage_left, plan.currency) == (1800, 0, "GBP")
    assert [(row.short, row.left, row.why) for row in plan.shortages] == [
        (7, 0, "Packs are whole: 1 more than needed.")
    ]


def test_what_sold_lately_is_expected_to_sell_until_the_next_goods_come(buy, now):
    """Seven a week for eight weeks, 14 days and 7 of lead: 21, less the 5 left."""
    mat = ProductFactory(stock=61, created_at=now - timedelta(days=400))
    for week in range(8):
        sell(buy, mat, 7, days_ago=3 + 7 * week)
    offer(mat, lead_days=7)
    (row,) = plan_purchases(horizon_days=14, now=now).shortages
    assert (row.expected, row.on_hand, row.short) == (21, 5, 16)


def test_late_weeks_weigh_more_and_a_young_product_is_not_judged_by_weeks_before_it(
    buy, now
):
    rising = ProductFactory(stock=36, created_at=now - timedelta(days=400))
    falling = ProductFactory(stock=36, created_at=now - timedelta(days=400))
    young = ProductFactory(stock=36, created_at=now - timedelta(days=6))
    sell(buy, rising, 36, days_ago=2)
    sell(buy, falling, 36, days_ago=53)
    sell(buy, young, 36, days_ago=2)
    expected = {
        row.product_id: row.expected
        for row in plan_purchases(horizon_days=7, now=now).shortages
    }
    assert expected == {rising.pk: 8, falling.pk: 1, young.pk: 36}


def test_sales_of_today_and_of_long_ago_do_not_move_the_forecast(buy, now):
    mat = ProductFactory(stock=50, created_at=now - timedelta(days=400))
    sell(buy, mat, 20, days_ago=0)
    sell(buy, mat, 20, days_ago=80)
    assert plan_purchases(now=now).shortages == []


def test_what_is_on_its_way_is_not_bought_again_unless_its_order_was_cancelled(
    short, now
):
    mat = short(10)
    one = offer(mat)
    order = PurchaseOrderFactory(lines=[(one, 6)])
    assert plan_purchases(now=now).shortages[0].short == 4
    cancel_purchase(
        purchase_id=order.pk,
        reason="Sold out there",
        actor_id=UserFactory().pk,
        now=now,
    )
    assert plan_purchases(now=now).shortages[0].short == 10


def test_only_what_can_be_ordered_is_planned(short, now):
    mat = short(5)
    offer(mat, is_active=False)
    offer(mat, supplier=SupplierFactory(is_active=False))
    offer(mat, currency="EUR")
    withdrawn = short(5, status="withdrawn")
    uncounted = ProductFactory(tracks_stock=False)
    offer(withdrawn), offer(uncounted)
    plan = plan_purchases(now=now)
    assert bought(plan) == []
    assert [(row.product_id, row.left, row.why) for row in plan.shortages] == [
        (mat.pk, 5, "No supplier offers it.")
    ]


def test_the_brands_currency_is_the_plans(short, now):
    Brand.objects.create(id=1, currency="EUR")
    mat = short(5)
    offer(mat), offer(mat, currency="EUR", pack_cost_minor=700)
    plan = plan_purchases(now=now)
    assert (plan.total_minor, plan.currency) == (3500, "EUR")


def test_why_something_stays_short(short, now):
    few, dear = short(9), short(9)
    offer(few, most_packs=2, pack_cost_minor=10)
    offer(dear, pack_cost_minor=1000)
    plan = plan_purchases(budget_minor=2500, now=now)
    assert {row.product_id: (row.left, row.why) for row in plan.shortages} == {
        few.pk: (7, "The offers hold no more."),
        dear.pk: (7, "The budget does not reach."),
    }
    assert (plan.total_minor, plan.shortage_left) == (2020, 14)


def test_a_budget_of_zero_buys_nothing_and_says_so(short, now):
    mat = short(3)
    offer(mat)
    plan = plan_purchases(budget_minor=0, now=now)
    assert (plan.lines, plan.shortage_left, plan.shortages[0].why) == (
        [],
        3,
        "The budget does not reach.",
    )


def test_only_the_products_asked_for(short, now):
    one, other = short(3), short(3)
    offer(one), offer(other)
    assert bought(plan_purchases(product_ids=[one.pk], now=now)) == [
        (one.pk, 3, 3, 1800)
    ]
    assert plan_purchases(product_ids=[], now=now).lines == []
    with pytest.raises(ProductNotFound) as refusal:
        plan_purchases(product_ids=[one.pk, 987654], now=now)
    assert refusal.value.values == {"product_ids": [987654]}


@pytest.fixture
def approve(now):
    manager, branch = UserFactory(role="manager"), BranchFactory()

    def approve(plan, **more):
        asked = {"horizon_days": 28, "digest": plan.digest} | more
        return approve_plan(branch_id=branch.pk, actor_id=manager.pk, now=now, **asked)

    approve.manager = manager
    return approve


def test_an_approved_plan_becomes_one_order_a_supplier(short, approve, now):
    mat, ball, bar = short(2), short(2), short(2)
    first, second = SupplierFactory(), SupplierFactory()
    (
        offer(mat, supplier=first, lead_days=3),
        offer(ball, supplier=first, lead_days=9),
        offer(bar, supplier=second),
    )
    plan = plan_purchases(now=now)
    orders = approve(plan)
    assert [(order.supplier_id, order.status) for order in orders] == [
        (first.pk, "ordered"),
        (second.pk, "ordered"),
    ]
    assert sum(order.total_minor for order in orders) == plan.total_minor == 3600
    assert orders[0].expected_on == now.date() + timedelta(days=9)
    assert set(
        PurchaseLine.objects.values_list("order", "product", "quantity", "cost_minor")
    ) == {
        (orders[0].pk, mat.pk, 2, 1200),
        (orders[0].pk, ball.pk, 2, 1200),
        (orders[1].pk, bar.pk, 2, 1200),
    }
    recorded = Event.objects.filter(kind="purchase_ordered")
    assert {event.subject_id for event in recorded} == {order.pk for order in orders}
    assert {event.actor_id for event in recorded} == {approve.manager.pk}
    assert plan_purchases(now=now).lines == []


def test_it_is_delivered_to_the_branch_that_is_named_on_its_own_day(short, now):
    """Of several; expected so many days after that branch's today."""
    BranchFactory(slug="first")
    auckland = BranchFactory(slug="auckland", time_zone="Pacific/Auckland")
    BranchFactory(slug="last")
    offer(short(2), lead_days=3)
    late = now.replace(hour=20)  # tomorrow in Auckland
    plan = plan_purchases(now=late)
    ask = {
        "horizon_days": 28,
        "digest": plan.digest,
        "actor_id": UserFactory(role="manager").pk,
        "now": late,
    }
    (order,) = approve_plan(branch_id=auckland.pk, **ask)
    assert (order.branch, order.expected_on) == (
        auckland,
        late.date() + timedelta(days=4),
    )
    assert (order.ordered_at, order.approved_by_id, order.currency) == (
        late,
        ask["actor_id"],
        plan.currency,
    )
    assert Event.objects.get(kind="purchase_ordered").data == {
        "reference": order.reference,
        "total_minor": order.total_minor,
        "lines": 1,
    }


def test_orders_are_written_and_recorded_or_not_at_all(short, approve, now):
    offer(short(2))
    plan = plan_purchases(now=now)
    with (
        stuck("core_event", kind="purchase_ordered"),
        pytest.raises(DatabaseError, match="this row is stuck"),
    ):
        approve(plan)
    assert not PurchaseOrder.objects.exists()


def test_of_two_suppliers_each_gets_one_order_of_all_its_lines(short, approve, now):
    """Though their products come by turns."""
    first, second = SupplierFactory(), SupplierFactory()
    products = [short(2) for _ in range(4)]
    for number, product in enumerate(products):
        offer(product, supplier=(first, second)[number % 2])
    approve(plan_purchases(now=now))
    ordered = PurchaseLine.objects.order_by("product").values_list(
        "order__supplier", "product"
    )
    suppliers = (first.pk, second.pk, first.pk, second.pk)
    assert list(ordered) == list(
        zip(suppliers, (one.pk for one in products), strict=True)
    )
    assert PurchaseOrder.objects.count() == 2


@pytest.mark.parametrize("status", PurchaseOrder.Status.values)
def test_from_which_states_an_order_is_cancelled(status, now):
    order, other = PurchaseOrderFactory(status=status), PurchaseOrderFactory()
    asked = {
        "purchase_id": order.pk,
        "reason": "r" * 201,
        "actor_id": UserFactory().pk,
        "now": now,
    }
    if status in ("received", "cancelled"):
        with pytest.raises(WrongPurchaseState):
            cancel_purchase(**asked)
        return
    cancel_purchase(**asked)
    states = dict(PurchaseOrder.objects.values_list("pk", "status"))
    assert states == {order.pk: "cancelled", other.pk: "ordered"}
    assert Event.objects.get(kind="purchase_cancelled").data["reason"] == "r" * 200


def test_a_plan_that_was_overtaken_orders_nothing(short, approve, now):
    mat = short(5)
    one = offer(mat)
    plan = plan_purchases(now=now)
    SupplierOffer.objects.filter(pk=one.pk).update(pack_cost_minor=601)
    with pytest.raises(PlanOutdated):
        approve(plan)
    assert not PurchaseOrder.objects.exists()
    fresh = plan_purchases(now=now)
    assert len(approve(fresh)) == 1
    with pytest.raises(PlanOutdated):  # approved already
        approve(fresh)
    assert PurchaseOrder.objects.count() == 1


def test_a_plan_that_buys_nothing_is_not_approved(approve, now):
    with pytest.raises(PlanOutdated):
        approve(plan_purchases(now=now))


def test_the_budget_and_the_products_of_a_plan_are_those_that_were_shown(
    short, approve, now
):
    mat, ball = short(5), short(5)
    offer(mat), offer(ball)
    plan = plan_purchases(budget_minor=1800, product_ids=[ball.pk], now=now)
    with pytest.raises(PlanOutdated):
        approve(plan)
    (order,) = approve(plan, budget_minor=1800, product_ids=[ball.pk])
    assert order.total_minor == 1800


def test_what_is_left_of_an_order_is_cancelled_once(now):
    order = PurchaseOrderFactory(lines=[(SupplierOfferFactory(), 6)])
    cancelled = {
        "purchase_id": order.pk,
        "reason": "Too late",
        "actor_id": UserFactory().pk,
        "now": now,
    }
    assert cancel_purchase(**cancelled).status == "cancelled"
    with pytest.raises(WrongPurchaseState):
        cancel_purchase(**cancelled)
    assert Event.objects.get(kind="purchase_cancelled").data["reason"] == "Too late"
