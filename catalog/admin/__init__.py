from . import buying, ledger, plan, rentals, sales, shelf

__all__ = ["buying", "ledger", "plan", "rentals", "sales", "shelf"]
