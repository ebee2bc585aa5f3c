"""Endpoints of classes and bookings."""

from bookings.api.bookings import router as bookings
from bookings.api.checkins import router as checkins
from bookings.api.rooms import router as rooms
from bookings.api.sessions import router as sessions

__all__ = ["bookings", "checkins", "rooms", "sessions"]
