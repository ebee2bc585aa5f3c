"""Filling a cart: one's own, of what lies in the store, at today's price."""

from datetime import timedelta

import pytest
from django.db import transaction

from catalog import errors
from catalog.models import Cart, CartItem, Product, StockHold
from catalog.operations.carts import (
    accept_changes,
    add_to_cart,
    ensure_cart,
    remove_item,
    set_item,
)
from catalog.operations.checkout import begin_checkout, check_out
from gymsite.core.errors import Invalid, NotFound
from gymsite.core.models import Branch
from gymsite.payments.errors import PaymentUnderWay
from tests.factories import BranchFactory, MemberFactory, ProductFactory, UserFactory

pytestmark = pytest.mark.django_db


def contents(cart_id):
    """{product: (quantity, price)} of a cart."""
    items = CartItem.objects.filter(cart=cart_id)
    return {item.product_id: (item.quantity, item.price_minor) for item in items}


@pytest.fixture
def member():
    return MemberFactory()


@pytest.fixture
def cart(member, fill):
    """The member's cart with one mat in it, beside the cart of somebody else."""
    fill(MemberFactory(), ProductFactory())
    return Cart.objects.get(pk=fill(member, ProductFactory()))


def paying(cart, now):
    return begin_checkout(
        cart_id=cart.pk, member_id=cart.member_id, gateway="card", now=now
    )


