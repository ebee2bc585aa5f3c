from .carts import LARGEST_QUANTITY, Cart, CartItem
from .orders import Order, ProductPair, Refund
from .products import Category, PriceChange, Product, ProductPicture
from .purchasing import Delivery, PurchaseLine, PurchaseOrder, Supplier, SupplierOffer
from .rentals import HOLDS_UNIT, Rental, RentalKind, RentalUnit
from .reviews import Review
from .stock import StockEntry, StockHold, StockLevel

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
