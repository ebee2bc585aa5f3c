"""What is claimed depends on an account, a plan, a branch, a thing.

A claim waits for whoever ends one of them at that moment.
"""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from bookings.models import Booking, CheckIn, ClassSession
from bookings.operations import _places
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.checkins import check_in
from bookings.operations.closing import switch_room
from bookings.operations.sessions import session_of
from bookings.operations.waitlist import join_waitlist
from catalog.models import CartItem, Order, Product, Rental
from catalog.operations import carts, rentals
from catalog.operations.carts import add_to_cart
from catalog.operations.checkout import check_out
from catalog.operations.lending import switch_kind, switch_unit
from catalog.operations.rentals import Wish, rent
from gymsite.core import row_locks
from gymsite.core.errors import refusals
from gymsite.core.operations.branches import switch_branch
from gymsite.core.operations.users import deactivate_user
from gymsite.payments.models import Payment
from memberships.models import Membership, Plan
from memberships.operations.memberships import enroll
from tests import crowd
from tests.asserts import assert_all_holds, broken
from tests.factories import (
    BranchFactory,
    GymClassFactory,
    MemberFactory,
    PlanFactory,
    ProductFactory,
    RentalKindFactory,
    RentalUnitFactory,
    UserFactory,
)
from tests.race import OK, counting_deadlocks, once, race, while_held
from tests.triggers import without

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def owner():
    return UserFactory(role="owner").pk


@pytest.fixture
def believing(monkeypatch):
    """Let the code believe what it read before a wait, or beside an open change."""
    for name in ("SHARE", "KEY_SHARE"):
        monkeypatch.setattr(row_locks, name, "")
    unheld = rentals.SQL.take_unit.replace("FOR SHARE OF u", "")
    monkeypatch.setattr(rentals.SQL, "take_unit", unheld)
    unheld = carts.SQL.add_to_cart.replace("FOR SHARE OF p", "")
    monkeypatch.setattr(carts.SQL, "add_to_cart", unheld)


def closes_account(member, unit, owner, now):
    deactivate_user(user_id=member, actor_id=owner, reason="", now=now)


def puts_unit_away(member, unit, owner, now):
    switch_unit(unit_id=unit.pk, on=False, reason="", actor_id=owner, now=now)


def lends_none(member, unit, owner, now):
    switch_kind(kind_id=unit.kind_id, on=False, reason="", actor_id=owner, now=now)


def closes_branch(member, unit, owner, now):
    switch_branch(
        branch_id=unit.branch_id, on=False, reason="", actor_id=owner, now=now
    )


ENDS = [
    (closes_account, "not_found"),
    (puts_unit_away, "nothing_to_rent"),
    (lends_none, "rental_kind_not_found"),
    (closes_branch, "invalid"),
]


class TestRentals:
    def behind(self, ends, owner, now):
        unit, member = RentalUnitFactory(), MemberFactory().pk
        BranchFactory(name="Hill", slug="hill")  # the last one is never closed
        today = unit.branch.today(now)
        wish = Wish(
            unit.kind_id, unit.branch_id, member, today, today + timedelta(days=1)
        )
        return while_held(
            partial(ends, member, unit, owner, now), [partial(rent, wish=wish, now=now)]
        ).all[0]

    @pytest.mark.parametrize(("ends", "code"), ENDS)
    def test_what_ends_at_this_moment_is_not_rented(self, owner, now, ends, code):
        assert self.behind(ends, owner, now).code == code
        assert not Rental.objects.exists()
        assert not Payment.objects.exists()

    @pytest.mark.parametrize("ends", [ends for ends, _ in ENDS])
    def test_control_without_the_locks_it_is_rented(self, owner, now, ends, believing):
        assert self.behind(ends, owner, now).code == OK

    def test_eight_units_for_eight_members(self, now):
        kind = RentalKindFactory()
        unit = RentalUnitFactory(kind=kind)
        for _ in range(7):
            RentalUnitFactory(kind=kind, branch=unit.branch)
        today = unit.branch.today(now)
        wishes = [
            Wish(kind.pk, unit.branch_id, member, today, today)
            for member in crowd.members(8)
        ]
        assert race([partial(rent, wish=wish, now=now) for wish in wishes]).codes == {
            OK: 8
        }


class TestEnrolling:
    def behind(self, ends, now, gateway):
        member, plan = UserFactory().pk, PlanFactory()
        call = partial(
            enroll,
            member_id=member,
            plan_id=plan.pk,
            gateway=gateway,
            actor_id=member,
            now=now,
        )
        return while_held(partial(ends, member, plan), [call]).all[0]

    @pytest.mark.parametrize("gateway", ["desk", "card"])
    @pytest.mark.parametrize(
        ("what", "code"), [("account", "not_found"), ("plan", "plan_not_on_sale")]
    )
    def test_what_ends_at_this_moment_is_not_sold(
        self, owner, now, gateway, what, code
    ):
        assert self.behind(self.ending(what, owner, now), now, gateway).code == code
        assert not Membership.objects.exists()
        assert not Payment.objects.exists()

    @pytest.mark.parametrize("what", ["account", "plan"])
    def test_control_without_the_locks_it_is_sold(self, owner, now, what, believing):
        assert self.behind(self.ending(what, owner, now), now, "desk").code == OK

    def ending(self, what, owner, now):
        def ends(member, plan):
            if what == "plan":
                Plan.objects.filter(pk=plan.pk).update(is_on_sale=False)
            else:
                closes_account(member, None, owner, now)

        return ends


