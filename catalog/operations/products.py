"""Taking a product off the shelf and putting it back."""

from datetime import datetime

from django.db import transaction

from catalog.errors import ProductNotFound
from catalog.event_kinds import CatalogEvent
from catalog.models import Product
from gymsite.core.errors import refusals
from gymsite.core.operations.events import record

EVENTS = {
    Product.Status.ON_SALE: CatalogEvent.PRODUCT_ON_SALE,
    Product.Status.WITHDRAWN: CatalogEvent.PRODUCT_WITHDRAWN,
}


@transaction.atomic
def set_status(
    *,
    product_id: int,
    status: Product.Status,
    reason: str,
    actor_id: int,
    now: datetime,
) -> Product:
    """Withdraw a product or sell it again; what was ordered stays.

    A second time changes nothing. Raises ProductNotFound, and NotDelivered for a pass
    or a gift card that is to be sold.
    """
    rows = Product.objects.select_for_update(of=("self",), no_key=True)
    product = rows.filter(pk=product_id).first()
    if product is None:
        raise ProductNotFound(f"There is no product {product_id}.")
    if product.status != status:
        product.status = status
        with refusals():
            product.save(update_fields=["status"])
        record(EVENTS[status], product, at=now, actor_id=actor_id, reason=reason[:200])
    return product
