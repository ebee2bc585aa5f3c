"""Orders and reviews on pages."""

import pytest
from django.test import Client

from catalog.models import Review
from catalog.operations.orders import mark_collected, mark_ready, refund_order
from catalog.operations.reviews import moderate_review, write_review
from tests.factories import MemberFactory, ProductFactory, UserFactory

pytestmark = pytest.mark.django_db


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


class TestOrders:
    def test_none_yet_leads_to_the_shop(self, client):
        assert "Nothing bought yet" in page(client.get("/shop/orders/"))

    def test_they_come_newest_first_in_keyset_pages(self, client, member, buy):
        product = ProductFactory(stock=50)
        orders = [buy(product, member=member) for _ in range(25)]
        html = page(client.get("/shop/orders/"))
        assert html.count('<span class="tag') == 20
        assert html.index(orders[-1].reference) < html.index(orders[-2].reference)
        older = html.split('href="?after=')[1].split('"')[0]
        assert (
            page(client.get(f"/shop/orders/?after={older}")).count('<span class="tag')
            == 5
        )

    @pytest.mark.parametrize("after", ["nonsense", "W10", "\x00", "e30", "1" * 3000])
    def test_a_cursor_that_is_not_ours_is_refused(self, client, after):
        assert client.get("/shop/orders/", {"after": after}).status_code == 422
        assert client.get("/shop/rentals/mine/", {"after": after}).status_code == 422

    def test_the_page_is_a_receipt(self, client, member, buy):
        order = buy(
            ProductFactory(name="Yoga mat", price_minor=1250), member=member, quantity=2
        )
        html = page(client.get(f"/shop/orders/{order.reference}/"))
        for said in (
            "Thank you, it is paid",
            "Yoga mat",
            "2 × £12.50",
            "£25.00",
            "test card: no money moved",
            "Print",
        ):
            assert said in html
        assert order.payment.gateway_reference in html

    def test_it_says_how_far_it_is(self, client, member, buy):
        order = buy(ProductFactory(), member=member)
        actor = UserFactory(role="front_desk").pk
        path = f"/shop/orders/{order.reference}/"
        assert page(client.get(path)).count('class="done"') == 1
        mark_ready(order_id=order.pk, actor_id=actor, now=order.placed_at)
        html = page(client.get(path))
        assert html.count('class="done"') == 2
        assert "<h1>Ready to collect</h1>" in html
        mark_collected(order_id=order.pk, actor_id=actor, now=order.placed_at)
        assert page(client.get(path)).count('class="done"') == 3

    def test_refunds_are_listed(self, client, member, buy):
        order = buy(
            ProductFactory(name="Yoga mat", price_minor=1000), member=member, quantity=3
        )
        (item,) = order.cart.items.all()
        refund_order(
            order_id=order.pk,
            quantities={item.pk: 1},
            restock=True,
            reason="Torn",
            actor_id=member.pk,
            now=order.placed_at,
        )
        html = page(client.get(f"/shop/orders/{order.reference}/"))
        for said in ("1 given back", "−£10.00", "Torn", "£20.00"):
            assert said in html

    def test_a_reference_may_be_typed_as_people_say_it(self, client, member, buy):
        reference = buy(ProductFactory(), member=member).reference
        said = f"{reference[:4]}-{reference[4:8]}-{reference[8:]}".lower()
        assert client.get(f"/shop/orders/{said}/").status_code == 200

    @pytest.mark.parametrize("reference", ["x", "0" * 11, "'; --", "😀"])
    def test_what_is_no_reference_is_not_there(self, client, reference):
        assert client.get(f"/shop/orders/{reference}/").status_code == 404

    def test_somebody_elses_is_not_there(self, client, buy):
        assert (
            client.get(f"/shop/orders/{buy(ProductFactory()).reference}/").status_code
            == 404
        )


class TestReviews:
    def test_what_was_bought_asks_for_one_until_it_is_written(
        self, client, member, buy, now
    ):
        product = ProductFactory()
        path = f"/shop/orders/{buy(product, member=member).reference}/"
        assert f"/shop/products/{product.slug}/review/" in page(client.get(path))
        write_review(product_id=product.pk, member_id=member.pk, rating=4, now=now)
        assert "You reviewed it" in page(client.get(path))

    def test_it_is_written_and_waits_to_be_read(self, client, member, buy):
        product = ProductFactory()
        buy(product, member=member)
        path = f"/shop/products/{product.slug}/review/"
        assert page(client.get(path)).count('type="radio"') == 5
        typed = {
            "rating": "4",
            "title": "Good grip",
            "text": "<b>Bold</b>'; DROP TABLE",
        }
        assert "once our staff have read it" in page(
            client.post(path, typed, follow=True)
        )
        review = Review.objects.get()
        assert (review.rating, review.title, review.status) == (
            4,
            "Good grip",
            "pending",
        )
        html = page(client.get(path))
        assert "once our staff have read it" in html
        assert "<b>Bold</b>" not in html

    @pytest.mark.parametrize(
        ("publish", "said"), [(True, "It stands on"), (False, "It was not published")]
    )
    def test_it_says_what_became_of_it(self, client, member, buy, now, publish, said):
        product = ProductFactory()
        buy(product, member=member)
        review = write_review(
            product_id=product.pk, member_id=member.pk, rating=4, now=now
        )
        moderate_review(
            review_id=review.pk,
            publish=publish,
            actor_id=UserFactory(role="manager").pk,
            now=now,
        )
        assert said in page(client.get(f"/shop/products/{product.slug}/review/"))

    def test_a_second_one_is_refused_with_the_first(self, client, member, buy, now):
        product = ProductFactory()
        buy(product, member=member)
        write_review(
            product_id=product.pk, member_id=member.pk, rating=2, title="So so", now=now
        )
        html = page(
            client.post(f"/shop/products/{product.slug}/review/", {"rating": "5"}), 409
        )
        assert "So so" in html
        assert Review.objects.get().rating == 2

    def test_what_was_not_bought_can_not_be_reviewed(self, client):
        product = ProductFactory()
        path = f"/shop/products/{product.slug}/review/"
        assert "Only what you bought can be reviewed" in page(client.get(path))
        assert client.post(path, {"rating": "5"}).status_code == 403
        assert not Review.objects.exists()

    @pytest.mark.parametrize(
        "sent",
        [
            {},
            {"rating": "0"},
            {"rating": "6"},
            {"rating": "x"},
            {"rating": "5", "title": "x" * 81},
        ],
    )
    def test_what_was_typed_wrongly_is_said_and_kept(self, client, member, buy, sent):
        product = ProductFactory()
        buy(product, member=member)
        html = page(
            client.post(
                f"/shop/products/{product.slug}/review/", sent | {"text": "Kept words"}
            ),
            422,
        )
        assert "Kept words" in html
        assert "errorlist" in html
        assert not Review.objects.exists()

    def test_a_visitor_logs_in_and_an_unknown_product_is_not_there(self, client):
        path = f"/shop/products/{ProductFactory(slug='mat').slug}/review/"
        assert (
            Client().get(path)["Location"]
            == "/account/login/?next=%2Fshop%2Fproducts%2Fmat%2Freview%2F"
        )
        assert client.get("/shop/products/none/review/").status_code == 404
