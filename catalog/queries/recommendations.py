"""What goes with what. Pairs are counted as orders are placed, not while one waits."""

from typing import Any

from django.db.models import QuerySet, Sum

from catalog.models import Cart, CartItem, Product, ProductPair
from catalog.queries.product_lists import as_rows, on_sale


def for_member(member_id: int, most: int) -> list[Any]:
    """At most ``most`` products that go with what the member bought, as rows.

    Those bought together with the member's most often come first. Who bought nothing
    yet, or only what nobody bought together with anything, gets what members rate best.
    Two queries, three for the latter.
    """
    bought = list(bought_by(member_id))
    together = _together(bought, most)
    sold = as_rows(on_sale().filter(pk__in=together)) if together else ()
    rows = {row.id: row for row in sold}
    found = [rows[number] for number in together if number in rows]
    return found or best_loved(bought, most)


def bought_by(member_id: int) -> QuerySet[CartItem, int]:
    """The products of a member's orders.

    catalog_cart_member brings the carts, the items' unique index what was in them.
    """
    items = CartItem.objects.filter(
        cart__member_id=member_id, cart__status=Cart.Status.ORDERED
    )
    return items.order_by().values_list("product_id", flat=True).distinct()


def _together(bought: list[int], most: int) -> list[int]:
    pairs: QuerySet[Any] = ProductPair.objects.filter(
        product__in=bought, other__status=Product.Status.ON_SALE
    )
    counted = pairs.exclude(other__in=bought).values("other")
    ranked = counted.annotate(together=Sum("orders")).order_by("-together", "other")
    return list(ranked.values_list("other", flat=True)[:most]) if bought else []


def best_loved(without: list[int], most: int) -> list[Any]:
    """What members rate best but these, as rows (catalog_product_score)."""
    rows = as_rows(on_sale().exclude(pk__in=without))
    return list(rows.order_by("-score", "-id")[:most])
