"""Receiving what was ordered, in part or in full, and counting what lies there."""

import pytest
from django.db import DatabaseError

from catalog.errors import (
    DeliveredTooMuch,
    ProductNotFound,
    PurchaseNotFound,
    WrongPurchaseState,
)
from catalog.models import Delivery, PurchaseOrder, StockEntry, StockLevel
from catalog.operations.deliveries import deliver
from catalog.operations.purchasing import cancel_purchase
from catalog.operations.stock import count_stock, open_stock
from gymsite.core.errors import Invalid
from gymsite.core.models import Event
from tests.asserts import assert_all_holds
from tests.factories import (
    BranchFactory,
    ProductFactory,
    PurchaseOrderFactory,
    SupplierOfferFactory,
    UserFactory,
)
from tests.stuck import stuck

pytestmark = pytest.mark.django_db


@pytest.fixture
def mat():
    return ProductFactory(stock=1)


@pytest.fixture
def ball():
    return ProductFactory(stock=0)


@pytest.fixture
def order(mat, ball):
    """Twelve mats and six balls."""
    return PurchaseOrderFactory(
        lines=[
            (SupplierOfferFactory(product=mat), 12),
            (SupplierOfferFactory(product=ball), 6),
        ]
    )


@pytest.fixture
def receive(order, now):
    staff = UserFactory(role="front_desk")

    def receive(note="LS-1", **more):
        return deliver(
            **{"purchase_id": order.pk, "actor_id": staff.pk, "note": note, "now": now}
            | more
        )

    receive.staff = staff
    return receive


def line(order, product):
    return order.lines.get(product=product)


def on_hand(*products):
    return [StockLevel.objects.get(pk=product.pk).on_hand for product in products]


def test_in_full(order, receive, mat, ball):
    received = receive()
    order.refresh_from_db()
    assert (order.status, received.order.status, received.repeated) == (
        "received",
        "received",
        False,
    )
    assert [(one.product_id, one.quantity, one.on_hand) for one in received.lines] == [
        (mat.pk, 12, 13),
        (ball.pk, 6, 6),
    ]
    assert on_hand(mat, ball) == [13, 6]
    entry = StockEntry.objects.get(product=mat, kind="delivery")
    assert (entry.delivery, entry.line, entry.balance) == (
        received.delivery,
        line(order, mat),
        13,
    )
    assert (entry.actor, entry.branch) == (receive.staff, order.branch)
    event = Event.objects.get(kind="delivery_received")
    assert (event.subject_id, event.data) == (
        order.pk,
        {"reference": order.reference, "note": "LS-1", "units": 18},
    )
    assert_all_holds()


def test_in_two_parts(order, receive, mat, ball):
    receive(lines={line(order, mat).pk: 5, line(order, ball).pk: 0})
    order.refresh_from_db()
    assert (order.status, on_hand(mat, ball)) == ("part_received", [6, 0])
    assert [one.quantity for one in receive("LS-2").lines] == [7, 6]
    order.refresh_from_db()
    assert (order.status, on_hand(mat, ball)) == ("received", [13, 6])
    assert list(order.lines.order_by("id").values_list("received", flat=True)) == [
        12,
        6,
    ]


def test_by_product_whose_packs_stand_on_two_lines(receive, now):
    mat = ProductFactory(stock=0)
    small = SupplierOfferFactory(product=mat)
    large = SupplierOfferFactory(product=mat, pack_size=6)
    order = PurchaseOrderFactory(lines=[(small, 4), (large, 12)])
    received = receive(purchase_id=order.pk, products={mat.pk: 7})
    assert [(one.quantity, one.on_hand) for one in received.lines] == [(4, 4), (3, 7)]
    with pytest.raises(DeliveredTooMuch):
        receive("LS-2", purchase_id=order.pk, products={mat.pk: 10})
    assert [
        one.quantity
        for one in receive("LS-3", purchase_id=order.pk, products={mat.pk: 9}).lines
    ] == [9]


