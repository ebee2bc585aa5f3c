"""Carts, checkout, orders, reviews and rentals over the API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Cart, Order, Product, Rental, Review
from catalog.operations.rentals import hand_out
from gymsite.core.models import IdempotencyKey
from gymsite.payments.models import LedgerEntry, Payment
from tests.api import Api, assert_problem
from tests.factories import (
    MemberFactory,
    ProductFactory,
    RentalUnitFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return MemberFactory(username="ada")


@pytest.fixture
def api(member):
    return Api(member)


@pytest.fixture
def put(api):
    """put(product, 2): so many of it in one's cart; the cart's id."""

    def put(product, quantity=1):
        cart = api.post("/carts/").json()["id"]
        response = api.request(
            "PUT", f"/carts/{cart}/items/{product.pk}", {"quantity": quantity}
        )
        assert response.status_code == 200, response.content
        return cart

    return put


def test_who_am_i(api, member):
    assert api.get("/users/user/").json()["username"] == "ada"
    assert_problem(Api().get("/users/user/"), 401, "not_logged_in")


def test_a_cart_is_made_once(api):
    first, again = api.post("/carts/"), api.post("/carts/")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


def test_items_are_put_shown_and_taken_out(api, put):
    product = ProductFactory(price_minor=1000, stock=7)
    cart = put(product, 2)
    shown = api.get(f"/carts/{cart}").json()
    assert shown["total_minor"] == 2000
    assert shown["items"] == [
        {
            "product_id": product.pk,
            "name": product.name,
            "quantity": 2,
            "price_minor": 1000,
            "price_now_minor": 1000,
            "currency": "GBP",
            "total_minor": 2000,
            "on_sale": True,
            "available": 7,
        }
    ]
    assert api.delete(f"/carts/{cart}/items/{product.pk}").json()["items"] == []


@pytest.mark.parametrize("quantity", [0, -1, 51, 10**9])
def test_quantities_out_of_bounds(api, put, quantity):
    product = ProductFactory()
    cart = put(product)
    found = assert_problem(
        api.request("PUT", f"/carts/{cart}/items/{product.pk}", {"quantity": quantity}),
        422,
        "invalid",
    )
    assert "1 to 50" in found["errors"]["quantity"][0]
    assert api.get(f"/carts/{cart}").json()["items"][0]["quantity"] == 1


def test_checking_out_places_the_order(api, put):
    product = ProductFactory(price_minor=1000)
    response = api.post(f"/carts/{put(product, 2)}/checkout", {})
    assert response.status_code == 201, response.content
    order = Order.objects.get()
    assert response.json() == {
        "id": order.pk,
        "reference": order.reference,
        "status": "paid",
        "branch_id": order.branch_id,
        "total_minor": 2000,
        "refunded_minor": 0,
        "currency": "GBP",
        "placed_at": order.placed_at.isoformat(),
        "lines": [
            {
                "product_id": product.pk,
                "name": product.name,
                "quantity": 2,
                "price_minor": 1000,
                "total_minor": 2000,
            }
        ],
    }
    assert api.get(f"/orders/{order.reference}").json() == response.json()
    assert [row["id"] for row in api.get("/orders/").json()["items"]] == [order.pk]


def test_paying_twice_with_one_key_or_with_none_charges_once(api, put):
    cart = put(ProductFactory())
    answers = [
        api.post(f"/carts/{cart}/checkout", {}, key=key)
        for key in ("k1", "k1", "k2", None)
    ]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert (
        Payment.objects.count()
        == LedgerEntry.objects.count()
        == Order.objects.count()
        == 1
    )


def test_a_changed_price_shows_old_and_new_and_charges_nothing(api, put):
    product = ProductFactory(price_minor=1000)
    cart = put(product)
    Product.objects.update(price_minor=1100)
    found = assert_problem(api.post(f"/carts/{cart}/checkout", {}), 409, "cart_changed")
    assert found["lines"] == [
        {
            "product_id": product.pk,
            "name": product.name,
            "quantity": 1,
            "old_minor": 1000,
            "new_minor": 1100,
            "currency": "GBP",
        }
    ]
    assert not Payment.objects.exists()
    assert api.post(f"/carts/{cart}/accept").json()["total_minor"] == 1100
    assert api.post(f"/carts/{cart}/checkout", {}).status_code == 201


def test_missing_stock_shows_what_is_left(api, put, buy):
    product = ProductFactory(stock=3)
    cart = put(product, 3)
    buy(product)
    found = assert_problem(api.post(f"/carts/{cart}/checkout", {}), 409, "out_of_stock")
    assert found["lines"] == [
        {"product_id": product.pk, "name": product.name, "wanted": 3, "available": 2}
    ]


def test_a_declined_card(api, put):
    cart = put(ProductFactory())
    assert_problem(
        api.post(f"/carts/{cart}/checkout", {"source": "test_declines"}),
        402,
        "payment_declined",
    )
    assert not LedgerEntry.objects.exists()
    assert_problem(
        api.post(f"/carts/{cart}/checkout", {"gateway": "shells"}), 422, "invalid"
    )


@pytest.mark.parametrize("path", ["/checkout", "/accept"])
def test_another_members_cart_is_not_there(put, path):
    cart, stranger = put(ProductFactory()), Api(MemberFactory())
    assert_problem(stranger.post(f"/carts/{cart}{path}", {}), 404, "cart_not_found")
    assert_problem(stranger.get(f"/carts/{cart}"), 404, "cart_not_found")
    assert Cart.objects.get().status == "open"


def test_another_members_order_is_not_there(api, buy):
    assert_problem(
        api.get(f"/orders/{buy(ProductFactory()).reference}"), 404, "order_not_found"
    )
    assert_problem(api.get("/orders/nonsense"), 404, "order_not_found")


def test_reviewing_what_one_bought(api, member, buy):
    product = ProductFactory()
    body = {
        "product_id": product.pk,
        "rating": 4,
        "title": "Good",
        "text": "'; DROP TABLE x; -- <script>",
    }
    assert_problem(api.post("/catalog/review", body), 403, "not_bought")
    buy(product, member=member)
    response = api.post("/catalog/review", body)
    assert (response.status_code, response.json()["status"]) == (201, "pending")
    assert Review.objects.get().text == "'; DROP TABLE x; -- <script>"
    assert_problem(api.post("/catalog/review", body), 409, "already_reviewed")
    assert_problem(api.post("/catalog/review", {**body, "rating": 6}), 422, "invalid")


class TestRenting:
    @pytest.fixture
    def unit(self):
        return RentalUnitFactory()

    @pytest.fixture
    def body(self, unit, now):
        today = now.astimezone(unit.branch.zone).date()
        return {
            "kind_id": unit.kind_id,
            "starts_on": today.isoformat(),
            "ends_on": today.isoformat(),
        }

    def test_a_unit_is_rented_and_returned_once(self, api, unit, body):
        rented = api.post("/rentals/rent", body)
        assert rented.status_code == 201, rented.content
        assert (rented.json()["unit"], rented.json()["fee_minor"]) == (unit.code, 300)
        staff = UserFactory(role="front_desk", home_branch=unit.branch)
        which, desk = {"rental_id": rented.json()["id"]}, Api(staff)
        assert_problem(api.post("/rentals/return", which), 409, "wrong_rental_state")
        hand_out(rental_id=which["rental_id"], actor_id=staff.pk, now=timezone.now())
        said = api.post("/rentals/return", which)
        # until the desk has looked at it
        assert (said.status_code, said.json()["status"]) == (200, "out")
        back = desk.post("/rentals/return", which)
        assert (back.status_code, back.json()["status"]) == (200, "returned")
        for again in (api, desk):
            assert_problem(
                again.post("/rentals/return", which), 409, "wrong_rental_state"
            )
        assert [row["status"] for row in api.get("/rentals/").json()["items"]] == [
            "returned"
        ]

    def test_one_key_rents_once(self, api, body):
        RentalUnitFactory(kind_id=body["kind_id"])
        first, again = (api.post("/rentals/rent", body, key="r1") for _ in range(2))
        assert first.content == again.content
        assert Rental.objects.count() == LedgerEntry.objects.count() == 1

    def test_a_repeat_finds_what_was_rented_by_one_that_was_killed_before_its_answer(
        self, api, body
    ):
        RentalUnitFactory(kind_id=body["kind_id"])
        first = api.post("/rentals/rent", body, key="r1")
        asked = timezone.now() - timedelta(minutes=5)
        IdempotencyKey.objects.update(
            status=None, body=None, content_type="", created_at=asked
        )
        again = api.post("/rentals/rent", body, key="r1")
        assert (again.status_code, again.json()) == (201, first.json())
        assert Rental.objects.count() == Payment.objects.count() == 1

    def test_another_key_is_another_rental(self, api, body):
        RentalUnitFactory(kind_id=body["kind_id"])
        first, other = (
            api.post("/rentals/rent", body, key=key).json() for key in ("r1", "r2")
        )
        assert first["id"] != other["id"]

    @pytest.mark.parametrize(("start", "days"), [(-3, 1), (0, 400), (0, -1)])
    def test_days_that_can_not_be(self, api, body, now, start, days):
        first = now.date() + timedelta(days=start)
        dates = {
            "starts_on": first.isoformat(),
            "ends_on": (first + timedelta(days=days)).isoformat(),
        }
        assert_problem(api.post("/rentals/rent", body | dates), 409, "rental_dates")
        assert not Rental.objects.exists()

    def test_another_members_unit_is_not_returned(self, body, api):
        rented = api.post("/rentals/rent", body).json()["id"]
        assert_problem(
            Api(MemberFactory()).post("/rentals/return", {"rental_id": rented}),
            404,
            "rental_not_found",
        )
        assert_problem(api.post("/rentals/rent", body), 409, "nothing_to_rent")

    def test_what_can_be_rented_is_open_to_all(self, unit):
        assert [kind["id"] for kind in Api().get("/rentals/kinds").json()["items"]] == [
            unit.kind_id
        ]
