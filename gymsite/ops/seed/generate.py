"""The whole brand, table by table, in an order that lets the slow indexes begin early."""

from collections.abc import Iterator

import numpy as np

from .columns import Table
from .plan import Plan
from .tables import bookings, checkins, core, demand, memberships, notices, timetable

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
    "memberships_payment",
    "memberships_ledgerentry",
    "bookings_room",
    "bookings_classtype",
    "bookings_trainer",
    "bookings_gymclass",
    "bookings_bookingpolicy",
    "bookings_classsession",
    "bookings_booking",
    "bookings_waitlistentry",
    "bookings_checkin",
)


def tables(plan: Plan, scale: float) -> Iterator[Table]:
    """Every table's rows, by id; check-ins come in the order of time."""
    here = core.branches(plan.sizes.branches)
    places = timetable.rooms(plan.sizes.rooms, len(here))
    crowd = core.people(plan, here, places.at(len(here)))
    users = core.user_table(plan, here, crowd)
    yield users
    yield timetable.trainer_table(plan, crowd, users)
    del users  # wide columns, which would stay until the end
    offers = memberships.plans(len(here))
    held = memberships.memberships(plan, here, crowd, offers)
    week = timetable.classes(plan, here, places, crowd)
    dated = timetable.sessions(plan, here, week, crowd)
    booked, line = bookings.bookings_and_line(plan, held, offers, dated, demand.turns(plan, held, offers, dated))
    allowed = _count_classes(plan, held, offers, dated, booked, line)
    yield bookings.booking_table(plan, booked, held, dated)
    visits = checkins.visits(plan, here, held, dated, booked)
    yield checkins.checkin_table(visits)
    yield from core.branch_tables(here)
    yield core.seeded_event(plan, scale)
    yield memberships.plan_table(offers, len(here))
    yield memberships.membership_table(held, offers)
    yield memberships.allowance_table(allowed, held, offers)
    yield from memberships.payment_tables(plan, held, offers)
    yield timetable.room_table(places)
    yield timetable.class_type_table()
    yield timetable.class_table(plan, week)
    yield bookings.policy_table(plan)
    yield _session_table(plan, week, dated, booked, line)
    yield bookings.waitlist_table(line, held, dated)
    yield notices.notification_table(plan, held, week, dated, booked)


def _count_classes(
    plan: Plan, held, offers, dated, booked: bookings.Bookings, line: bookings.Line
) -> memberships.Allowances:
    """Charge every class to its allowance, and say on each booking and entry which one that is."""
    membership = np.r_[booked.membership, line.membership]
    day = dated.day[np.r_[booked.session, line.session]]
    uses = np.r_[booked.uses_class, line.status == bookings.WAITING]
    rows, of_use = memberships.allowances(plan, held, offers, membership, day, uses)
    booked.allowance, line.allowance = of_use[: len(booked)], of_use[len(booked) :]
    return rows


def _session_table(plan: Plan, week, dated, booked: bookings.Bookings, line: bookings.Line) -> Table:
    count = len(dated)
    last = np.zeros(count, dtype=np.int64)
    np.maximum.at(last, line.session, line.position)
    return timetable.session_table(
        plan,
        week,
        dated,
        booked=np.bincount(booked.session[booked.holds_place], minlength=count),
        waiting=np.bincount(line.session[line.status == bookings.WAITING], minlength=count),
        last_position=last,
    )
