"""What each lock holds, against everybody, and what it lets through.

It lets through the rows that point at the locked one.
"""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.utils import timezone

from bookings import errors as booking_errors
from bookings import locks as booking_locks
from bookings.models import Booking, ClassSession, WaitlistEntry
from bookings.operations.bookings import book_session
from bookings.operations.waitlist import close_lines, join_waitlist
from catalog import errors as shop_errors
from catalog import locks as shop_locks
from catalog.models import Cart, Order, PurchaseOrder, Rental, StockLevel
from catalog.operations.carts import add_to_cart
from catalog.operations.checkout import check_out
from catalog.operations.rentals import Wish, rent
from gymsite.core.models import User
from gymsite.payments.models import Payment
from gymsite.payments.operations import hold_payment
from memberships.models import Membership
from memberships.operations.memberships import enroll
from tests import crowd
from tests.factories import (
    PlanFactory,
    ProductFactory,
    PurchaseOrderFactory,
    RentalUnitFactory,
    UserFactory,
)
from tests.race import OK, is_free, race, while_held

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def booking():
    (member,) = crowd.members(1)
    return book_session(
        session_id=crowd.session().pk, member_id=member, now=timezone.now()
    )


@pytest.fixture
def order():
    (member,), product, now = crowd.members(1), ProductFactory(), timezone.now()
    cart_id = add_to_cart(member_id=member, product_id=product.pk, now=now).cart_id
    return check_out(cart_id=cart_id, member_id=member, now=now)[0]


def held(hold, *rows):
    """Two facts per row while a lock is held.

    They are [(held against writers, open to those who point at it)].
    """
    seen = []

    def look():
        seen.extend(
            (not is_free(*row, "NO KEY UPDATE"), is_free(*row, "KEY SHARE"))
            for row in rows
        )

    while_held(hold, [], seen=look)
    return seen


HELD = (True, True)
FREE = (False, True)


def test_control_without_a_lock_nothing_is_held(booking):
    row = (ClassSession, booking.session_id)
    assert held(lambda: ClassSession.objects.get(pk=booking.session_id), row) == [FREE]


def test_a_session_and_no_other(booking):
    hold = partial(booking_locks.lock_session, booking.session_id)
    other = crowd.session()
    assert held(hold, (ClassSession, booking.session_id), (ClassSession, other.pk)) == [
        HELD,
        FREE,
    ]
    with pytest.raises(booking_errors.SessionNotFound), transaction.atomic():
        booking_locks.lock_session(0)


def test_a_booking_with_its_session(booking):
    rows = (Booking, booking.pk), (ClassSession, booking.session_id)
    assert held(partial(booking_locks.lock_booking, booking.pk), *rows) == [HELD, HELD]


@pytest.mark.parametrize(
    ("claim", "is_paid"),
    [(book_session, True), (join_waitlist, True), (book_session, False)],
)
def test_who_waits_for_a_session_holds_neither_an_account_nor_a_membership(
    claim, is_paid
):
    now, (holder, member) = timezone.now(), crowd.members(2)
    session, seen = crowd.session(1), []
    if not is_paid:
        member = UserFactory().pk
        enroll(member_id=member, plan_id=PlanFactory().pk, actor_id=member, now=now)
    if claim is join_waitlist:
        book_session(session_id=session.pk, member_id=holder, now=now)
    membership = Membership.objects.get(member=member)
    claimed = while_held(
        partial(booking_locks.lock_session, session.pk),
        [partial(claim, session_id=session.pk, member_id=member, now=now)],
        seen=lambda: seen.extend(
            (
                is_free(User, member, "UPDATE"),
                is_free(Membership, membership.pk, "UPDATE"),
            )
        ),
    )
    assert (seen, claimed.codes) == ([True, True], {OK: 1})