def test_the_same_note_again_counts_nothing_and_says_what_came_with_it(
    order, receive, mat, ball
):
    first = receive(products={mat.pk: 5})
    receive("LS-2", products={mat.pk: 2})
    again = receive(" ls-1 ", products={ball.pk: 6})
    assert (again.repeated, again.delivery, again.lines) == (
        True,
        first.delivery,
        first.lines,
    )
    assert on_hand(mat, ball) == [8, 0]
    receive("LS-3")
    assert receive("LS-1").lines == first.lines  # also when all has come
    assert Delivery.objects.count() == 3


def test_the_same_note_of_another_order_is_another_delivery(receive, ball):
    other = PurchaseOrderFactory(lines=[(SupplierOfferFactory(product=ball), 2)])
    receive()
    receive(purchase_id=other.pk)
    assert on_hand(ball) == [8]


def test_more_than_is_still_to_come_is_refused_whole(order, receive, mat, ball):
    receive(products={mat.pk: 5})
    with pytest.raises(DeliveredTooMuch) as refusal:
        receive("LS-2", products={mat.pk: 8, ball.pk: 6})
    assert refusal.value.values == {
        "lines": [
            {
                "line": line(order, mat).pk,
                "product": mat.pk,
                "name": mat.name,
                "ordered": 12,
                "received": 5,
                "delivered": 8,
            }
        ]
    }
    assert (
        "8 of" in refusal.value.detail
        and "7 of 12 were still to come" in refusal.value.detail
    )
    assert on_hand(mat, ball) == [6, 0]
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("note", ["", "  ", "n" * 61])
def test_a_delivery_needs_its_note(receive, note):
    with pytest.raises(Invalid):
        receive(note)


@pytest.mark.parametrize("lines", [{}, {"own": 0}, {"own": -1}, {"other": 1}])
def test_lines_that_say_nothing_or_are_not_the_orders_are_refused(
    order, receive, mat, lines
):
    other = line(
        PurchaseOrderFactory(lines=[(SupplierOfferFactory(product=mat), 3)]), mat
    )
    ids = {"own": line(order, mat).pk, "other": other.pk}
    with pytest.raises(Invalid):
        receive(lines={ids[name]: quantity for name, quantity in lines.items()})
    with pytest.raises(Invalid):
        receive(products={987654: 1})
    assert not Delivery.objects.exists()


def test_what_is_cancelled_or_complete_takes_no_delivery(order, receive, now):
    receive()
    with pytest.raises(WrongPurchaseState):
        receive("LS-2")
    other = PurchaseOrderFactory(lines=[(SupplierOfferFactory(), 3)])
    cancel_purchase(purchase_id=other.pk, reason="", actor_id=receive.staff.pk, now=now)
    with pytest.raises(WrongPurchaseState):
        receive(purchase_id=other.pk)


def test_the_rest_of_a_part_is_cancelled_and_what_came_stays(order, receive, mat, now):
    receive(products={mat.pk: 5})
    cancel_purchase(
        purchase_id=order.pk, reason="Late", actor_id=receive.staff.pk, now=now
    )
    order.refresh_from_db()
    assert (order.status, on_hand(mat)) == ("cancelled", [6])


def test_an_order_of_another_branch_is_not_there(order, receive):
    elsewhere = BranchFactory(slug="hillside")
    for call in ({"branch_id": elsewhere.pk}, {"purchase_id": 2**63 - 1}):
        with pytest.raises(PurchaseNotFound):
            receive(**call)
    assert receive(branch_id=order.branch_id).order == order


def test_every_state_has_its_row():
    assert set(PurchaseOrder.TRANSITIONS) == set(PurchaseOrder.Status)


@pytest.fixture
def count(mat, now):
    staff = UserFactory(role="manager")

    def count(counted, product_id=mat.pk):
        return count_stock(
            product_id=product_id,
            counted=counted,
            reason="Yearly stock take",
            branch_id=staff.home_branch_id,
            actor_id=staff.pk,
            now=now,
        )

    return count


