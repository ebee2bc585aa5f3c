"""Planning and receiving over the API."""

import pytest

from catalog.models import Delivery, PurchaseOrder, StockLevel
from tests.api import Api, assert_problem
from tests.factories import (
    BranchFactory,
    MemberFactory,
    ProductFactory,
    PurchaseOrderFactory,
    SupplierOfferFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return Api(UserFactory(role="manager"))


@pytest.fixture
def desk():
    return Api(UserFactory(role="front_desk"))


@pytest.fixture
def mat():
    product = ProductFactory(stock=2, name="Mat")
    StockLevel.objects.filter(pk=product.pk).update(reorder_at=10)
    return product


@pytest.fixture
def offer(mat):
    return SupplierOfferFactory(
        product=mat, pack_size=3, pack_cost_minor=900, supplier__name="Fit Co"
    )


@pytest.fixture
def order(offer):
    return PurchaseOrderFactory(lines=[(offer, 9)])


def test_a_plan(manager, mat, offer):
    response = manager.post("/stock/plan", {})
    assert response.status_code == 200, response.content
    assert response.json() == {
        "lines": [
            {
                "offer": offer.pk,
                "product": mat.pk,
                "quantity": 9,
                "cost": 2700,
                "packs": 3,
                "supplier": "Fit Co",
            }
        ],
        "total": 2700,
        "shortage_left": 0,
        "currency": "GBP",
        "shortages": [
            {
                "product": mat.pk,
                "name": "Mat",
                "on_hand": 2,
                "on_order": 0,
                "expected_sales": 0,
                "reorder_at": 10,
                "short": 8,
                "bought": 9,
                "left": 0,
                "why": "Packs are whole: 1 more than needed.",
            }
        ],
    }
    assert not PurchaseOrder.objects.exists()


def test_a_budget_and_products(manager, mat, offer):
    found = manager.post(
        "/stock/plan",
        {"budget_minor": 1800, "product_ids": [mat.pk], "horizon_days": 7},
    ).json()
    assert (found["total"], found["shortage_left"]) == (1800, 2)
    assert manager.post("/stock/plan", {"budget_minor": 0}).json()["lines"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"budget_minor": -1},
        {"budget_minor": 2**31},
        {"budget_minor": "100"},
        {"horizon_days": 0},
        {"horizon_days": 181},
        {"product_ids": [0]},
        {"product_ids": list(range(1, 502))},
        {"unknown": 1},
    ],
)
def test_a_plan_for_nonsense_is_422(manager, offer, body):
    assert_problem(manager.post("/stock/plan", body), 422, "invalid")


def test_an_unknown_product_is_404(manager):
    assert_problem(
        manager.post("/stock/plan", {"product_ids": [2**63 - 1]}),
        404,
        "product_not_found",
    )


def test_who_may(manager, desk, order):
    deliver = f"/stock/deliver/{order.pk}"
    for nobody in (Api(MemberFactory()), Api(UserFactory(role="trainer"))):
        assert_problem(nobody.post("/stock/plan", {}), 403, "forbidden")
        assert_problem(nobody.post(deliver, {"note": "LS-1"}), 403, "forbidden")
    assert_problem(Api().post(deliver, {"note": "LS-1"}), 401, "not_logged_in")
    assert_problem(desk.post("/stock/plan", {}), 403, "forbidden")
    elsewhere = Api(
        UserFactory(role="manager", home_branch=BranchFactory(slug="hillside"))
    )
    assert_problem(elsewhere.post(deliver, {"note": "LS-1"}), 404, "purchase_not_found")
    assert not Delivery.objects.exists()
    assert (
        Api(UserFactory(role="owner", home_branch=None))
        .post(deliver, {"note": "LS-1"})
        .status_code
        == 200
    )


def test_a_delivery_in_part_then_in_full(desk, order, mat):
    line, path = order.lines.get(), f"/stock/deliver/{order.pk}"
    response = desk.post(
        path, {"note": "LS-1", "lines": [{"product": mat.pk, "quantity": 4}]}
    )
    assert response.status_code == 200, response.content
    assert response.json() == {
        "delivery": Delivery.objects.get().pk,
        "order": order.pk,
        "reference": order.reference,
        "status": "part_received",
        "note": "LS-1",
        "lines": [
            {
                "line": line.pk,
                "product": mat.pk,
                "name": "Mat",
                "quantity": 4,
                "on_hand": 6,
            }
        ],
        "repeated": False,
    }
    rest = desk.post(
        path, {"note": "LS-2", "lines": [{"line": line.pk, "quantity": 5}]}
    ).json()
    assert (rest["status"], rest["lines"][0]["on_hand"]) == ("received", 11)
    assert_problem(desk.post(path, {"note": "LS-3"}), 409, "wrong_purchase_state")


def test_the_same_note_or_the_same_key_counts_once(desk, order, mat):
    path = f"/stock/deliver/{order.pk}"
    body = {"note": "LS-1", "lines": [{"product": mat.pk, "quantity": 4}]}
    first = desk.post(path, body, key="k").json()
    replayed = desk.post(path, body, key="k")
    assert (replayed["Idempotency-Replayed"], replayed.json()) == ("true", first)
    assert desk.post(path, body).json() == first | {"repeated": True}
    assert StockLevel.objects.get(pk=mat.pk).on_hand == 6


def test_too_much_is_409_with_its_values(desk, order, mat):
    body = {"note": "LS-1", "lines": [{"product": mat.pk, "quantity": 10}]}
    found = assert_problem(
        desk.post(f"/stock/deliver/{order.pk}", body), 409, "delivered_too_much"
    )
    assert found["lines"][0] | {"line": 0} == {
        "line": 0,
        "product": mat.pk,
        "name": "Mat",
        "ordered": 9,
        "received": 0,
        "delivered": 10,
    }
    assert StockLevel.objects.get(pk=mat.pk).on_hand == 2


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [{"quantity": 1}],
        [{"line": 1, "product": 1, "quantity": 1}],
        [{"product": 1, "quantity": 0}],
        [{"product": 1, "quantity": 2**31}],
        [{"product": 1, "quantity": 1}, {"product": 1, "quantity": 1}],
        [{"product": 1, "quantity": 1}, {"line": 1, "quantity": 1}],
        [{"product": 2**63 - 1, "quantity": 1}],
    ],
)
def test_lines_that_make_no_sense_are_422(desk, order, lines):
    assert_problem(
        desk.post(f"/stock/deliver/{order.pk}", {"note": "LS-1", "lines": lines}),
        422,
        "invalid",
    )
    assert not Delivery.objects.exists()


def test_a_note_is_needed_and_an_order_that_is_there(desk, order):
    for body in ({}, {"note": ""}, {"note": "   "}, {"note": "n" * 61}):
        assert_problem(desk.post(f"/stock/deliver/{order.pk}", body), 422, "invalid")
    assert_problem(
        desk.post(f"/stock/deliver/{2**63 - 1}", {"note": "LS-1"}),
        404,
        "purchase_not_found",
    )
