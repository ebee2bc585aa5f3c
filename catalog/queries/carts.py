"""A member's cart and what is in it."""

from datetime import datetime

from django.db.models import F, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from catalog.models import Cart, CartItem, ProductPicture, StockHold
from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements

SQL = statements("catalog", "carts")


def open_cart(member_id: int) -> Cart | None:
    """The one cart that a member fills (catalog_cart_one_open)."""
    return Cart.objects.filter(member_id=member_id, status=Cart.Status.OPEN).first()


def pieces(member_id: int | None) -> int:
    """How many things lie in the member's open cart."""
    return fetch_one(SQL.pieces, {"member": member_id}).pieces


def items_of(cart_id: int) -> QuerySet[CartItem]:
    """The cart's items in order, with product and stock as they are now."""
    return (
        CartItem.objects.filter(cart_id=cart_id)
        .select_related("product__stock")
        .order_by("id")
    )


def cart_of(member_id: int, cart_id: int) -> Cart | None:
    """A member's own cart, open or ordered."""
    return Cart.objects.filter(member_id=member_id, pk=cart_id).first()


def shown_items(member_id: int, now: datetime) -> QuerySet[CartItem]:
    """The items of the member's open cart as its page shows them; one query.

    Each with its cart and the cart's payment, its product with stock, the product's
    ``picture`` (digest) and ``drawing``, and ``held``, how many others are paying for
    at this moment.
    """
    held = (
        StockHold.objects.filter(product=OuterRef("product"), expires_at__gt=now)
        .exclude(cart=OuterRef("cart"))
        .order_by()
        .values("product")
        .annotate(sum=Sum("quantity"))
        .values("sum")
    )
    mine = CartItem.objects.filter(
        cart__member_id=member_id, cart__status=Cart.Status.OPEN
    )
    return (
        with_picture(mine)
        .select_related("cart__payment", "product__stock")
        .annotate(held=Coalesce(Subquery(held, output_field=IntegerField()), 0))
        .order_by("id")
    )


def with_picture(items: QuerySet[CartItem]) -> QuerySet[CartItem]:
    """With the product, its first ``picture`` and its category's ``drawing``."""
    first = (
        ProductPicture.objects.filter(product=OuterRef("product"))
        .order_by("rank", "id")
        .values("digest")[:1]
    )
    return (
        items.select_related("product")
        .defer(
            "product__search",
            "product__description",
            "product__keywords",
            "product__summary",
        )
        .annotate(picture=Subquery(first), drawing=F("product__category__picture"))
    )
