"""Links to the pages of the shop."""

from gymsite.web.navigation import Link

SHOP = Link("shop", "Shop", "basket")
ORDERS = Link("orders", "Orders", "basket")
RENTALS = Link("rentals", "Rentals", "key", "my-rentals")

# of the back office
TO_PACK = Link(
    "orders",
    "Orders",
    route="admin:catalog_order_changelist",
    query="?status__exact=paid",
)
PURCHASES = Link(
    "purchases", "Purchases", route="admin:catalog_purchaseorder_changelist"
)
