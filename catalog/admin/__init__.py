"""The staff's pages of the shop."""

from catalog.admin import orders, products, purchase_plan, purchasing, rentals, stock

__all__ = ["orders", "products", "purchase_plan", "purchasing", "rentals", "stock"]
