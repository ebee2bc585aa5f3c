from . import orders, products, purchase_plan, purchasing, rentals, stock

__all__ = ["orders", "products", "purchase_plan", "purchasing", "rentals", "stock"]
