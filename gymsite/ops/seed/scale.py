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
``all`` one brand of both. There the first 50,000 accounts (at scale 1) are the gym's,
and the others have one for its shop only; everybody buys.
"""

from dataclasses import dataclass

SMALLEST, LARGEST = 0.01, 20.0

USERS, BOOKINGS, WAITLIST, CHECKINS = 50_000, 338_000, 10_000, 600_000
BRANCHES, ROOMS, CLASSES, PLANS = 10, 50, 1_900, 50
WEEKS_BACK, WEEKS_AHEAD = 8, 4
WEEKS = WEEKS_BACK + WEEKS_AHEAD
CLASSES_A_TRAINER = 10
DESK_A_BRANCH = 2

PROFILES = ("all", "gym", "store")
SHOPPERS, CART_ITEMS, REVIEWS = 200_000, 213_000, 38_000
PRODUCTS, OFFERS = 138, 300
# of cart items: passes and gift cards, which no stock is kept of
UNTRACKED_SHARE = 0.02
FEWEST_UNTRACKED, MOST_UNTRACKED = 190, 20_000


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

    @property
    def sessions(self) -> int:
        return self.classes * WEEKS


def sizes(scale: float, profile: str = "gym") -> Sizes:
    """The sizes of a profile at ``scale``; raises ValueError outside 0.01 to 20."""
    if not SMALLEST <= scale <= LARGEST:
        raise ValueError(
            f"--scale must be from {SMALLEST:g} to {LARGEST:g}, not {scale:g}."
        )
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
    )
