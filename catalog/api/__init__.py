from .stock import router as stock

__all__ = ["stock"]
