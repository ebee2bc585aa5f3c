"""The whole brand, in an order that lets the slow indexes begin early."""

from collections.abc import Generator, Iterator

import numpy as np

from gymsite.ops.seed.columns import Table
from gymsite.ops.seed.plan import Plan
from gymsite.ops.seed.tables import (
    allowances,
    appointments,
    billing,
    bookings,
    checkins,
    client_notes,
    core,
    demand,
    incoming,
    memberships,
    money,
    notices,
    rentals,
    reviews,
    sales,
    sessions,
    shop,
    stock,
    suppliers,
    timetable,
)

TABLES = (
    "core_brand",
    "core_branch",
    "core_branchhours",
    "core_user",
    "core_event",
    "core_notification",
    "memberships_plan",
    "memberships_membership",
    "memberships_allowance",
    "memberships_billingperiod",
    "payments_payment",
    "payments_ledgerentry",
    "bookings_room",
    "bookings_classtype",
    "bookings_trainerphoto",
    "bookings_trainer",
    "bookings_gymclass",
    "bookings_bookingpolicy",
    "bookings_classsession",
    "bookings_booking",
    "bookings_waitlistentry",
    "bookings_checkin",
    "bookings_service",
    "bookings_trainerservice",
    "bookings_availability",
    "bookings_availabilityexception",
    "bookings_appointment",
    "bookings_clientnote",
    "catalog_category",
    "catalog_product",
    "catalog_pricechange",
    "catalog_productpicture",
    "catalog_supplier",
    "catalog_supplieroffer",
    "catalog_purchaseorder",
    "catalog_purchaseline",
    "catalog_delivery",
    "catalog_review",
    "catalog_cart",
    "catalog_cartitem",
    "catalog_order",
    "catalog_refund",
    "catalog_productpair",
    "catalog_rentalkind",
    "catalog_rentalunit",
    "catalog_rental",
    "catalog_stocklevel",
    "catalog_stockentry",
    "catalog_stockhold",
)


def tables(plan: Plan, scale: float) -> Iterator[Table]:
    """Every table's rows, by id; check-ins come in the order of time.

    Tables that the profile leaves out don't come.
    """
    here = core.branches(plan.sizes.branches)
    places = timetable.rooms(plan.sizes.rooms, len(here))
    crowd = core.people(plan, here, places.at(len(here)))
    users = core.user_table(plan, here, crowd)
    yield users
    yield timetable.trainer_table(plan, crowd, users)
    del users  # wide columns, which would stay until the end
    offers = memberships.plans(len(here))
    held = memberships.memberships(plan, here, crowd, offers) if _books(plan) else None
    billed = billing.billing(plan, held, offers) if held else None
    written = None
    if held:
        written = yield from _gym(plan, here, places, crowd, offers, held)
    elif plan.sizes.appointments:
        written = yield from _training(plan, here, places, crowd)
    paid = _payments(plan, billed, written)
    of_each = yield from (
        _shop(plan, here, crowd, paid) if plan.sizes.carts else _paid(plan, paid)
    )
    if held and billed:
        yield billing.billing_table(held, billed, of_each[0])
    if written:
        yield from appointments.tables(
            plan, here, crowd, written, of_each[len(paid) - 1]
        )
        yield client_notes.note_table(plan, written.made)
    yield from core.branch_tables(here)
    yield core.seeded_event(plan, scale)
    yield memberships.plan_table(offers, len(here))
    yield timetable.room_table(places)
    yield timetable.class_type_table()
    yield bookings.policy_table(plan)


def _books(plan: Plan) -> bool:
    """Whether anybody trains by a membership."""
    return bool(plan.sizes.gym_users and plan.sizes.bookings)


def _payments(
    plan: Plan, billed: billing.Billing | None, written: appointments.Diary | None
) -> list[money.Payments]:
    found = [billed.payments] if billed else []
    if written:
        found.append(appointments.payments(plan, written.offered, written.made))
    return found


def _money(
    plan: Plan, parts: list[money.Payments]
) -> tuple[list[Table], list[np.ndarray]]:
    """The tables of money, and for each part the places of its payments in them."""
    paid, places = money.merged(parts)
    return [money.payment_table(paid), money.ledger_table(plan, paid)], places


def _paid(
    plan: Plan, paid: list[money.Payments]
) -> Generator[Table, None, list[np.ndarray]]:
    """The money where nothing is sold; the places of the payments of each part."""
    tables, places = _money(plan, paid)
    yield from tables
    return places


