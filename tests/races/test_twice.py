"""Every act that moves a row, run twice at once, is done once.

An act that can't be recorded is not done.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import pytest
from django.db import DatabaseError
from django.db.models import Model
from django.utils import timezone

from bookings.models import Booking, GymClass, WaitlistEntry
from bookings.operations.attendance import mark_attendance
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.closing import move_class, switch_room, switch_trainer
from bookings.operations.sessions import cancel_session
from bookings.operations.time_zones import change_time_zone
from bookings.operations.waitlist import join_waitlist, leave_waitlist
from catalog.models import Product, Rental
from catalog.operations.carts import add_to_cart
from catalog.operations.checkout import check_out
from catalog.operations.lending import switch_kind, switch_unit
from catalog.operations.orders import mark_collected, mark_ready
from catalog.operations.products import set_status
from catalog.operations.purchasing import cancel_purchase
from catalog.operations.rentals import (
    Wish,
    announce_return,
    cancel_rental,
    hand_out,
    rent,
    return_rental,
)
from catalog.operations.reviews import moderate_review, write_review
from gymsite.core.models import Event
from gymsite.payments.models import Payment
from gymsite.payments.operations import take_payment
from memberships.models import Membership
from memberships.operations.memberships import end_membership, enroll
from tests import crowd
from tests.factories import (
    BranchFactory,
    PlanFactory,
    ProductFactory,
    PurchaseOrderFactory,
    RentalUnitFactory,
    RoomFactory,
    SupplierOfferFactory,
    UserFactory,
)
from tests.race import OK, is_free, while_held
from tests.stuck import stuck

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
NOW = timezone.now()
WHY = {"reason": ""}
OFF = WHY | {"on": False}
ENDED = {"status": GymClass.Status.ENDED}
WITHDRAWN = {"status": Product.Status.WITHDRAWN}


def member():
    return crowd.members(1)[0]


def booked(capacity=5):
    return book_session(
        session_id=crowd.session(capacity).pk, member_id=member(), now=NOW
    )


def waiting():
    return join_waitlist(session_id=booked(1).session_id, member_id=member(), now=NOW)


def ordered():
    customer = member()
    cart = add_to_cart(
        member_id=customer, product_id=ProductFactory().pk, now=NOW
    ).cart_id
    return check_out(cart_id=cart, member_id=customer, now=NOW)[0]


def reviewed():
    order = ordered()
    product = order.cart.items.get().product_id
    return write_review(
        product_id=product, member_id=order.member_id, rating=5, now=NOW
    )


def purchased():
    return PurchaseOrderFactory(lines=[(SupplierOfferFactory(), 6)])


def rented():
    unit = RentalUnitFactory()
    today = unit.branch.today(NOW)
    wish = Wish(unit.kind_id, unit.branch_id, member(), today, today)
    return rent(wish=wish, now=NOW)


def out():
    rental = rented()
    return hand_out(rental_id=rental.pk, actor_id=rental.member_id, now=NOW)


def asked_at_the_desk():
    customer = UserFactory()
    enroll(
        member_id=customer.pk, plan_id=PlanFactory().pk, actor_id=customer.pk, now=NOW
    )
    return Payment.objects.get()


def standing():
    return Membership.objects.get(member_id=member())


def attend(*, booking_id, actor_id, now):
    starts_at = Booking.objects.get(pk=booking_id).starts_at
    return mark_attendance(
        booking_id=booking_id, status="attended", actor_id=actor_id, now=starts_at
    )


def leave(*, entry_id, **told):
    entry = WaitlistEntry.objects.get(pk=entry_id)
    return leave_waitlist(
        session_id=entry.session_id, member_id=entry.member_id, **told
    )


def announce(*, rental_id, actor_id, now):
    return announce_return(
        rental_id=rental_id,
        member_id=Rental.objects.get(pk=rental_id).member_id,
        now=now,
    )


class Act(NamedTuple):
    """An act on a row, and how to try it twice.

    ``do`` moves what ``make`` makes, which it knows as ``name``, and records ``kind``.
    ``again`` is what somebody hears who does it at the same moment.
    """

    make: Callable[[], Model]
    do: Callable[..., Any]
    name: str
    kind: str
    told: dict[str, Any] = {}
    again: str = OK
    lets_point: bool = True  # whether rows that point at it are written meanwhile


ACTS = [
    Act(RoomFactory, switch_room, "room_id", "room_off", OFF),
    Act(
        lambda: crowd.session().trainer,
        switch_trainer,
        "trainer_id",
        "trainer_off",
        OFF,
    ),
    Act(
        lambda: crowd.session().gym_class,
        move_class,
        "gym_class_id",
        "class_ended",
        WHY | ENDED,
    ),
    Act(
        BranchFactory,
        change_time_zone,
        "branch_id",
        "time_zone_changed",
        WHY | {"time_zone": "UTC"},
    ),
    Act(crowd.session, cancel_session, "session_id", "session_cancelled", WHY),
    Act(booked, cancel_booking, "booking_id", "cancelled", again="wrong_booking_state"),
    Act(booked, attend, "booking_id", "attendance_marked"),
    Act(waiting, leave, "entry_id", "left_waitlist", again="not_waiting"),
    Act(ProductFactory, set_status, "product_id", "product_withdrawn", WHY | WITHDRAWN),
    Act(
        lambda: RentalUnitFactory().kind, switch_kind, "kind_id", "rentalkind_off", OFF
    ),
    Act(RentalUnitFactory, switch_unit, "unit_id", "rentalunit_off", OFF),
    Act(ordered, mark_ready, "order_id", "order_ready"),
    Act(ordered, mark_collected, "order_id", "order_collected"),
    Act(
        purchased,
        cancel_purchase,
        "purchase_id",
        "purchase_cancelled",
        WHY,
        "wrong_purchase_state",
    ),
    Act(reviewed, moderate_review, "review_id", "review_published", {"publish": True}),
    Act(rented, hand_out, "rental_id", "handed_out"),
    Act(out, announce, "rental_id", "return_announced"),
    # its late payment has a key of its own; no row points at a rental
    Act(
        out,
        return_rental,
        "rental_id",
        "returned",
        again="wrong_rental_state",
        lets_point=False,
    ),
    Act(
        rented,
        cancel_rental,
        "rental_id",
        "rental_cancelled",
        again="wrong_rental_state",
    ),
    Act(asked_at_the_desk, take_payment, "payment_id", "paid"),
    Act(
        standing,
        end_membership,
        "membership_id",
        "membership_ended",
        again="wrong_membership_state",
    ),
]


def as_it_stands(row):
    return type(row).objects.filter(pk=row.pk).values().get()


@pytest.mark.parametrize("act", ACTS, ids=[act.kind for act in ACTS])
def test_what_can_not_be_recorded_is_not_done_and_what_is_done_twice_at_once_is_done_once(
    act,
):
    row = act.make()
    do = partial(
        act.do,
        **{act.name: row.pk, "actor_id": UserFactory(role="owner").pk, "now": NOW}
        | act.told,
    )
    before = as_it_stands(row)
    with (
        stuck("core_event", kind=act.kind),
        pytest.raises(DatabaseError, match="this row is stuck"),
    ):
        do()
    assert as_it_stands(row) == before
    pointed_at = []
    outcomes = while_held(
        do,
        [do],
        seen=lambda: pointed_at.append(is_free(type(row), row.pk, "KEY SHARE")),
    )
    assert outcomes.codes == {act.again: 1}
    assert pointed_at == [act.lets_point]
    assert as_it_stands(row) != before
    assert Event.objects.filter(kind=act.kind).count() == 1
