"""The cart's pages: putting in, changing, what changed since, and paying."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Cart, CartItem, Order, Product, StockHold
from catalog.operations.carts import add_to_cart
from catalog.operations.checkout import begin_checkout
from gymsite.core.models import Branch
from gymsite.payments import gateways
from gymsite.payments.models import LedgerEntry
from tests.factories import BranchFactory, MemberFactory, ProductFactory

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def member():
    return MemberFactory()


@pytest.fixture
def client(member):
    client = Client()
    client.force_login(member)
    return client


def page(answer, status=200) -> str:
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def in_cart() -> dict[int, int]:
    return dict(CartItem.objects.values_list("product_id", "quantity"))


def checkout_form(client, **changed) -> dict[str, object]:
    """What the checkout page's form would send."""
    html = page(client.get("/shop/checkout/"))
    names = ("cart", "total")
    hidden = {
        name: html.split(f'name="{name}" value="')[1].split('"')[0] for name in names
    }
    return {
        **hidden,
        "branch": Cart.objects.get(status="open").branch_id,
        "pay": "card",
        **changed,
    }


class TestAdding:
    def test_without_scripts_it_leads_to_the_cart(self, client):
        product = ProductFactory(name="Yoga mat")
        answer = client.post(
            f"/shop/cart/add/{product.pk}/", {"quantity": 2}, follow=True
        )
        assert answer.redirect_chain == [("/shop/cart/", 302)]
        assert "2 × Yoga mat in your cart." in page(answer)
        assert in_cart() == {product.pk: 2}

    def test_with_htmx_it_answers_in_place(self, client):
        product = ProductFactory(name="Yoga mat")
        client.post(f"/shop/cart/add/{product.pk}/", {"quantity": 2}, **HTMX)
        html = page(
            client.post(f"/shop/cart/add/{product.pk}/", {"quantity": 1}, **HTMX)
        )
        assert "1 × Yoga mat in your cart." in html
        assert "Your cart, 3 in it" in html
        assert "3 in your cart." in html

    @pytest.mark.parametrize(
        "quantity",
        ["0", "-1", "51", "1000000000", "abc", "", "1e9", "9" * 5000, "\x00", "1.5"],
    )
    @pytest.mark.parametrize("in_place", [{}, HTMX], ids=["page", "htmx"])
    def test_a_quantity_that_can_not_be_is_said_and_loses_nothing(
        self, client, fill, member, quantity, in_place
    ):
        other, product = ProductFactory(), ProductFactory()
        fill(member, other)
        html = page(
            client.post(
                f"/shop/cart/add/{product.pk}/", {"quantity": quantity}, **in_place
            ),
            422,
        )
        assert "1 to 50" in html
        assert in_cart() == {other.pk: 1}

    @pytest.mark.parametrize("in_place", [{}, HTMX], ids=["page", "htmx"])
    def test_what_can_not_be_had_is_said(self, client, in_place):
        gone = ProductFactory(status="withdrawn")
        none = ProductFactory(stock=0)
        few = ProductFactory(stock=2)
        for product, said in (
            (gone, "not sold any more"),
            (none, "sold out"),
            (few, "Only 2 of"),
        ):
            answer = client.post(
                f"/shop/cart/add/{product.pk}/", {"quantity": 3}, **in_place
            )
            assert said in page(answer, 409)
        assert in_cart() == {}

    @pytest.mark.parametrize("number", ["999999", str(10**30)])
    def test_an_unknown_product_is_not_there(self, client, number):
        assert (
            client.post(f"/shop/cart/add/{number}/", {"quantity": 1}).status_code == 404
        )
        assert client.post(f"/shop/cart/{number}/", {"quantity": 1}).status_code == 404

    def test_a_visitor_logs_in_first(self):
        path = f"/shop/cart/add/{ProductFactory().pk}/"
        assert (
            Client()
            .post(path, {"quantity": 1})["Location"]
            .startswith("/account/login/?next=")
        )
        assert "HX-Redirect" in Client().post(path, {"quantity": 1}, **HTMX)


