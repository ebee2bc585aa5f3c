"""A member with something in the cart, and shorthands for the operations."""

import pytest

from catalog.operations.carts import add_to_cart
from catalog.operations.checkout import check_out
from tests.factories import MemberFactory


@pytest.fixture
def fill(now):
    """fill(member, product, 2) puts two of it into the member's cart; the cart's id."""

    def fill(member, *products, quantity=1):
        for product in products:
            item = add_to_cart(
                member_id=member.pk, product_id=product.pk, quantity=quantity, now=now
            )
        return item.cart_id

    return fill


@pytest.fixture
def buy(fill, now):
    """buy(product, quantity=2) as a new member, or ``member``; the order."""

    def buy(*products, quantity=1, member=None):
        member = member or MemberFactory()
        order, _ = check_out(
            cart_id=fill(member, *products, quantity=quantity),
            member_id=member.pk,
            now=now,
        )
        return order

    return buy
