"""Reviews of what was bought, and the figures that follow the published ones."""

import pytest

from catalog import errors
from catalog.models import Product
from catalog.operations.reviews import moderate_review, write_review
from gymsite.core.errors import Invalid
from tests.factories import MemberFactory, ProductFactory, UserFactory

pytestmark = pytest.mark.django_db


def figures(product):
    return Product.objects.values_list("review_count", "rating").get(pk=product.pk)


@pytest.fixture
def review(buy, now):
    """review(product, 4): by a new member who bought it."""

    def review(product, rating, **said):
        order = buy(product)
        return write_review(product_id=product.pk, member_id=order.member_id, rating=rating, now=now, **said)

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
    assert (second.status, second.moderated_by, second.moderated_at) == ("published", staff, now)


def test_texts_are_kept_as_they_were_written(review):
    said = review(ProductFactory(), 5, title=" <script>alert(1)</script> ", text="'; DROP TABLE catalog_review; --")
    assert (said.title, said.text) == ("<script>alert(1)</script>", "'; DROP TABLE catalog_review; --")


def test_one_a_member_and_product_and_only_of_what_was_bought(review, buy, now):
    product, stranger = ProductFactory(), MemberFactory()
    said = review(product, 5)
    with pytest.raises(errors.AlreadyReviewed):
        write_review(product_id=product.pk, member_id=said.member_id, rating=4, now=now)
    with pytest.raises(errors.NotBought):
        write_review(product_id=product.pk, member_id=stranger.pk, rating=4, now=now)
    with pytest.raises(errors.ProductNotFound):
        write_review(product_id=0, member_id=stranger.pk, rating=4, now=now)


@pytest.mark.parametrize("rating", [0, 6, -1, 10**9])
def test_stars_are_one_to_five(buy, now, rating):
    order, product = buy(ProductFactory()), Product.objects.get()
    with pytest.raises(Invalid, match="1 to 5 stars"):
        write_review(product_id=product.pk, member_id=order.member_id, rating=rating, now=now)


def test_what_is_not_there(now):
    with pytest.raises(errors.ReviewNotFound):
        moderate_review(review_id=0, publish=True, actor_id=UserFactory(role="manager").pk, now=now)
