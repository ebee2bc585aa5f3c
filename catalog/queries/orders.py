"""Orders of a member, and what is in one."""

from django.db.models import QuerySet

from ..models import CartItem, Order


def of_member(member_id: int) -> QuerySet[Order]:
    """For keyset pages on -id (catalog_order_member)."""
    return Order.objects.filter(member_id=member_id)


def by_reference(reference: str, member_id: int) -> Order | None:
    """A member's own order."""
    orders = Order.objects.filter(reference=reference, member_id=member_id)
    return orders.select_related("branch", "payment").first()


def lines_of(order: Order) -> QuerySet[CartItem]:
    """The lines as they were bought, in the order they were put in the cart."""
    return CartItem.objects.filter(cart_id=order.cart_id).order_by("id")