def test_a_line_is_closed_by_who_has_its_session_first():
    """Closing a line takes its session first, as leaving it does.

    With the turns first, the two would wait for each other.
    """
    now, (holder, waits) = timezone.now(), crowd.members(2)
    session, seen = crowd.session(1), []
    book_session(session_id=session.pk, member_id=holder, now=now)
    entry = join_waitlist(session_id=session.pk, member_id=waits, now=now)
    closed = while_held(
        partial(booking_locks.lock_session, session.pk),
        [partial(close_lines, now=session.starts_at)],
        seen=lambda: seen.append(is_free(WaitlistEntry, entry.pk, "NO KEY UPDATE")),
    )
    assert (seen, closed.values) == ([True], [1])


def test_a_roster_of_one_session(booking):
    (member,) = crowd.members(1)
    elsewhere = book_session(
        session_id=crowd.session().pk, member_id=member, now=timezone.now()
    )
    hold = partial(booking_locks.lock_roster, booking.session_id, [elsewhere.pk])
    assert held(hold, (Booking, booking.pk), (Booking, elsewhere.pk)) == [HELD, FREE]


def test_a_booking_of_somebody_else_is_not_found(booking):
    with transaction.atomic():
        assert (
            booking_locks.lock_booking(booking.pk, member_id=booking.member_id)[0]
            == booking
        )
        for pk, member in ((booking.pk, booking.member_id + 1), (0, None)):
            with pytest.raises(booking_errors.BookingNotFound):
                booking_locks.lock_booking(pk, member_id=member)


def test_of_several_sessions_those_that_nobody_holds(booking):
    free, asked = crowd.session(), []

    def ask():
        with transaction.atomic():
            asked.append(booking_locks.try_lock_sessions([free.pk, booking.session_id]))

    while_held(partial(booking_locks.lock_session, booking.session_id), [ask])
    assert asked == [[free.pk]]
    hold = partial(booking_locks.try_lock_sessions, [free.pk])
    assert held(hold, (ClassSession, free.pk), (ClassSession, booking.session_id)) == [
        HELD,
        FREE,
    ]


def test_a_cart_with_its_payment(order):
    hold = partial(shop_locks.lock_cart, order.cart_id, member_id=order.member_id)
    assert held(hold, (Cart, order.cart_id), (Payment, order.payment_id)) == [
        HELD,
        HELD,
    ]
    with pytest.raises(shop_errors.CartNotFound), transaction.atomic():
        shop_locks.lock_cart(order.cart_id, member_id=order.member_id + 1)


def test_an_order_with_its_payment(order):
    rows = (Order, order.pk), (Payment, order.payment_id)
    assert held(partial(shop_locks.lock_order, order.pk), *rows) == [HELD, HELD]
    with pytest.raises(shop_errors.OrderNotFound), transaction.atomic():
        shop_locks.lock_order(0)


def test_the_stock_of_what_is_asked_for():
    asked, other = ProductFactory(stock=3), ProductFactory()
    hold = partial(shop_locks.lock_levels, [asked.pk])
    assert held(hold, (StockLevel, asked.pk), (StockLevel, other.pk)) == [HELD, FREE]
    with transaction.atomic():
        assert shop_locks.lock_levels([asked.pk, 0]) == {asked.pk: 3}


@pytest.fixture
def rentals():
    """Rentals of two members."""
    unit, now = RentalUnitFactory(), timezone.now()
    today = unit.branch.today(now)
    day = timedelta(days=1)
    wishes = [
        Wish(unit.kind_id, unit.branch_id, member, today + n * day, today + n * day)
        for n, member in enumerate(crowd.members(2))
    ]
    return [rent(wish=wish, now=now) for wish in wishes]


def test_a_rental_with_its_payment_and_no_other(rentals):
    mine, other = rentals
    rows = (
        (Rental, mine.pk),
        (Payment, mine.payment_id),
        (Rental, other.pk),
        (Payment, other.payment_id),
    )
    assert held(partial(shop_locks.lock_rental, mine.pk), *rows) == [
        HELD,
        HELD,
        FREE,
        FREE,
    ]
    with transaction.atomic():
        assert shop_locks.lock_rental(mine.pk, member_id=mine.member_id) == mine
        for pk, member, said in (
            (0, None, "There is no such"),
            (mine.pk, other.member_id, "You have no such"),
        ):
            with pytest.raises(shop_errors.RentalNotFound, match=said):
                shop_locks.lock_rental(pk, member_id=member)