class TestCheckIn:
    def behind(self, owner, now):
        member = MemberFactory()
        call = partial(
            check_in,
            member_id=member.pk,
            branch_id=member.home_branch_id,
            method=CheckIn.Method.DESK,
            now=now,
        )
        return while_held(
            partial(closes_account, member.pk, None, owner, now), [call]
        ).all[0]

    def test_an_account_that_closes_at_this_moment_opens_no_door(self, owner, now):
        assert self.behind(owner, now).code == "account_closed"
        assert not CheckIn.objects.exists()

    def test_control_without_the_lock_it_does(self, owner, now, believing):
        assert self.behind(owner, now).code == OK


class TestShop:
    def adding_behind(self, now):
        """Hold the cart, and withdraw the product while another waits for it."""
        product, (member,) = ProductFactory(stock=9), crowd.members(1)
        cart = add_to_cart(
            member_id=member, product_id=ProductFactory().pk, now=now
        ).cart_id
        add = partial(add_to_cart, member_id=member, product_id=product.pk, now=now)
        withdraw = partial(
            Product.objects.filter(pk=product.pk).update,
            status=Product.Status.WITHDRAWN,
        )
        hold = partial(carts.locks.lock_cart, cart, member_id=member)
        return product, while_held(hold, [add, withdraw]).all[0]

    def test_a_product_withdrawn_while_the_cart_was_waited_for_is_not_put_in(self, now):
        product, added = self.adding_behind(now)
        assert added.code == "product_withdrawn"
        assert not CartItem.objects.filter(product=product).exists()

    def test_control_without_the_lock_it_is(self, now, believing):
        product, added = self.adding_behind(now)
        assert added.code == OK
        assert CartItem.objects.filter(product=product).exists()

    def test_a_branch_that_closes_while_the_card_is_asked_gets_no_order(
        self, now, owner, provider
    ):
        """The closing finds no order, so none may come after it."""
        BranchFactory(name="Hill", slug="hill")
        member, product = MemberFactory(), ProductFactory(stock=3)
        cart = add_to_cart(member_id=member.pk, product_id=product.pk, now=now).cart
        close = partial(
            switch_branch,
            branch_id=cart.branch_id,
            on=False,
            reason="",
            actor_id=owner,
            now=now,
        )
        provider.on_charge = once(close)
        outcome = race(
            [partial(check_out, cart_id=cart.pk, member_id=member.pk, now=now)]
        ).all[0]
        assert outcome.code == "branch_closed"
        assert (len(provider.taken), provider.books, Order.objects.count()) == (
            1,
            {},
            0,
        )


class TestSessions:
    """A new session in a room that is switched off at this moment.

    The constraint is bookings_classsession_parents_in_use.
    """

    def behind(self, owner, now):
        gym_class = GymClassFactory()
        hold = partial(
            switch_room,
            room_id=gym_class.room_id,
            on=False,
            reason="",
            actor_id=owner,
            now=now,
        )
        day = timezone.localdate() + timedelta(
            days=(gym_class.weekday - timezone.localdate().weekday()) % 7 + 7
        )
        return while_held(hold, [partial(self.make, gym_class, day)]).all[0]

    def make(self, gym_class, day):
        with refusals():
            session_of(gym_class, day).save(force_insert=True)

    def test_it_is_refused(self, owner, now):
        assert self.behind(owner, now).code == "not_in_use"
        assert not ClassSession.objects.exists()

    def test_control_a_trigger_that_does_not_wait_lets_it_in(self, owner, now):
        sessions = "bookings_classsession"
        with without("FOR SHARE", triggers="parents_in_use", table=sessions):
            assert self.behind(owner, now).code == OK


class TestBeforeTheFirstPayment:
    """One class before the first payment is taken.

    Somebody books it at the same moment from two phones.
    """

    def newcomer(self, now):
        member = UserFactory().pk
        enroll(member_id=member, plan_id=PlanFactory().pk, actor_id=member, now=now)
        return member

    def sessions(self, count, **values):
        days = [
            timezone.localdate() + timedelta(days=2 + number) for number in range(count)
        ]
        return [crowd.session(session_date=day, **values).pk for day in days]

    def test_two_at_once_book_one(self, now):
        member = self.newcomer(now)
        calls = [
            partial(book_session, session_id=pk, member_id=member, now=now)
            for pk in self.sessions(6)
        ]
        with counting_deadlocks() as deadlocks:
            assert race(calls).codes == {OK: 1, "payment_due": 5}
        assert (deadlocks, Booking.objects.count()) == ([0], 1)
        assert_all_holds()

    def test_control_counting_without_the_account_books_both(self, now, monkeypatch):
        monkeypatch.setattr(_places, "held", lambda member_id: None)
        member = self.newcomer(now)
        first, second = self.sessions(2)
        book = partial(book_session, member_id=member, now=now)
        assert while_held(
            partial(book, session_id=first), [partial(book, session_id=second)]
        ).codes == {OK: 1}
        assert Booking.objects.count() == 2
        assert list(broken()) == ["booked_before_the_first_payment"]

    def test_a_promotion_counts_what_is_booked_at_the_same_moment(self, now):
        member = self.newcomer(now)
        full, elsewhere = self.sessions(1, capacity=1) + self.sessions(2)[1:]
        (holder,) = crowd.members(1)
        booked = book_session(session_id=full, member_id=holder, now=now)
        join_waitlist(session_id=full, member_id=member, now=now)
        book = partial(book_session, session_id=elsewhere, member_id=member, now=now)
        cancel = partial(cancel_booking, booking_id=booked.pk, actor_id=holder, now=now)
        assert while_held(book, [cancel]).codes == {OK: 1}
        assert Booking.objects.filter(member_id=member, status="booked").count() == 1
        assert_all_holds()
