from .carts import router as carts
from .catalog import router as catalog
from .orders import router as orders
from .rentals import router as rentals
from .reviews import router as reviews
from .stock import router as stock

__all__ = ["carts", "catalog", "orders", "rentals", "reviews", "stock"]
