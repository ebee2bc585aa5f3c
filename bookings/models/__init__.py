"""Rows of classes, bookings, trainers and rooms; imports come from here."""

from bookings.models.bookings import HOLDS_PLACE, LONGEST_OPENING, Booking
from bookings.models.checkins import CheckIn, CheckInNonce, PinAttempt
from bookings.models.policies import BookingPolicy
from bookings.models.revisions import BranchShown
from bookings.models.rooms import Room
from bookings.models.sessions import ClassSession, ClassType, GymClass, Level
from bookings.models.trainers import Trainer
from bookings.models.waitlist import WaitlistEntry

__all__ = [
    "HOLDS_PLACE",
    "LONGEST_OPENING",
    "Booking",
    "BookingPolicy",
    "BranchShown",
    "CheckIn",
    "CheckInNonce",
    "ClassSession",
    "ClassType",
    "GymClass",
    "Level",
    "PinAttempt",
    "Room",
    "Trainer",
    "WaitlistEntry",
]
