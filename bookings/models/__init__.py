"""Rows of classes, bookings, trainers and rooms; imports come from here."""

from bookings.models.appointments import Appointment
from bookings.models.availability import Availability, AvailabilityException
from bookings.models.bookings import HOLDS_PLACE, LONGEST_OPENING, Booking
from bookings.models.checkins import CheckIn, CheckInNonce, PinAttempt
from bookings.models.client_notes import ClientNote
from bookings.models.occupancy import OCCUPIES
from bookings.models.policies import BookingPolicy
from bookings.models.revisions import BranchShown
from bookings.models.rooms import Room
from bookings.models.services import Service, TrainerService
from bookings.models.sessions import ClassSession, ClassType, GymClass, Level
from bookings.models.trainers import Trainer, TrainerPhoto
from bookings.models.waitlist import WaitlistEntry

__all__ = [
    "HOLDS_PLACE",
    "LONGEST_OPENING",
    "OCCUPIES",
    "Appointment",
    "Availability",
    "AvailabilityException",
    "Booking",
    "BookingPolicy",
    "BranchShown",
    "CheckIn",
    "CheckInNonce",
    "ClassSession",
    "ClassType",
    "ClientNote",
    "GymClass",
    "Level",
    "PinAttempt",
    "Room",
    "Service",
    "Trainer",
    "TrainerPhoto",
    "TrainerService",
    "WaitlistEntry",
]
