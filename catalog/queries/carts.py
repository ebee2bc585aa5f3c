"""A member's cart and what is in it."""

from django.db.models import QuerySet

from ..models import Cart, CartItem


def open_cart(member_id: int) -> Cart | None:
    """The one cart that a member fills (catalog_cart_one_open)."""
    return Cart.objects.filter(member_id=member_id, status=Cart.Status.OPEN).first()


def items_of(cart_id: int) -> QuerySet[CartItem]:
    """The cart's items in the order they were put in, each with its product and the product's stock as they are now."""
    return CartItem.objects.filter(cart_id=cart_id).select_related("product__stock").order_by("id")


def cart_of(member_id: int, cart_id: int) -> Cart | None:
    """A member's own cart, open or ordered."""
    return Cart.objects.filter(member_id=member_id, pk=cart_id).first()
