"""What each role may do with goods, orders, rentals and purchases."""

TABLE = {
    "catalog.category": ("view", "add change", ""),
    "catalog.product": ("view", "add change withdraw putback", ""),
    "catalog.productpicture": ("view", "add change delete", ""),
    "catalog.pricechange": ("view", "", ""),
    "catalog.stocklevel": ("view", "change count", ""),
    "catalog.stockentry": ("view", "", ""),
    "catalog.stockhold": ("", "view", ""),
    "catalog.cart": ("view", "", ""),
    "catalog.order": ("view ready collected", "refund", ""),
    "catalog.refund": ("view", "", ""),
    "catalog.review": ("view publish reject", "", ""),
    "catalog.rentalkind": ("view", "add change off on", ""),
    "catalog.rentalunit": ("view", "add change off on", ""),
    "catalog.rental": ("view handout return cancel", "", ""),
    "catalog.supplier": ("view", "add change", ""),
    "catalog.supplieroffer": ("view", "add change", ""),
    "catalog.purchaseorder": ("view deliver", "plan cancel", ""),
    "catalog.purchaseline": ("view", "", ""),
    "catalog.delivery": ("view", "", ""),
}
