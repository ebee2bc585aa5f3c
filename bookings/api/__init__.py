from .bookings import router as bookings
from .checkins import router as checkins
from .classes import router as classes
from .rooms import router as rooms

__all__ = ["bookings", "checkins", "classes", "rooms"]