def test_a_payment_with_the_rental_that_it_pays(rentals):
    other, mine = rentals
    rows = (
        (Rental, mine.pk),
        (Payment, mine.payment_id),
        (Rental, other.pk),
        (Payment, other.payment_id),
    )
    assert held(partial(shop_locks.lock_rental_payment, mine.payment_id), *rows) == [
        HELD,
        HELD,
        FREE,
        FREE,
    ]
    with transaction.atomic():
        assert shop_locks.lock_rental_payment(mine.payment_id).rental == mine


def test_a_payment_with_the_cart_that_it_pays_and_no_other(order):
    (member,), product, now = crowd.members(1), ProductFactory(), timezone.now()
    cart_id = add_to_cart(member_id=member, product_id=product.pk, now=now).cart_id
    mine = check_out(cart_id=cart_id, member_id=member, now=now)[0]
    rows = (
        (Cart, mine.cart_id),
        (Payment, mine.payment_id),
        (Cart, order.cart_id),
        (Payment, order.payment_id),
    )
    assert held(partial(shop_locks.lock_cart_payment, mine.payment_id), *rows) == [
        HELD,
        HELD,
        FREE,
        FREE,
    ]
    with transaction.atomic():
        assert shop_locks.lock_cart_payment(mine.payment_id).cart == mine.cart


def test_a_payment_by_itself(order):
    other = Payment.objects.get(pk=order.payment_id)
    hold = partial(hold_payment, other.pk)
    assert held(hold, (Payment, other.pk), (Order, order.pk)) == [HELD, FREE]


def test_of_one_cart_order_and_purchase_no_other(order):
    """The rows belong to one member, so that only the key tells them apart."""
    member, product, now = order.member_id, ProductFactory(), timezone.now()
    cart_id = add_to_cart(member_id=member, product_id=product.pk, now=now).cart_id
    second, purchases = (
        check_out(cart_id=cart_id, member_id=member, now=now)[0],
        [PurchaseOrderFactory() for _ in "ab"],
    )
    holds = [
        (
            partial(shop_locks.lock_cart, second.cart_id, member_id=member),
            Cart,
            second.cart_id,
            order.cart_id,
        ),
        (partial(shop_locks.lock_order, second.pk), Order, second.pk, order.pk),
        (
            partial(shop_locks.lock_purchase, purchases[1].pk),
            PurchaseOrder,
            purchases[1].pk,
            purchases[0].pk,
        ),
    ]
    for hold, model, mine, other in holds:
        assert held(hold, (model, mine), (model, other)) == [HELD, FREE]


def test_a_purchase_order_of_ones_own_branch():
    order = PurchaseOrderFactory()
    assert held(
        partial(shop_locks.lock_purchase, order.pk), (PurchaseOrder, order.pk)
    ) == [HELD]
    with transaction.atomic():
        assert shop_locks.lock_purchase(order.pk, branch_id=order.branch_id) == order
        for pk, branch in ((order.pk, order.branch_id + 1), (0, None)):
            with pytest.raises(shop_errors.PurchaseNotFound):
                shop_locks.lock_purchase(pk, branch_id=branch)


def test_purchasing_waits_for_whoever_approves_a_plan():
    def ask():
        with connection.cursor() as cursor:
            # the number of catalog/sql/locks.sql
            cursor.execute("SELECT pg_try_advisory_xact_lock(7310901)")
            return cursor.fetchone()[0]

    seen = []
    while_held(
        shop_locks.lock_purchasing, [], seen=lambda: seen.extend(race([ask]).values)
    )
    assert seen + race([ask]).values == [False, True]
