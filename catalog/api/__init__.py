from .carts import router as carts
from .orders import router as orders
from .products import router as products
from .rentals import router as rentals
from .reviews import router as reviews
from .stock import router as stock

__all__ = ["carts", "orders", "products", "rentals", "reviews", "stock"]
