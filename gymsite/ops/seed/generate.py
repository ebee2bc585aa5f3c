"""The whole brand, in an order that lets the slow indexes begin early."""

from collections.abc import Generator, Iterator

import numpy as np

from gymsite.ops.seed.columns import Table
from gymsite.ops.seed.plan import Plan
from gymsite.ops.seed.tables import (
    allowances,
    billing,
    bookings,
    checkins,
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
    "bookings_trainer",
    "bookings_gymclass",
    "bookings_bookingpolicy",
    "bookings_classsession",
    "bookings_booking",
    "bookings_waitlistentry",
    "bookings_checkin",
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
    held = (
        memberships.memberships(plan, here, crowd, offers)
        if plan.sizes.gym_users
        else None
    )
    billed = billing.billing(plan, held, offers) if held else None
    money_of = (
        _shop(plan, here, crowd, billed) if plan.sizes.carts else _dues(plan, billed)
    )
    of_dues = yield from money_of
    if held and billed:
        yield billing.billing_table(held, billed, of_dues)
        yield from _gym(plan, here, places, crowd, offers, held)
    yield from core.branch_tables(here)
    yield core.seeded_event(plan, scale)
    yield memberships.plan_table(offers, len(here))
    yield timetable.room_table(places)
    yield timetable.class_type_table()
    yield bookings.policy_table(plan)


def _money(
    plan: Plan, parts: list[money.Payments]
) -> tuple[list[Table], list[np.ndarray]]:
    """The tables of money, and for each part the places of its payments in them."""
    paid, places = money.merged(parts)
    return [money.payment_table(paid), money.ledger_table(plan, paid)], places


def _dues(
    plan: Plan, billed: billing.Billing | None
) -> Generator[Table, None, np.ndarray]:
    """The money where nothing is sold; the places of the payments of ``billed``."""
    tables, places = _money(plan, [billed.payments] if billed else [])
    yield from tables
    return places[0]


def _shop(
    plan: Plan, here, crowd, billed: billing.Billing | None
) -> Generator[Table, None, np.ndarray]:
    """The store, and the money of all; the places of the payments of ``billed``."""
    dues = [billed.payments] if billed else []
    goods = shop.shop(plan)
    sold = sales.sales(plan, here, crowd, goods)
    yield sales.item_table(sold, goods)
    things = rentals.units(here)
    lent = rentals.rentals(plan, here, crowd, things)
    bought = [sales.payments(plan, sold), rentals.payments(plan, things, lent)]
    tables, (*of_dues, by_card, at_desk) = _money(plan, [*dues, *bought])
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
    return of_dues[0] if of_dues else by_card[:0]


def _gym(plan: Plan, here, places, crowd, offers, held) -> Iterator[Table]:
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