def _shop(
    plan: Plan, here, crowd, paid: list[money.Payments]
) -> Generator[Table, None, list[np.ndarray]]:
    """The store, and the money of all; the places of the payments of each of
    ``paid``."""
    goods = shop.shop(plan)
    sold = sales.sales(plan, here, crowd, goods)
    yield sales.item_table(sold, goods)
    things = rentals.units(here)
    lent = rentals.rentals(plan, here, crowd, things)
    bought = [sales.payments(plan, sold), rentals.payments(plan, things, lent)]
    tables, (*of_each, by_card, at_desk) = _money(plan, [*paid, *bought])
    yield from tables
    yield sales.order_table(plan, sold, by_card)
    yield sales.cart_table(plan, sold, by_card)
    sources = incoming.offers(goods)
    came = incoming.incoming(plan, here, goods, sources, sold)
    made = suppliers.supply(plan, here, sources, came)
    yield from stock.stock_tables(here, crowd, goods, sold, sources, came, made)
    said = reviews.reviews(plan, goods, sold)
    yield reviews.review_table(plan, here, crowd, goods, sold, said)
    yield rentals.rental_table(plan, things, lent, at_desk)
    yield rentals.unit_table(things)
    yield from suppliers.supply_tables(plan, here, crowd, sources, made)
    yield sales.pair_table(sold, len(goods.rows))
    yield shop.product_table(goods, *said.figures(sold.product, len(goods.rows)))
    yield from shop.reference_tables(goods)
    return of_each


def _gym(
    plan: Plan, here, places, crowd, offers, held
) -> Generator[Table, None, appointments.Diary | None]:
    """The timetable with its bookings and visits; answers with what else trainers
    do."""
    week = timetable.classes(plan, here, places, crowd)
    dated = sessions.sessions(plan, here, week, crowd)
    booked, line = bookings.bookings_and_line(
        plan, held, offers, dated, demand.turns(plan, held, offers, dated)
    )
    allowed = _count_classes(plan, held, offers, dated, booked, line)
    yield bookings.booking_table(plan, booked, held, dated)
    visits = checkins.visits(plan, here, held, dated, booked)
    yield checkins.checkin_table(visits)
    yield memberships.membership_table(held, offers, len(here))
    yield allowances.allowance_table(allowed, held, offers)
    yield timetable.class_table(plan, week)
    yield _session_table(plan, here, week, dated, booked, line)
    yield bookings.waitlist_table(line, held, dated)
    yield notices.notification_table(plan, held, week, dated, booked)
    if not plan.sizes.appointments:
        return None
    return appointments.diary(plan, here, places, crowd, week, dated, (booked, held))


def _training(
    plan: Plan, here, places, crowd
) -> Generator[Table, None, appointments.Diary]:
    """A timetable that nobody has booked, and what else its trainers do."""
    week = timetable.classes(plan, here, places, crowd)
    dated = sessions.sessions(plan, here, week, crowd)
    yield timetable.class_table(plan, week)
    none = np.zeros(len(dated), dtype=np.int64)
    yield sessions.session_table(
        plan, here, week, dated, booked=none, waiting=none, last_position=none
    )
    return appointments.diary(plan, here, places, crowd, week, dated)


def _count_classes(
    plan: Plan, held, offers, dated, booked: bookings.Bookings, line: bookings.Line
) -> allowances.Allowances:
    """Charge every class to its allowance, and say which one that is."""
    membership = np.r_[booked.membership, line.membership]
    day = dated.day[np.r_[booked.session, line.session]]
    uses = np.r_[booked.uses_class, line.status == bookings.WAITING]
    rows, of_use = allowances.allowances(plan, held, offers, membership, day, uses)
    booked.allowance, line.allowance = of_use[: len(booked)], of_use[len(booked) :]
    return rows


def _session_table(
    plan: Plan, here, week, dated, booked: bookings.Bookings, line: bookings.Line
) -> Table:
    count = len(dated)
    last = np.zeros(count, dtype=np.int64)
    np.maximum.at(last, line.session, line.position)
    return sessions.session_table(
        plan,
        here,
        week,
        dated,
        booked=np.bincount(booked.session[booked.holds_place], minlength=count),
        waiting=np.bincount(
            line.session[line.status == bookings.WAITING], minlength=count
        ),
        last_position=last,
    )
