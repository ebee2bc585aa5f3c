"""Reviews of what was bought, and the figures that follow the published ones."""

from datetime import timedelta

import pytest
from django.db import DatabaseError

from catalog import errors
from catalog.models import Order, Product, Review
from catalog.operations.orders import refund_order
from catalog.operations.reviews import moderate_review, write_review
from catalog.queries.reviews import bought_at
from gymsite.core.errors import Invalid, refusals
from gymsite.core.models import Event
from tests.asserts import assert_all_holds
from tests.factories import MemberFactory, ProductFactory, UserFactory
from tests.stuck import stuck

pytestmark = pytest.mark.django_db


def figures(product):
    return Product.objects.values_list("review_count", "rating").get(pk=product.pk)


@pytest.fixture
def review(buy, now):
    """review(product, 4): by a new member who bought it."""

    def review(product, rating, **said):
        order = buy(product)
        return write_review(
            product_id=product.pk,
            member_id=order.member_id,
            rating=rating,
            now=now,
            **said,
        )

    return review


def test_only_published_reviews_count(review, now):
    product, staff = ProductFactory(), UserFactory(role="manager")
    first, second = review(product, 5), review(product, 2)
    assert figures(product) == (0, None)
    for said in (first, first, second):
        moderate_review(review_id=said.pk, publish=True, actor_id=staff.pk, now=now)
    assert figures(product) == (2, 3.5)
    moderate_review(review_id=first.pk, publish=False, actor_id=staff.pk, now=now)
    assert figures(product) == (1, 2)
    second.refresh_from_db()
    assert (second.status, second.moderated_by, second.moderated_at) == (
        "published",
        staff,
        now,
    )


def test_texts_are_kept_as_they_were_written(review):
    said = review(
        ProductFactory(),
        5,
        title=" <script>alert(1)</script> ",
        text="'; DROP TABLE catalog_review; --",
    )
    assert (said.title, said.text) == (
        "<script>alert(1)</script>",
        "'; DROP TABLE catalog_review; --",
    )


def test_one_a_member_and_product_and_only_of_what_was_bought(review, buy, now):
    product, stranger = ProductFactory(), MemberFactory()
    said = review(product, 5)
    with pytest.raises(errors.AlreadyReviewed):
        write_review(product_id=product.pk, member_id=said.member_id, rating=4, now=now)
    with pytest.raises(errors.NotBought):
        write_review(product_id=product.pk, member_id=stranger.pk, rating=4, now=now)
    with pytest.raises(errors.ProductNotFound):
        write_review(product_id=0, member_id=stranger.pk, rating=4, now=now)


def test_what_was_given_back_in_full_is_not_reviewed(buy, now):
    product, staff = ProductFactory(), UserFactory(role="manager").pk
    order = buy(product, quantity=2)
    item = order.cart.items.get()

    def refund_quantities(quantity):
        refund_order(
            order_id=order.pk,
            quantities={item.pk: quantity},
            restock=True,
            reason="",
            actor_id=staff,
            now=now,
        )

    refund_quantities(1)
    assert bought_at(order.member_id, product.pk) == order.branch_id  # one was kept
    refund_quantities(1)
    with pytest.raises(errors.NotBought, match="or have given it back"):
        write_review(
            product_id=product.pk, member_id=order.member_id, rating=1, now=now
        )
    unasked = Review(
        branch=order.branch,
        product=product,
        member=order.member,
        rating=1,
        created_at=now,
    )
    with pytest.raises(errors.NotBought), refusals():  # nor from any other path
        unasked.save(force_insert=True)


def test_a_review_stands_whatever_is_given_back_later(review, now):
    product, staff = ProductFactory(), UserFactory(role="manager").pk
    said = review(product, 2)
    order = Order.objects.get(member_id=said.member_id)
    refund_order(
        order_id=order.pk,
        restock=False,
        reason="Torn",
        actor_id=staff,
        now=now + timedelta(hours=1),
    )
    moderate_review(review_id=said.pk, publish=True, actor_id=staff, now=now)
    assert figures(product) == (1, 2)
    assert_all_holds()


@pytest.mark.parametrize("rating", [0, 6, -1, 10**9])
def test_stars_are_one_to_five(buy, now, rating):
    order, product = buy(ProductFactory()), Product.objects.get()
    with pytest.raises(Invalid, match="1 to 5 stars"):
        write_review(
            product_id=product.pk, member_id=order.member_id, rating=rating, now=now
        )


def test_what_is_not_there(now):
    with pytest.raises(errors.ReviewNotFound):
        moderate_review(
            review_id=0, publish=True, actor_id=UserFactory(role="manager").pk, now=now
        )


@pytest.mark.parametrize(
    ("publish", "status"), [(True, "published"), (False, "rejected")]
)
def test_the_review_that_is_named_is_moderated_and_by_whom_is_recorded(
    review, now, publish, status
):
    product, staff = ProductFactory(), UserFactory(role="manager")
    reviews = [review(product, 5) for _ in range(3)]
    moderate_review(
        review_id=reviews[1].pk, publish=publish, actor_id=staff.pk, now=now
    )
    for said in reviews:
        said.refresh_from_db()
    assert [said.status for said in reviews] == ["pending", status, "pending"]
    assert (reviews[1].moderated_by, reviews[1].moderated_at) == (staff, now)
    event = Event.objects.get(kind=f"review_{status}")
    assert (event.subject_id, event.actor_id, event.member_id) == (
        reviews[1].pk,
        staff.pk,
        reviews[1].member_id,
    )


def test_what_can_not_be_recorded_is_not_written(buy, now):
    order, product = buy(ProductFactory()), Product.objects.get()
    words = {
        "product_id": product.pk,
        "member_id": order.member_id,
        "rating": 5,
        "now": now,
    }
    with (
        stuck("core_event", kind="reviewed"),
        pytest.raises(DatabaseError, match="this row is stuck"),
    ):
        write_review(**words)
    assert not Review.objects.exists()
    assert write_review(**words).branch_id == order.branch_id


def test_of_several_products_the_one_that_is_named_is_reviewed(buy, now):
    products = [ProductFactory(), ProductFactory(), ProductFactory()]
    order = buy(*products)
    said = write_review(
        product_id=products[1].pk, member_id=order.member_id, rating=5, now=now
    )
    assert Review.objects.get().product == said.product == products[1]


def test_one_star_is_a_review_and_long_texts_are_kept_as_far_as_they_fit(review, now):
    said = review(ProductFactory(), 1, title="t" * 81, text="x" * 2001)
    said.refresh_from_db()
    assert (said.rating, said.title, said.text) == (1, "t" * 80, "x" * 2000)
    event = Event.objects.get(kind="reviewed")
    assert (event.at, event.actor_id, event.subject_id) == (
        now,
        said.member_id,
        said.pk,
    )
