"""Orders of a member, and what is in one."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from catalog.models import CartItem, Order, Refund, Review, StockEntry
from catalog.queries.carts import with_picture

MOST_NAMED = 4


def of_member(member_id: int) -> QuerySet[Order]:
    """For keyset pages on -id (catalog_order_member)."""
    return Order.objects.filter(member_id=member_id)


def listed(member_id: int) -> QuerySet[Order]:
    """The same orders with their branch and the first ``names`` of what was bought."""
    names = (
        CartItem.objects.filter(cart=OuterRef("cart"))
        .order_by("id")
        .values("name")[:MOST_NAMED]
    )
    return (
        of_member(member_id)
        .select_related("branch")
        .annotate(names=ArraySubquery(names))
    )


def by_reference(reference: str, member_id: int) -> Order | None:
    """A member's own order."""
    orders = Order.objects.filter(reference=reference, member_id=member_id)
    return orders.select_related("branch", "payment").first()


def lines_of(order: Order) -> QuerySet[CartItem]:
    """The lines as they were bought, in the order they were put in the cart."""
    return CartItem.objects.filter(cart_id=order.cart_id).order_by("id")


def shown_lines(order: Order) -> QuerySet[CartItem]:
    """The lines, each with its picture, ``given_back`` and whether ``reviewed``."""
    back = (
        Refund.objects.filter(item=OuterRef("pk"))
        .order_by()
        .values("item")
        .annotate(sum=Sum("quantity"))
    )
    reviewed = Review.objects.filter(
        member_id=order.member_id, product=OuterRef("product")
    )
    return with_picture(lines_of(order)).annotate(
        given_back=Coalesce(
            Subquery(back.values("sum"), output_field=IntegerField()), 0
        ),
        reviewed=Exists(reviewed),
    )


def refunds_of(order: Order) -> QuerySet[Refund]:
    """What was given back, first to last, each with its line."""
    return Refund.objects.filter(order=order).select_related("item").order_by("id")


def stock_entries_of(order_id: int) -> QuerySet[StockEntry]:
    """What left stock for an order and came back (catalog_stockentry_order)."""
    return StockEntry.objects.filter(order_id=order_id).order_by("id")
