"""How many rows of each table a scale gives.

What people do (users, bookings, waitlist entries, check-ins) grows in proportion to the scale. What it happens in
(classes with their 12 sessions, rooms, trainers, branches) grows in proportion above 1, since places must grow with
bookings; below 1 it shrinks slower, with the power 0.85, so that a small timetable still looks full: at 0.05 there are
149 classes a week in 6 rooms at 3 branches, 7 a day at each, where proportion would leave 95. There are never fewer
than 3 branches (three time zones, one of them in the southern hemisphere), 2 rooms and 3 trainers a branch, 60 classes.
The 50 plans do not scale.
"""

from dataclasses import dataclass

SMALLEST, LARGEST = 0.01, 20.0

USERS, BOOKINGS, WAITLIST, CHECKINS = 50_000, 338_000, 10_000, 600_000
BRANCHES, ROOMS, CLASSES, PLANS = 10, 50, 1_900, 50
WEEKS_BACK, WEEKS_AHEAD = 8, 4
WEEKS = WEEKS_BACK + WEEKS_AHEAD
CLASSES_A_TRAINER = 10
DESK_A_BRANCH = 2


@dataclass(frozen=True, slots=True)
class Sizes:
    """Rows of each table; ``users`` counts members, trainers and staff together."""

    users: int
    branches: int
    rooms: int
    trainers: int
    classes: int
    bookings: int
    waitlist: int
    checkins: int

    @property
    def sessions(self) -> int:
        return self.classes * WEEKS


def sizes(scale: float) -> Sizes:
    """The sizes at ``scale``; raises ValueError outside 0.01 to 20."""
    if not SMALLEST <= scale <= LARGEST:
        raise ValueError(f"--scale must be from {SMALLEST:g} to {LARGEST:g}, not {scale:g}.")
    places = scale if scale >= 1 else scale**0.85
    branches = max(3, round(BRANCHES * (scale if scale >= 1 else scale**0.5)))
    rooms = max(2 * branches, round(ROOMS * places))
    classes = max(60, round(CLASSES * places))
    return Sizes(
        users=round(USERS * scale),
        branches=branches,
        rooms=rooms,
        trainers=max(3 * branches, rooms + branches, classes // CLASSES_A_TRAINER),
        classes=classes,
        bookings=round(BOOKINGS * scale),
        waitlist=round(WAITLIST * scale),
        checkins=round(CHECKINS * scale),
    )
