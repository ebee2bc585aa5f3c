from .catalog import router as catalog

__all__ = ["catalog"]
