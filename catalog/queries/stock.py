"""What can be bought: what lies in the store, less what other carts hold."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Sum

from catalog.models import StockHold


def held_by_others(
    product_ids: Iterable[int], *, cart_id: int, now: datetime
) -> dict[int, int]:
    """{product: how many other carts hold of it now} (catalog_stockhold_product)."""
    holds = StockHold.objects.filter(
        product_id__in=list(product_ids), expires_at__gt=now
    ).exclude(cart_id=cart_id)
    return dict(holds.values_list("product_id").annotate(Sum("quantity")))