class TestCart:
    def test_empty_it_leads_to_the_shop(self, client):
        assert "Nothing in it yet" in page(client.get("/shop/cart/"))

    def test_it_says_what_is_in_it_and_what_that_comes_to(self, client, member, fill):
        fill(member, ProductFactory(name="Yoga mat", price_minor=1250), quantity=3)
        fill(member, ProductFactory(name="Rope", price_minor=500))
        html = page(client.get("/shop/cart/"))
        for said in (
            "Yoga mat",
            "£12.50 each",
            "£37.50",
            "£42.50",
            "Your cart, 4 in it",
            "4 things",
        ):
            assert said in html

    def test_buttons_and_typing_change_it(self, client, member, fill):
        product = ProductFactory()
        fill(member, product, quantity=2)
        for sent, there in (
            ({"to": 3}, {product.pk: 3}),
            ({"quantity": 7}, {product.pk: 7}),
            ({"to": 0}, {}),
        ):
            assert client.post(f"/shop/cart/{product.pk}/", sent).status_code == 302
            assert in_cart() == there

    @pytest.mark.parametrize(
        "sent", [{"quantity": "0"}, {"quantity": "51"}, {"to": "-1"}, {"to": "x"}, {}]
    )
    def test_what_was_typed_wrongly_changes_nothing(self, client, member, fill, sent):
        product = ProductFactory()
        fill(member, product, quantity=2)
        assert "1 to 50" in page(client.post(f"/shop/cart/{product.pk}/", sent), 422)
        assert in_cart() == {product.pk: 2}

    def test_more_than_there_is_is_refused_in_place(self, client, member, fill):
        product = ProductFactory(stock=4)
        fill(member, product, quantity=2)
        assert "Only 4 of" in page(
            client.post(f"/shop/cart/{product.pk}/", {"quantity": 5}), 409
        )
        assert in_cart() == {product.pk: 2}

    def test_another_members_cart_is_not_touched(self, client, fill):
        product = ProductFactory()
        fill(MemberFactory(), product, quantity=2)
        assert client.post(f"/shop/cart/{product.pk}/", {"to": 0}).status_code == 404
        assert client.post("/shop/cart/accept/").status_code == 404
        assert in_cart() == {product.pk: 2}

    def test_a_button_after_logging_in_leads_back_to_the_cart(self, client):
        for path in ("/shop/cart/add/1/", "/shop/cart/1/"):
            assert client.get(path)["Location"] == "/shop/cart/"


class TestWhatChanged:
    def test_a_new_price_shows_both_and_is_accepted(self, client, member, fill):
        product = ProductFactory(price_minor=1000)
        fill(member, product, quantity=2)
        Product.objects.update(price_minor=1200)
        html = page(client.get("/shop/cart/"))
        assert "£10.00</s> £12.00" in html
        assert "£24.00" in html
        assert "Accept the new prices" in html
        assert client.get("/shop/checkout/")["Location"] == "/shop/cart/"
        client.post("/shop/cart/accept/")
        assert CartItem.objects.get().price_minor == 1200
        assert "Pay £24.00" in page(client.get("/shop/checkout/"))

    def test_what_is_withdrawn_is_marked_and_taken_out(self, client, member, fill):
        gone, stays = ProductFactory(name="Old mat"), ProductFactory(price_minor=700)
        fill(member, gone, stays)
        Product.objects.filter(pk=gone.pk).update(status="withdrawn")
        html = page(client.get("/shop/cart/"))
        assert "Not sold any more" in html
        assert '<dd class="figure">£7.00</dd>' in html
        client.post("/shop/cart/accept/")
        assert in_cart() == {stays.pk: 1}

    def test_what_others_are_paying_for_is_not_left_for_one(
        self, client, member, fill, now
    ):
        product = ProductFactory(stock=5)
        fill(member, product, quantity=4)
        other = MemberFactory()
        begin_checkout(
            cart_id=fill(other, product, quantity=3),
            member_id=other.pk,
            gateway="card",
            now=now,
        )
        html = page(client.get("/shop/cart/"))
        assert "Only 2 left" in html
        assert "Take 2" in html
        StockHold.objects.update(expires_at=now - timedelta(seconds=1))
        assert "Take 2" not in page(client.get("/shop/cart/"))

    def test_a_cart_that_is_being_paid_says_so(self, client, member, fill, now):
        cart_id = fill(member, ProductFactory())
        begin_checkout(
            cart_id=cart_id, member_id=member.pk, gateway="card", now=timezone.now()
        )
        assert "being paid at this moment" in page(client.get("/shop/cart/"))
        product = CartItem.objects.get().product_id
        assert "being paid" in page(
            client.post(f"/shop/cart/{product}/", {"to": 2}), 409
        )