@pytest.mark.parametrize(("counted", "quantity"), [(4, 3), (0, -1)])
def test_a_stock_take_enters_the_difference(mat, count, counted, quantity):
    entry = count(counted)
    entry.refresh_from_db()
    assert (entry.kind, entry.quantity, entry.balance) == (
        "stock_take",
        quantity,
        counted,
    )
    assert entry.reason == "Yearly stock take"
    assert on_hand(mat) == [counted]


def test_a_count_that_agrees_enters_nothing_and_is_remembered(mat, count):
    before = StockEntry.objects.count()
    assert count(1) is None
    assert StockEntry.objects.count() == before
    event = Event.objects.get(kind="stock_counted")
    assert (event.subject, event.subject_id, event.data["difference"]) == (
        "stocklevel",
        mat.pk,
        0,
    )


def test_a_count_that_can_not_be_is_refused(count):
    for counted in (-1, 10**9):
        with pytest.raises(Invalid):
            count(counted)
    with pytest.raises(ProductNotFound):
        count(3, product_id=987654)


@pytest.mark.parametrize("counted", [0, 1, 1_000_000])
def test_what_was_counted_is_recorded_whether_or_not_it_differs(
    mat, count, counted, now
):
    entry = count(counted)
    event = Event.objects.get(kind="stock_counted")
    assert (event.subject, event.subject_id, event.at) == ("stocklevel", mat.pk, now)
    assert event.data == {
        "counted": counted,
        "difference": counted - 1,
        "reason": "Yearly stock take",
    }
    if counted == 1:
        assert entry is None
        return
    assert (entry.kind, entry.quantity, entry.reason) == (
        "stock_take",
        counted - 1,
        "Yearly stock take",
    )
    assert (entry.at, entry.actor_id, on_hand(mat)) == (now, event.actor_id, [counted])


@pytest.mark.parametrize("counted", [-1, 1_000_001])
def test_what_nobody_counts_is_refused(mat, count, counted):
    with pytest.raises(Invalid):
        count(counted)
    assert on_hand(mat) == [1]
    assert not Event.objects.filter(kind="stock_counted").exists()


def test_a_count_is_entered_and_recorded_or_not_at_all(mat, count):
    with (
        stuck("core_event", kind="stock_counted"),
        pytest.raises(DatabaseError, match="this row is stuck"),
    ):
        count(4)
    assert on_hand(mat) == [1]


def test_a_reason_for_a_count_is_kept_as_far_as_it_fits(mat, now):
    staff = UserFactory(role="manager")
    count_stock(
        product_id=mat.pk,
        counted=3,
        reason="r" * 201,
        branch_id=staff.home_branch_id,
        actor_id=staff.pk,
        now=now,
    )
    assert StockEntry.objects.get(product=mat, actor=staff).reason == "r" * 200
    assert Event.objects.get(kind="stock_counted").data["reason"] == "r" * 200


def test_a_new_product_begins_to_be_counted_once():
    made = ProductFactory(tracks_stock=False)
    assert open_stock(product_id=made.pk, reorder_at=4).reorder_at == 4
    assert open_stock(product_id=made.pk).reorder_at == 4


def test_a_note_has_sixty_characters_at_most(receive, order):
    with pytest.raises(Invalid):
        receive("x" * 61)
    assert receive("x" * 60).delivery.note == "x" * 60


def test_less_than_nothing_arrives_of_no_line(receive, order, mat, ball):
    with pytest.raises(Invalid):
        receive(lines={line(order, mat).pk: -1, line(order, ball).pk: 3})
    assert on_hand(mat, ball) == [1, 0]


def test_one_unit_that_is_still_to_come_keeps_the_order_open(now, mat, ball):
    order = PurchaseOrderFactory(
        lines=[
            (SupplierOfferFactory(product=mat), 12),
            (SupplierOfferFactory(product=ball), 1),
        ]
    )
    staff = UserFactory(role="front_desk")
    came = {"purchase_id": order.pk, "actor_id": staff.pk, "now": now}
    assert (
        deliver(**came, note="LS-1", lines={line(order, mat).pk: 12}).order.status
        == "part_received"
    )
    assert deliver(**came, note="LS-2").order.status == "received"
