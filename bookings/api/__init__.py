"""Endpoints of classes, bookings and appointments."""

from bookings.api.appointment_steps import router as appointment_steps
from bookings.api.appointments import router as appointments
from bookings.api.availability import router as availability
from bookings.api.bookings import router as bookings
from bookings.api.checkins import router as checkins
from bookings.api.clients import router as clients
from bookings.api.finances import router as finances
from bookings.api.rooms import router as rooms
from bookings.api.services import router as services
from bookings.api.sessions import router as sessions
from bookings.api.timetable import router as timetable
from bookings.api.trainers import router as trainers

__all__ = [
    "appointment_steps",
    "appointments",
    "availability",
    "bookings",
    "checkins",
    "clients",
    "finances",
    "rooms",
    "services",
    "sessions",
    "timetable",
    "trainers",
]