class TestCheckout:
    def test_it_says_what_is_paid_where_and_how(self, client, member, fill):
        fill(member, ProductFactory(name="Yoga mat", price_minor=1250), quantity=2)
        html = page(client.get("/shop/checkout/"))
        for said in (
            "Pay £25.00",
            "Yoga mat",
            member.home_branch.name,
            "15 minutes",
            "Test card: no money moves",
        ):
            assert said in html

    def test_paying_leads_to_the_order_and_twice_to_the_same(
        self, client, member, fill
    ):
        fill(member, ProductFactory(), quantity=2)
        form = checkout_form(client)
        first = client.post("/shop/checkout/pay/", form)
        again = client.post("/shop/checkout/pay/", form)
        assert (
            first["Location"]
            == again["Location"]
            == f"/shop/orders/{Order.objects.get().reference}/"
        )
        assert LedgerEntry.objects.count() == 1
        assert "Thank you, it is paid" in page(client.get(first["Location"]))

    def test_it_is_collected_where_one_says(self, client, member, fill):
        other = BranchFactory(slug="harbour", name="Harbour")
        fill(member, ProductFactory())
        client.post("/shop/checkout/pay/", checkout_form(client, branch=other.pk))
        assert Order.objects.get().branch == other

    def test_a_declined_card_lands_on_checkout_and_keeps_the_cart(
        self, client, member, fill
    ):
        product = ProductFactory()
        fill(member, product)
        html = page(
            client.post(
                "/shop/checkout/pay/", checkout_form(client, pay="card-declined")
            ),
            402,
        )
        assert "Try another card." in html
        assert "Pay £12.90" in html
        assert in_cart() == {product.pk: 1}
        assert not LedgerEntry.objects.exists()

    def test_a_price_that_changed_lands_on_the_cart(self, client, member, fill):
        fill(member, ProductFactory(price_minor=1000))
        form = checkout_form(client)
        Product.objects.update(price_minor=1500)
        html = page(client.post("/shop/checkout/pay/", form), 409)
        assert "costs £15.00 now, not £10.00. Nothing was charged." in html
        assert "Accept the new prices" in html
        assert not Order.objects.exists()

    def test_nobody_pays_a_total_they_did_not_see(self, client, member, fill):
        fill(member, ProductFactory(price_minor=1000))
        form = checkout_form(client)
        fill(member, ProductFactory(price_minor=250))
        assert "£12.50 now, not £10.00" in page(
            client.post("/shop/checkout/pay/", form), 409
        )
        assert not Order.objects.exists()

    def test_what_sold_out_meanwhile_lands_on_the_cart(self, client, member, fill, buy):
        product = ProductFactory(stock=2)
        fill(member, product, quantity=2)
        form = checkout_form(client)
        buy(product)
        html = page(client.post("/shop/checkout/pay/", form), 409)
        assert "Only 1 of" in html
        assert "Take 1" in html

    def test_a_payment_under_way_lands_on_the_orders(self, client, member, fill):
        cart_id = fill(member, ProductFactory())
        form = checkout_form(client)
        begin_checkout(
            cart_id=cart_id, member_id=member.pk, gateway="card", now=timezone.now()
        )
        html = page(client.post("/shop/checkout/pay/", form), 409)
        assert "being paid at this moment" in html
        assert "<h1>Orders</h1>" in html

    @pytest.mark.parametrize(
        "changed",
        [
            {"branch": 0},
            {"branch": "x"},
            {"pay": "gold"},
            {"pay": ""},
            {"cart": "x"},
            {"cart": 10**30},
            {"total": ""},
        ],
    )
    def test_what_the_page_never_sends_is_refused(self, client, member, fill, changed):
        fill(member, ProductFactory())
        assert (
            client.post(
                "/shop/checkout/pay/", checkout_form(client, **changed)
            ).status_code
            == 422
        )
        assert not Order.objects.exists()

    def test_another_members_cart_is_not_there(self, client, member, fill):
        fill(member, ProductFactory())
        theirs = fill(MemberFactory(), ProductFactory())
        Branch.objects.get_or_create(pk=member.home_branch_id)
        form = {
            "cart": theirs,
            "total": 1290,
            "branch": member.home_branch_id,
            "pay": "card",
        }
        assert client.post("/shop/checkout/pay/", form).status_code == 404
        assert not Order.objects.exists()

    def test_an_empty_cart_has_nothing_to_check_out(self, client):
        assert client.get("/shop/checkout/")["Location"] == "/shop/cart/"
        assert client.get("/shop/checkout/pay/")["Location"] == "/shop/checkout/"

    def test_a_site_that_takes_no_cards_says_so(
        self, client, member, fill, monkeypatch
    ):
        monkeypatch.delitem(gateways.GATEWAYS, "card")
        fill(member, ProductFactory())
        assert "Nothing can be paid here just now" in page(
            client.get("/shop/checkout/")
        )


@pytest.mark.parametrize(
    "path", ["/shop/cart/", "/shop/checkout/", "/shop/orders/", "/shop/rentals/mine/"]
)
def test_ones_own_pages_ask_for_log_in_and_are_never_kept(client, path):
    assert client.get(path)["Cache-Control"] == "private, no-store"
    assert (
        Client().get(path)["Location"]
        == f"/account/login/?next={path.replace('/', '%2F')}"
    )


def test_names_are_text_and_not_markup(client, member, now):
    product = ProductFactory(name="<script>alert(1)</script>")
    add_to_cart(member_id=member.pk, product_id=product.pk, now=now)
    for path in ("/shop/cart/", "/shop/checkout/"):
        assert "<script>alert(1)" not in page(client.get(path))
