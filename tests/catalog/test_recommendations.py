"""What goes with what a member bought: nothing, much, or things withdrawn since."""

import pytest

from catalog.models import Product
from catalog.operations.reviews import moderate_review, write_review
from catalog.queries.recommendations import for_member
from tests.api import Api
from tests.factories import MemberFactory, ProductFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return MemberFactory()


@pytest.fixture
def shop():
    return [
        ProductFactory(name=name, stock=50)
        for name in ("Mat", "Rope", "Towel", "Bottle", "Bag")
    ]


def names(member, most=12):
    return [row.name for row in for_member(member.pk, most)]


def test_what_others_bought_with_it_most_often_comes_first(member, shop, buy):
    mat, rope, towel, _, bag = shop
    buy(mat, towel)
    buy(mat, towel)
    buy(mat, rope)
    buy(rope, bag)
    buy(mat, member=member)
    assert names(member) == ["Towel", "Rope"]


def test_pairs_with_all_that_was_bought_add_up(member, shop, buy):
    mat, rope, towel, bottle, bag = shop
    for _ in range(2):
        buy(mat, towel)
    buy(mat, bottle)
    buy(rope, bottle)
    buy(bag, bottle)
    for bought in (mat, rope, bag):
        buy(bought, member=member)
    assert names(member) == ["Bottle", "Towel"]


def test_what_one_has_is_not_recommended(member, shop, buy):
    mat, rope, towel, *_ = shop
    buy(mat, rope, towel)
    buy(mat, rope, member=member)
    assert names(member) == ["Towel"]


def test_what_was_withdrawn_is_left_out_and_comes_back(member, shop, buy):
    mat, rope, towel, *_ = shop
    for _ in range(3):
        buy(mat, rope)
    buy(mat, towel)
    buy(mat, member=member)
    Product.objects.filter(pk=rope.pk).update(status="withdrawn")
    assert names(member) == ["Towel"]
    Product.objects.filter(pk=rope.pk).update(status="on_sale")
    assert names(member) == ["Rope", "Towel"]


def test_what_one_bought_may_be_withdrawn_and_still_counts(member, shop, buy):
    mat, rope, *_ = shop
    buy(mat, rope)
    buy(mat, member=member)
    Product.objects.filter(pk=mat.pk).update(status="withdrawn")
    assert names(member) == ["Rope"]


def test_what_lies_in_the_cart_is_not_bought(member, shop, buy, fill):
    mat, rope, *_ = shop
    buy(mat, rope)
    fill(member, mat)
    assert "Mat" in names(member)  # the best loved: nothing is bought yet


@pytest.fixture
def loved(shop, buy, now):
    """Reviews that make the bottle the best loved, then the towel."""
    for product, ratings in ((shop[3], (5, 5, 5)), (shop[2], (5,)), (shop[0], (1, 1))):
        for rating in ratings:
            buyer = MemberFactory()
            buy(product, member=buyer)
            said = write_review(
                product_id=product.pk, member_id=buyer.pk, rating=rating, now=now
            )
            moderate_review(
                review_id=said.pk,
                publish=True,
                actor_id=UserFactory(role="manager").pk,
                now=now,
            )


def test_who_bought_nothing_gets_what_members_love(member, loved):
    found = names(member)
    assert found[:2] == ["Bottle", "Towel"]
    assert found[-1] == "Mat"


def test_who_bought_what_goes_with_nothing_gets_what_members_love_but_that(
    member, loved, shop, buy
):
    buy(shop[3], member=member)
    assert names(member)[0] == "Towel"
    assert "Bottle" not in names(member)


def test_a_member_with_many_orders(member, buy):
    others = [ProductFactory(name=f"Other {n}") for n in range(30)]
    bought = [ProductFactory(name=f"Bought {n}", stock=5) for n in range(15)]
    for n, product in enumerate(bought):
        buy(product, others[n], others[29])
        buy(product, member=member)
    found = names(member)
    assert found[0] == "Other 29"  # bought together with each of the fifteen
    assert len(found) == 12
    assert not set(found) & {product.name for product in bought}
    assert len(names(member, most=50)) == 16


def test_nothing_is_on_sale(member):
    assert names(member) == []


def test_the_api_gives_them_to_who_is_logged_in(member, shop, buy):
    mat, rope, towel, *_ = shop
    buy(mat, rope)
    buy(mat, towel)
    buy(mat, member=member)
    assert [
        row["name"] for row in Api(member).get("/catalog/recs").json()["items"]
    ] == ["Rope", "Towel"]
    assert len(Api(member).get("/catalog/recs?limit=1").json()["items"]) == 1
    assert Api().get("/catalog/recs").status_code == 401