CHANGES = {
    "add": lambda cart, product, now: add_to_cart(
        member_id=cart.member_id, product_id=product.pk, now=now
    ),
    "set": lambda cart, product, now: set_item(
        cart_id=cart.pk,
        member_id=cart.member_id,
        product_id=product.pk,
        quantity=2,
        now=now,
    ),
    "remove": lambda cart, product, now: remove_item(
        cart_id=cart.pk, member_id=cart.member_id, product_id=product.pk, now=now
    ),
    "accept": lambda cart, product, now: accept_changes(
        cart_id=cart.pk, member_id=cart.member_id, now=now
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_being_paid_is_not_changed(cart, now, change):
    paying(cart, now)
    before, held = contents(cart), StockHold.objects.count()
    with pytest.raises(PaymentUnderWay):
        change(cart, CartItem.objects.get(cart=cart).product, now)
    assert (contents(cart), StockHold.objects.count()) == (before, held)


@pytest.mark.parametrize("change", list(CHANGES.values())[:4], ids=list(CHANGES)[:4])
def test_a_change_lets_go_of_what_the_cart_held_and_of_nothing_else(
    cart, fill, now, change
):
    """A payment that failed leaves its hold for the next try."""
    other = Cart.objects.get(pk=fill(MemberFactory(), ProductFactory()))
    for each in (cart, other):
        payment = paying(each, now)
        payment.status = "failed"
        payment.save(update_fields=["status"])
    change(cart, CartItem.objects.get(cart=cart).product, now)
    assert StockHold.objects.get().cart == other


def test_adding_again_adds_up_at_todays_price_in_ones_own_cart_alone(member, cart, now):
    product = CartItem.objects.get(cart=cart).product
    other = Cart.objects.exclude(pk=cart.pk).get()
    before = contents(other)
    Product.objects.filter(pk=product.pk).update(price_minor=1500, name="Better mat")
    item = add_to_cart(member_id=member.pk, product_id=product.pk, quantity=2, now=now)
    assert (item.quantity, item.price_minor, item.name, item.cart_id) == (
        3,
        1500,
        "Better mat",
        cart.pk,
    )
    assert contents(cart) == {product.pk: (3, 1500)}
    assert contents(other) == before


def test_as_many_as_lie_in_the_store_and_at_most_fifty(member, cart, now):
    few, many = ProductFactory(stock=3), ProductFactory(stock=200)
    for product, most in ((few, 3), (many, 50)):
        add_to_cart(member_id=member.pk, product_id=product.pk, quantity=most, now=now)
        assert contents(cart)[product.pk][0] == most
    with pytest.raises(errors.OutOfStock) as refused:
        add_to_cart(member_id=member.pk, product_id=few.pk, now=now)
    assert refused.value.values["lines"] == [
        {"product_id": few.pk, "name": few.name, "wanted": 4, "available": 3},
    ]
    with pytest.raises(Invalid):
        add_to_cart(member_id=member.pk, product_id=many.pk, now=now)
    for quantity in (0, 51):
        with pytest.raises(Invalid):
            set_item(
                cart_id=cart.pk,
                member_id=member.pk,
                product_id=many.pk,
                quantity=quantity,
                now=now,
            )
    assert {
        few.pk: (3, few.price_minor),
        many.pk: (50, many.price_minor),
    }.items() <= contents(cart).items()


def test_it_says_how_many_are_left(member, cart, now):
    def refused(product, quantity):
        with pytest.raises(errors.OutOfStock) as caught:
            set_item(
                cart_id=cart.pk,
                member_id=member.pk,
                product_id=product.pk,
                quantity=quantity,
                now=now,
            )
        return caught.value.message

    one = ProductFactory(stock=1)
    two = ProductFactory(stock=2)
    none = ProductFactory(stock=0)
    assert refused(one, 2) == f"Only 1 of {one.name} is left. Take fewer."
    assert refused(two, 3) == f"Only 2 of {two.name} are left. Take fewer."
    assert refused(none, 1) == f"{none.name} is sold out. Look again in some days."


def test_what_is_not_counted_never_runs_out(member, cart, now):
    course = ProductFactory(tracks_stock=False)
    add_to_cart(member_id=member.pk, product_id=course.pk, quantity=50, now=now)
    assert contents(cart)[course.pk][0] == 50


def test_only_what_is_sold(member, cart, now):
    withdrawn = ProductFactory(status="withdrawn")
    with pytest.raises(errors.ProductWithdrawn):
        add_to_cart(member_id=member.pk, product_id=withdrawn.pk, now=now)
    with pytest.raises(errors.ProductNotFound):
        add_to_cart(member_id=member.pk, product_id=0, now=now)
    assert withdrawn.pk not in contents(cart)


def test_what_was_ordered_is_not_changed(cart, now):
    product = CartItem.objects.get(cart=cart).product
    check_out(cart_id=cart.pk, member_id=cart.member_id, now=now)
    before = contents(cart)
    for change in list(CHANGES.values())[1:]:
        with pytest.raises(errors.CartOrdered):
            change(cart, product, now)
    assert contents(cart) == before
    assert (
        add_to_cart(member_id=cart.member_id, product_id=product.pk, now=now).cart_id
        != cart.pk
    )


def test_what_is_wanted_is_counted_by_product(member, cart, fill, now):
    fill(member, ProductFactory(), quantity=5)
    none = ProductFactory(stock=0)
    with pytest.raises(errors.OutOfStock) as refused:
        add_to_cart(member_id=member.pk, product_id=none.pk, quantity=2, now=now)
    assert refused.value.values["lines"][0]["wanted"] == 2


def test_a_cart_is_ones_own(cart, now):
    product, stranger = CartItem.objects.get(cart=cart).product, MemberFactory()
    before = contents(cart)
    for change in (
        lambda: set_item(
            cart_id=cart.pk,
            member_id=stranger.pk,
            product_id=product.pk,
            quantity=9,
            now=now,
        ),
        lambda: remove_item(
            cart_id=cart.pk, member_id=stranger.pk, product_id=product.pk, now=now
        ),
    ):
        with pytest.raises(errors.CartNotFound):
            change()
    assert contents(cart) == before


def test_taking_out_takes_out_that_product_of_that_cart(member, cart, fill, now):
    product, stays = CartItem.objects.get(cart=cart).product, ProductFactory()
    fill(member, stays)
    other = fill(MemberFactory(), product)
    for _ in range(2):
        remove_item(
            cart_id=cart.pk, member_id=member.pk, product_id=product.pk, now=now
        )
    assert (set(contents(cart)), set(contents(other))) == ({stays.pk}, {product.pk})


def test_todays_prices_are_taken_over_and_what_is_withdrawn_is_left_out(
    member, cart, fill, now
):
    same = CartItem.objects.get(cart=cart).product
    dearer, gone = ProductFactory(), ProductFactory()
    fill(member, dearer, gone)
    Product.objects.filter(pk=dearer.pk).update(price_minor=9900, name="Best mat")
    Product.objects.filter(pk=gone.pk).update(status="withdrawn")
    accept_changes(cart_id=cart.pk, member_id=member.pk, now=now)
    assert contents(cart) == {same.pk: (1, same.price_minor), dearer.pk: (1, 9900)}
    assert CartItem.objects.get(product=dearer).name == "Best mat"


@pytest.mark.parametrize("price_minor", [1290, 1490])
@pytest.mark.parametrize("way", ["accept", "add", "set"])
def test_whoever_changes_it_takes_todays_name_and_price(cart, now, way, price_minor):
    """Also where the price is as it was."""
    item = CartItem.objects.get(cart=cart)
    assert item.price_minor == 1290
    Product.objects.filter(pk=item.product_id).update(
        name="Mat of cork", price_minor=price_minor
    )
    CHANGES[way](cart, item.product, now)
    item.refresh_from_db()
    assert (item.name, item.price_minor, item.quantity) == (
        "Mat of cork",
        price_minor,
        1 if way == "accept" else 2,
    )


class TestTheFirstClick:
    def test_it_makes_a_cart_at_the_members_branch_and_the_second_finds_it(self, now):
        BranchFactory()
        home = BranchFactory(slug="hillside", name="Hillside")
        member = MemberFactory(home_branch=home)
        made, is_new = ensure_cart(member_id=member.pk, now=now)
        found, again = ensure_cart(member_id=member.pk, now=now + timedelta(hours=1))
        assert (is_new, again, found.pk) == (True, False, made.pk)
        assert (made.branch_id, made.created_at, made.member_id) == (
            home.pk,
            now,
            member.pk,
        )

    def test_who_has_no_branch_collects_at_the_first_that_is_open(self, now):
        BranchFactory(slug="closed", name="Closed", is_active=False)
        first = BranchFactory(slug="first", name="First")
        BranchFactory(slug="second", name="Second")
        # so that it lies last on the disk
        Branch.objects.filter(pk=first.pk).update(name="The first")
        assert (
            ensure_cart(member_id=UserFactory(home_branch=None).pk, now=now)[
                0
            ].branch_id
            == first.pk
        )

    def test_a_closed_account_has_none(self, now):
        for member_id in (UserFactory(is_active=False).pk, 0):
            with pytest.raises(NotFound):
                ensure_cart(member_id=member_id, now=now)
        assert not Cart.objects.exists()


def test_a_cart_is_paid_in_one_currency(cart, now):
    """By either way of putting something in; and by the database, whoever writes."""
    rope = ProductFactory(currency="EUR")
    before = contents(cart)
    with pytest.raises(errors.OtherCurrency, match="another currency"):
        set_item(
            cart_id=cart.pk,
            member_id=cart.member_id,
            product_id=rope.pk,
            quantity=1,
            now=now,
        )
    with pytest.raises(errors.OtherCurrency), transaction.atomic():
        add_to_cart(member_id=cart.member_id, product_id=rope.pk, now=now)
    assert contents(cart) == before


def test_what_is_sold_in_another_currency_by_now_is_left_out(cart, now):
    mat = CartItem.objects.get(cart=cart).product
    Product.objects.filter(pk=mat.pk).update(currency="EUR")
    accept_changes(cart_id=cart.pk, member_id=cart.member_id, now=now)
    assert not CartItem.objects.filter(cart=cart).exists()
    add_to_cart(member_id=cart.member_id, product_id=mat.pk, now=now)
    assert CartItem.objects.get(cart=cart).currency == "EUR"
