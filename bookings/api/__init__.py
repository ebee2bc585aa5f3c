from .bookings import router as bookings
from .checkins import router as checkins
from .rooms import router as rooms
from .sessions import router as sessions

__all__ = ["bookings", "checkins", "rooms", "sessions"]
