"""Endpoints of the shop."""

from catalog.api.carts import router as carts
from catalog.api.orders import router as orders
from catalog.api.products import router as products
from catalog.api.rentals import router as rentals
from catalog.api.reviews import router as reviews
from catalog.api.stock import router as stock

__all__ = ["carts", "orders", "products", "rentals", "reviews", "stock"]
