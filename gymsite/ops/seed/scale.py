"""How many rows of each table a scale gives.

What people do (users, bookings, waitlist entries, check-ins) grows in proportion to the
scale. What it happens in (classes with their 12 sessions, rooms, trainers, branches)
grows in proportion above 1, since places must grow with bookings; below 1 it shrinks
slower, with the power 0.85, so that a small timetable still looks full: at 0.05 there
are 149 classes a week in 6 rooms at 3 branches, 7 a day at each, where proportion would
leave 95. There are never fewer than 3 branches (three time zones, one of them in the
southern hemisphere), 2 rooms and 3 trainers a branch, 60 classes. The 50 plans do not
scale, nor do the shop's 138 products and 300 offers of suppliers.

The profile says what is made: ``gym`` people who train, ``store`` people who buy,
``training`` trainers and their clients, ``all`` one brand of the three. There the first
50,000 accounts (at scale 1) are the gym's, and the others have one for its shop only;
everybody buys.

``training`` has two sizes, since a brand with 25 times the trainers has not 25 times
the appointments; within one all grows in proportion.
"""

from dataclasses import dataclass

SMALLEST, LARGEST = 0.01, 20.0

USERS, BOOKINGS, WAITLIST, CHECKINS = 50_000, 338_000, 10_000, 600_000
BRANCHES, ROOMS, CLASSES, PLANS = 10, 50, 1_900, 50
WEEKS_BACK, WEEKS_AHEAD = 8, 4
CLASSES_A_TRAINER = 10
DESK_A_BRANCH = 2

PROFILES = ("all", "gym", "store", "training")
# 50 and 5 of each class
APPOINTMENTS, CLIENTS = 95_000, 9_500

SHOPPERS, CART_ITEMS, REVIEWS = 200_000, 213_000, 38_000
PRODUCTS = 138
# of cart items: passes and gift cards, which no stock is kept of
UNTRACKED_SHARE = 0.02
FEWEST_UNTRACKED, MOST_UNTRACKED = 190, 20_000

SIZES = ("default", "large")
TRAINING_CLASSES = {"default": 2_000, "large": 50_000}
TRAINING_APPOINTMENTS = {"default": 100_000, "large": 1_000_000}
APPOINTMENTS_A_CLIENT = 10
TRAINING_WEEKS_BACK = 6  # with the 4 ahead each class has ten dates
CLASSES_A_ROOM = 38


@dataclass(frozen=True, slots=True)
class Sizes:
    """Rows of each table; ``users`` counts members, trainers and staff together.

    The first ``gym_users`` of them are staff and the members who train, the others only
    shop (where they are fewer than the staff, nobody trains). ``untracked`` of the
    ``cart_items`` have no entry in the stock ledger, and as many deliveries and stock
    takes have one, so that its rows are as many as the items.
    """

    users: int
    gym_users: int
    branches: int
    rooms: int
    trainers: int
    classes: int
    bookings: int
    waitlist: int
    checkins: int
    carts: int = 0
    cart_items: int = 0
    untracked: int = 0
    reviews: int = 0
    appointments: int = 0
    clients: int = 0
    weeks_back: int = WEEKS_BACK

    @property
    def weeks(self) -> int:
        """The dates of each class."""
        return self.weeks_back + WEEKS_AHEAD

    @property
    def sessions(self) -> int:
        return self.classes * self.weeks


def sizes(scale: float, profile: str = "gym", size: str = SIZES[0]) -> Sizes:
    """The sizes of a profile at ``scale``; raises ValueError outside 0.01 to 20, and
    for a size that the profile has not."""
    if not SMALLEST <= scale <= LARGEST:
        raise ValueError(
            f"--scale must be from {SMALLEST:g} to {LARGEST:g}, not {scale:g}."
        )
    if profile == "training":
        return _training(scale, size)
    if size != SIZES[0]:
        raise ValueError(f"--size {size} is one of --profile training.")
    trains, sells = profile != "store", profile != "gym"
    places = scale if scale >= 1 else scale**0.85
    branches = max(3, round(BRANCHES * (scale if scale >= 1 else scale**0.5)))
    rooms = max(2 * branches, round(ROOMS * places))
    classes = max(60, round(CLASSES * places)) * trains
    items = round(CART_ITEMS * scale) * sells
    return Sizes(
        users=round((SHOPPERS if sells else USERS) * scale),
        gym_users=round(USERS * scale) * trains,
        branches=branches,
        rooms=rooms,
        trainers=max(3 * branches, rooms + branches, classes // CLASSES_A_TRAINER),
        classes=classes,
        bookings=round(BOOKINGS * scale) * trains,
        waitlist=round(WAITLIST * scale) * trains,
        checkins=round(CHECKINS * scale) * trains,
        carts=round(SHOPPERS * scale) * sells,
        cart_items=items,
        untracked=min(
            max(round(items * UNTRACKED_SHARE), FEWEST_UNTRACKED), MOST_UNTRACKED
        )
        * sells,
        reviews=round(REVIEWS * scale) * sells,
        appointments=round(APPOINTMENTS * scale) * (trains and sells),
        clients=round(CLIENTS * scale) * (trains and sells),
    )


def _training(scale: float, size: str) -> Sizes:
    """Every member is a client; nobody books a class or buys anything."""
    classes = max(60, round(TRAINING_CLASSES[size] * scale))
    appointments = round(TRAINING_APPOINTMENTS[size] * scale)
    clients = appointments // APPOINTMENTS_A_CLIENT
    branches = max(3, round(classes / 200))
    rooms = max(2 * branches, -(-classes // CLASSES_A_ROOM))
    trainers = max(3 * branches, rooms + branches, classes // CLASSES_A_TRAINER)
    # owner, managers, front desk (accounts.ACCOUNTS has one of each), trainers
    team = 1 + branches * (1 + DESK_A_BRANCH) + trainers
    return Sizes(
        users=team + clients,
        gym_users=team + clients,
        branches=branches,
        rooms=rooms,
        trainers=trainers,
        classes=classes,
        bookings=0,
        waitlist=0,
        checkins=0,
        appointments=appointments,
        clients=clients,
        weeks_back=TRAINING_WEEKS_BACK,
    )
