"""A member's own orders."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from ..models import CartItem, Order, Refund, Review, StockEntry
from .carts import with_picture

MOST_NAMED = 4


def of_member(member_id: int) -> QuerySet[Order]:
    """The member's orders with their branch and the first ``names`` of what was bought; page by keyset on -id
    (catalog_order_member).
    """
    names = CartItem.objects.filter(cart=OuterRef("cart")).order_by("id").values("name")[:MOST_NAMED]
    return Order.objects.filter(member_id=member_id).select_related("branch").annotate(names=ArraySubquery(names))


def by_reference(reference: str, member_id: int) -> Order | None:
    """One of the member's own orders, with its branch and payment."""
    mine = Order.objects.filter(member_id=member_id, reference=reference)
    return mine.select_related("branch", "payment").first()


def lines(order: Order) -> QuerySet[CartItem]:
    """What was bought, each with its picture, how many of it were given back, and whether it is ``reviewed``."""
    back = Refund.objects.filter(item=OuterRef("pk")).order_by().values("item").annotate(sum=Sum("quantity"))
    reviewed = Review.objects.filter(member_id=order.member_id, product=OuterRef("product"))
    return (
        with_picture(CartItem.objects.filter(cart_id=order.cart_id))
        .annotate(
            given_back=Coalesce(Subquery(back.values("sum"), output_field=IntegerField()), 0), reviewed=Exists(reviewed)
        )
        .order_by("id")
    )


def refunds(order: Order) -> QuerySet[Refund]:
    """What was given back, first to last, each with its line and its entry in the ledger."""
    return Refund.objects.filter(order=order).select_related("item").order_by("id")


def lines_of(order: Order) -> QuerySet[CartItem]:
    """What was bought, in the order it was put in the cart."""
    return CartItem.objects.filter(cart_id=order.cart_id).order_by("id")


def stock_entries_of(order_id: int) -> QuerySet[StockEntry]:
    """An order's movements of stock: what left, what came back (catalog_stockentry_order)."""
    return StockEntry.objects.filter(order_id=order_id).order_by("id")
