from .bookings import HOLDS_PLACE, LONGEST_OPENING, Booking
from .checkins import CheckIn, CheckInNonce, PinAttempt
from .policies import BookingPolicy
from .revisions import BranchShown
from .rooms import Room
from .sessions import ClassSession, ClassType, GymClass, Level
from .trainers import Trainer
from .waitlist import WaitlistEntry

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
