"""Rows of the shop; imports come from here."""

from catalog.models.carts import LARGEST_QUANTITY, Cart, CartItem
from catalog.models.orders import Order, ProductPair, Refund
from catalog.models.products import Category, PriceChange, Product, ProductPicture
from catalog.models.purchasing import (
    Delivery,
    PurchaseLine,
    PurchaseOrder,
    Supplier,
    SupplierOffer,
)
from catalog.models.rentals import HOLDS_UNIT, Rental, RentalKind, RentalUnit
from catalog.models.reviews import Review
from catalog.models.stock import StockEntry, StockHold, StockLevel

__all__ = [
    "HOLDS_UNIT",
    "LARGEST_QUANTITY",
    "Cart",
    "CartItem",
    "Category",
    "Delivery",
    "Order",
    "PriceChange",
    "Product",
    "ProductPair",
    "ProductPicture",
    "PurchaseLine",
    "PurchaseOrder",
    "Refund",
    "Rental",
    "RentalKind",
    "RentalUnit",
    "Review",
    "StockEntry",
    "StockHold",
    "StockLevel",
    "Supplier",
    "SupplierOffer",
]
