"""A hundred who want the last five, and other rushes on the shop.

The others are carts in opposite orders, holds that run out, and the last thing to rent.
"""

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.utils import timezone

from catalog import locks
from catalog.models import (
    Cart,
    Order,
    Product,
    ProductPair,
    Rental,
    Review,
    StockEntry,
    StockHold,
    StockLevel,
)
from catalog.models.stock import FEW
from catalog.operations import checkout, orders
from catalog.operations.carts import add_to_cart, ensure_cart, set_item
from catalog.operations.checkout import HOLD_LASTS, begin_checkout, check_out
from catalog.operations.orders import refund_order
from catalog.operations.rentals import (
    Wish,
    cancel_rental,
    hand_out,
    rent,
    return_rental,
)
from catalog.operations.reviews import write_review
from gymsite.payments.errors import PaymentUnderWay
from gymsite.payments.models import LedgerEntry, Payment
from tests import crowd
from tests.asserts import assert_all_holds
from tests.factories import (
    BranchFactory,
    ProductFactory,
    RentalUnitFactory,
    UserFactory,
)
from tests.race import (
    CONNECTIONS,
    OK,
    Rendezvous,
    after,
    counting_deadlocks,
    once,
    race,
    while_held,
)
from tests.triggers import without

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

PEOPLE, ITEMS = 100, 5


def carts(members, products, now):
    """{member: cart} of new carts with one of each product, in the order given."""
    for member in members:
        for product in products:
            add_to_cart(member_id=member, product_id=product.pk, now=now)
    return dict(
        Cart.objects.filter(member__in=members, status="open").values_list(
            "member_id", "pk"
        )
    )


def on_hand(product):
    return StockLevel.objects.get(product=product).on_hand


def pay(cart_of, now):
    return [
        partial(check_out, cart_id=cart, member_id=member, now=now)
        for member, cart in cart_of.items()
    ]


class TestLastItems:
    def test_control_reading_first_and_writing_then_oversells(self):
        """The same crowd, connections and harness against a level without its guards.

        Each wave reads before it writes. The first wave of 16 finds five and sells 16;
        that is what a shop does that asks first and books then.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE UNLOGGED TABLE unguarded_level AS SELECT 5 AS on_hand"
            )
            cursor.execute("CREATE UNLOGGED TABLE unguarded_sale (member int)")
        try:
            wave = Rendezvous(CONNECTIONS, patience=30)
            race(
                [
                    partial(_read_then_sell, member, wave)
                    for member in range(CONNECTIONS)
                ]
            )
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM unguarded_sale")
                sold = cursor.fetchone()[0]
        finally:
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE unguarded_level, unguarded_sale")
        assert sold == CONNECTIONS > ITEMS

    def test_of_100_on_the_last_5_exactly_5_buy_and_95_hear_that_it_is_sold_out(
        self, now
    ):
        product = ProductFactory(stock=ITEMS)
        outcomes = race(pay(carts(crowd.members(PEOPLE), [product], now), now))
        assert outcomes.codes == {OK: ITEMS, "out_of_stock": PEOPLE - ITEMS}
        assert on_hand(product) == 0
        assert Order.objects.count() == LedgerEntry.objects.count() == ITEMS
        assert StockEntry.objects.filter(kind="sale").count() == ITEMS
        assert (
            Payment.objects.filter(status="paid").count()
            == Payment.objects.count()
            == ITEMS
        )
        assert not StockHold.objects.exists()
        assert_all_holds()

    def test_one_member_who_taps_pay_20_times_pays_once(self, now):
        product, (member,) = ProductFactory(stock=ITEMS), crowd.members(1)
        outcomes = race(pay(carts([member], [product], now), now) * 20)
        assert set(outcomes.codes) <= {OK, "payment_under_way"}
        assert (
            Order.objects.count()
            == LedgerEntry.objects.count()
            == Payment.objects.count()
            == 1
        )
        assert on_hand(product) == ITEMS - 1
        assert_all_holds()


def _read_then_sell(member: int, wave: Rendezvous) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT on_hand > 0 FROM unguarded_level")
        (there,) = cursor.fetchone()
        wave.meet()
        if there:
            cursor.execute("INSERT INTO unguarded_sale VALUES (%s)", [member])


class TestOppositeOrders:
    """Two carts with the same products, put in in opposite orders."""

    ROUNDS = 25

    @pytest.fixture
    def products(self):
        return [ProductFactory(stock=1000), ProductFactory(stock=1000)]

    def test_control_taking_stock_in_the_order_of_the_cart_deadlocks(
        self, products, now
    ):
        """The ledger's trigger takes stock for each entry.

        Here it follows the order of the cart's own items.
        """
        both = Rendezvous(2, patience=5)
        with counting_deadlocks() as deadlocks:
            outcomes = race(
                [
                    partial(_take_in_order, order, both)
                    for order in (products, products[::-1])
                ]
            )
        assert outcomes.codes == {OK: 1, "40P01": 1}
        assert deadlocks == [1]

    def test_both_wait_for_the_first_of_them_and_hold_nothing_behind_it(
        self, products, now
    ):
        """The store's rows lie the other way round on the disk.

        They do once the first one was sold.
        """
        first, second = lying_the_other_way_round(products)
        free = []
        outcomes = while_held(
            partial(locks.lock_levels, [first.pk]),
            [
                partial(lock_levels_of, order)
                for order in ([first, second], [second, first])
            ],
            seen=lambda: free.append(is_free(second)),
        )
        assert (outcomes.codes, free) == ({OK: 2}, [True])

    def test_control_without_the_order_somebody_holds_what_is_behind_it(
        self, products, now
    ):
        first, second = lying_the_other_way_round(products)
        free = []
        while_held(
            partial(locks.lock_levels, [first.pk]),
            [partial(lock_as_they_lie, [first, second])],
            seen=lambda: free.append(is_free(second)),
        )
        assert free == [False]

    def test_they_never_deadlock(self, products, now):
        """Four members pay at once.

        Two have the same products put in in one order, two in the other.
        """
        with counting_deadlocks() as deadlocks:
            for _ in range(self.ROUNDS):
                members = crowd.members(4)
                there = carts(members[:2], products, now) | carts(
                    members[2:], products[::-1], now
                )
                assert race(pay(there, now)).codes == {OK: 4}
        assert deadlocks == [0]
        assert [on_hand(product) for product in products] == [
            1000 - 4 * self.ROUNDS
        ] * 2
        assert_all_holds()

    def test_what_is_bought_together_is_counted_in_one_order(self, now):
        """Neither product is counted.

        So nothing but the pairs themselves makes one order wait for the other.
        """
        courses = [
            ProductFactory(tracks_stock=False),
            ProductFactory(tracks_stock=False),
        ]
        sold_before(courses, now)
        assert self.orders_at_once(courses, now) == ({OK: 2}, [0])
        assert set(ProductPair.objects.values_list("orders", flat=True)) == {3}

    def test_control_counting_pairs_in_the_order_of_the_cart_deadlocks(
        self, now, monkeypatch
    ):
        courses = [
            ProductFactory(tracks_stock=False),
            ProductFactory(tracks_stock=False),
        ]
        sold_before(courses, now)
        unordered = checkout.SQL.count_pairs.replace(
            "ORDER BY a.product_id, b.product_id", "ORDER BY a.id"
        )
        monkeypatch.setattr(checkout.SQL, "count_pairs", unordered)
        codes, deadlocks = self.orders_at_once(courses, now)
        assert deadlocks == [1]
        assert codes == {OK: 2}  # the loser was tried again

    def orders_at_once(self, products, now):
        """Pay two carts, filled in opposite orders, while the first pair is held.

        Both wait, then it is let go.
        """
        one, two = crowd.members(2)
        there = carts([one], products, now) | carts([two], products[::-1], now)
        with connection.cursor() as cursor:
            # so few that they are read as they lie
            cursor.execute("ANALYZE catalog_cartitem")
        # not the products
        pair = ProductPair.objects.select_for_update(of=("self",)).order_by(
            "product", "other"
        )
        with counting_deadlocks() as deadlocks:
            outcomes = while_held(lambda: pair[0], pay(there, now))
        return outcomes.codes, deadlocks


def sold_before(products, now):
    (member,) = crowd.members(1)
    race(pay(carts([member], products, now), now))


def lying_the_other_way_round(products):
    """The products by key, the first one's level behind the second one's.

    They are so few that they are read as they lie.
    """
    first, second = sorted(products, key=lambda product: product.pk)
    StockEntry.objects.create(
        branch=BranchFactory(),
        product=first,
        kind="stock_take",
        quantity=1,
        at=timezone.now(),
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_stocklevel")
    return first, second


def lock_levels_of(products):
    with transaction.atomic():
        locks.lock_levels([product.pk for product in products])


def lock_as_they_lie(products):
    """Lock as ``lock_levels`` does, but without its order."""
    with transaction.atomic():
        list(
            StockLevel.objects.select_for_update(no_key=True).filter(
                product__in=products
            )
        )


def is_free(product):
    """Whether nobody holds the product's stock, asked on another connection."""

    def ask():
        with transaction.atomic():
            return (
                StockLevel.objects.select_for_update(skip_locked=True)
                .filter(product=product)
                .exists()
            )

    return race([ask]).values == [True]


def _take_in_order(products, both: Rendezvous) -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        try:
            for product in products:
                cursor.execute(
                    "INSERT INTO catalog_stockentry (branch_id, product_id, kind, "
                    "quantity, balance, reason, at) SELECT branch_id, product_id, "
                    "'stock_take', -1, 0, '', now() FROM catalog_stockentry WHERE "
                    "product_id = %s LIMIT 1",
                    [product.pk],
                )
                both.meet()
            cursor.execute("COMMIT")
        except Exception:
            cursor.execute("ROLLBACK")
            raise


class TestHolds:
    def test_a_hold_that_runs_out_while_the_card_is_asked_sells_the_last_one_once(
        self, provider, now
    ):
        """The rival buys when the card has paid and the hold has run out.

        The money goes back.
        """
        product, (holder, rival) = ProductFactory(stock=1), crowd.members(2)
        cart_of = carts([holder, rival], [product], now)
        # paying took longer than the hold
        began = now - HOLD_LASTS - timedelta(seconds=1)
        provider.on_charge = once(
            partial(check_out, cart_id=cart_of[rival], member_id=rival, now=now)
        )
        outcome = race(
            [partial(check_out, cart_id=cart_of[holder], member_id=holder, now=began)]
        )
        assert outcome.codes == {"out_of_stock": 1}
        order = Order.objects.get()
        assert order.member_id == rival
        assert LedgerEntry.objects.count() == 1
        assert Counter(Payment.objects.values_list("status", flat=True)) == {
            "paid": 1,
            "returned": 1,
        }
        assert provider.books == {order.payment.key: product.price_minor}
        assert_all_holds()

    def test_a_slow_payment_that_a_second_try_took_up_is_not_given_back(
        self, provider, now
    ):
        """One key, one charge.

        The first try must not return what has paid the second one's order.
        """
        product, (member,) = ProductFactory(stock=3), crowd.members(1)
        (cart,) = carts([member], [product], now).values()
        again = partial(
            check_out, cart_id=cart, member_id=member, now=now + timedelta(minutes=3)
        )
        provider.on_charge = once(again)
        outcome = race([partial(check_out, cart_id=cart, member_id=member, now=now)])
        assert outcome.codes == {OK: 1}
        (order,) = Order.objects.all()
        assert outcome.values[0][0] == order
        assert (provider.books, LedgerEntry.objects.count()) == (
            {order.payment.key: order.total_minor},
            1,
        )
        assert_all_holds()

    def test_two_who_hold_the_last_one_at_once_one_holds_it(self, now):
        product, members = ProductFactory(stock=1), crowd.members(16)
        outcomes = race(
            [
                partial(
                    begin_checkout,
                    cart_id=cart,
                    member_id=member,
                    gateway="card",
                    now=now,
                )
                for member, cart in carts(members, [product], now).items()
            ]
        )
        assert outcomes.codes == {OK: 1, "out_of_stock": 15}
        assert StockHold.objects.count() == 1

    def test_a_killed_payment_is_taken_up_once(self, now):
        product, (member,) = ProductFactory(stock=3), crowd.members(1)
        (cart,) = carts([member], [product], now).values()
        left = begin_checkout(cart_id=cart, member_id=member, gateway="card", now=now)
        later = now + timedelta(minutes=3)
        outcomes = race(
            [partial(check_out, cart_id=cart, member_id=member, now=later)] * 10
        )
        assert set(outcomes.codes) <= {OK, PaymentUnderWay.code}
        assert Order.objects.get().payment_id == left.pk
        assert_all_holds()


class TestCarts:
    def test_ten_first_clicks_make_one_cart(self, now):
        (member,) = crowd.members(1)
        outcomes = race([partial(ensure_cart, member_id=member, now=now)] * 10)
        assert outcomes.codes == {OK: 10}
        assert Cart.objects.count() == 1

    def test_what_is_added_while_it_is_paid_is_paid_or_refused_never_lost(self, now):
        product, other = ProductFactory(), ProductFactory(price_minor=100)
        for member in crowd.members(10):
            (cart,) = carts([member], [product], now).values()
            change = partial(
                set_item,
                cart_id=cart,
                member_id=member,
                product_id=other.pk,
                quantity=1,
                now=now,
            )
            outcomes = race([*pay({member: cart}, now), change])
            assert outcomes.all[0].code == OK
            assert outcomes.all[1].code in {OK, "cart_ordered", "payment_under_way"}
            total = product.price_minor + (100 if outcomes.all[1].code == OK else 0)
            assert Order.objects.get(member_id=member).total_minor == total
        assert_all_holds()


class TestGivingBack:
    def test_a_refund_asked_10_times_at_once_is_given_once(self, now):
        product, (member,), staff = (
            ProductFactory(stock=5),
            crowd.members(1),
            UserFactory(role="manager"),
        )
        (cart,) = carts([member], [product], now).values()
        order, _ = check_out(cart_id=cart, member_id=member, now=now)
        outcomes = race(
            [
                partial(
                    refund_order,
                    order_id=order.pk,
                    restock=True,
                    reason="",
                    actor_id=staff.pk,
                    now=now,
                )
            ]
            * 10
        )
        assert outcomes.codes == {OK: 1, "refund_too_much": 9}
        assert on_hand(product) == 5
        assert LedgerEntry.objects.filter(kind="refund").count() == 1
        assert_all_holds()

    def refunded_twice(self, monkeypatch, now):
        """Two refunds of one order.

        Each is held after it has read what is left, until the other has read it too.
        """
        product, (member,), staff = (
            ProductFactory(stock=5),
            crowd.members(1),
            UserFactory(role="manager"),
        )
        (cart,) = carts([member], [product], now).values()
        order, _ = check_out(cart_id=cart, member_id=member, now=now)
        meeting = Rendezvous()
        after(monkeypatch, orders, "_chosen", meeting.meet)
        refund = partial(
            refund_order,
            order_id=order.pk,
            restock=False,
            reason="",
            actor_id=staff.pk,
            now=now,
        )
        return race([refund] * 2), meeting

    def test_the_second_refund_of_two_reads_what_the_first_has_left(
        self, monkeypatch, now
    ):
        outcomes, meeting = self.refunded_twice(monkeypatch, now)
        assert outcomes.codes == {OK: 1, "refund_too_much": 1}
        # the second one waited for the order before it read
        assert not meeting.everybody_came
        assert LedgerEntry.objects.filter(kind="refund").count() == 1
        assert_all_holds()

    def test_control_without_holding_the_order_both_read_that_all_is_left(
        self, monkeypatch, now
    ):
        """Without the order's lock both read that all is left.

        Then only the constraint on what is refunded of a line keeps the member from
        getting the money twice.
        """
        monkeypatch.setattr(
            locks, "lock_order", lambda order_id: Order.objects.get(pk=order_id)
        )
        outcomes, meeting = self.refunded_twice(monkeypatch, now)
        assert meeting.everybody_came
        assert outcomes.codes == {OK: 1, "refund_too_much": 1}

    def test_who_puts_goods_back_waits_for_the_first_product_and_holds_none_behind_it(
        self, now
    ):
        """The goods are in the cart the other way round."""
        products, (member,), staff = (
            [ProductFactory(), ProductFactory()],
            crowd.members(1),
            UserFactory(role="manager"),
        )
        (cart,) = carts([member], products[::-1], now).values()
        order, _ = check_out(cart_id=cart, member_id=member, now=now)
        back, free = (
            {"restock": True, "reason": "", "actor_id": staff.pk, "now": now},
            [],
        )
        outcomes = while_held(
            partial(locks.lock_levels, [products[0].pk]),
            [partial(refund_order, order_id=order.pk, **back)],
            seen=lambda: free.append(is_free(products[1])),
        )
        assert (outcomes.codes, free) == ({OK: 1}, [True])

    def test_a_review_sent_10_times_at_once_is_one(self, now):
        product, (member,) = ProductFactory(), crowd.members(1)
        (cart,) = carts([member], [product], now).values()
        check_out(cart_id=cart, member_id=member, now=now)
        outcomes = race(
            [
                partial(
                    write_review,
                    product_id=product.pk,
                    member_id=member,
                    rating=5,
                    now=now,
                )
            ]
            * 10
        )
        assert outcomes.codes == {OK: 1, "already_reviewed": 9}
        assert Review.objects.count() == 1


class TestVersionOfTheShop:
    """A sale that changes what the shelf says, or an edit, stamps the shop.

    Both name the product.
    """

    def edited_while_sold(self, monkeypatch, now):
        """Edit a product when a sale has changed the words on the shelf.

        Then both go on.
        """
        product, (member,), both = (
            ProductFactory(stock=FEW + 1),
            crowd.members(1),
            Rendezvous(patience=3),
        )
        sale = pay(carts([member], [product], now), now)
        after(
            monkeypatch,
            checkout,
            "_take_stock",
            lambda: (both.meet_again(), both.meet_again()),
        )
        with counting_deadlocks() as deadlocks:
            outcomes = race([*sale, partial(_edit, product, both)])
        return outcomes.codes, deadlocks

    def test_a_sale_down_to_few_and_an_edit_of_its_slug_do_not_wait_in_a_circle(
        self, monkeypatch, now
    ):
        assert self.edited_while_sold(monkeypatch, now) == ({OK: 2}, [0])
        assert Product.objects.values_list("slug", "stock__on_hand").get() == (
            "edited",
            FEW,
        )

    def test_control_a_version_that_is_waited_for_deadlocks(self, monkeypatch, now):
        """The entry's foreign key asks for the product at COMMIT.

        By then the shop's version is held already.
        """
        with without(" SKIP LOCKED", triggers="bumps_shop"):
            _, deadlocks = self.edited_while_sold(monkeypatch, now)
        assert deadlocks == [1]

    def test_who_writes_a_review_anew_waits_for_who_has_the_product(self, now):
        product, (member,) = ProductFactory(), crowd.members(1)
        (cart,) = carts([member], [product], now).values()
        check_out(cart_id=cart, member_id=member, now=now)
        review = write_review(
            product_id=product.pk, member_id=member, rating=5, now=now
        )
        Review.objects.update(status="published")
        words = {"rating": 1, "title": "No", "text": "No more", "status": "published"}
        with counting_deadlocks() as deadlocks:
            outcomes = while_held(
                lambda: Product.objects.select_for_update(no_key=True).get(),
                [lambda: Review.objects.filter(pk=review.pk).update(**words)],
                seen=lambda: Product.objects.update(name="Edited"),
            )
        assert (outcomes.codes, deadlocks) == ({OK: 1}, [0])


def _edit(product, both: Rendezvous) -> None:
    """Edit a product as the admin's form does.

    The edit is held between its row and the version that the row's trigger stamps.
    """
    both.meet_again()
    with transaction.atomic():
        Product.objects.select_for_update().get(pk=product.pk)
        both.meet_again()
        Product.objects.filter(pk=product.pk).update(slug="edited")


class TestRentals:
    def wish(self, unit, member, now, days=3):
        first = now.astimezone(unit.branch.zone).date()
        return Wish(
            unit.kind_id,
            unit.branch_id,
            member,
            first,
            first + timedelta(days=days - 1),
        )

    def test_control_asking_first_and_lending_then_lends_it_twice(self):
        """The question is the same as ours.

        There is no exclusion constraint to answer it a second time.
        """
        with connection.cursor() as cursor:
            cursor.execute("CREATE UNLOGGED TABLE unguarded_rental (member int)")
        try:
            both = Rendezvous(2, patience=30)
            race([partial(_ask_then_lend, member, both) for member in range(2)])
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM unguarded_rental")
                lent = cursor.fetchone()[0]
        finally:
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE unguarded_rental")
        assert lent == 2

    def test_of_20_who_want_the_last_unit_one_has_it(self, now):
        unit, members = RentalUnitFactory(), crowd.members(20)
        outcomes = race(
            [
                partial(rent, wish=self.wish(unit, member, now), now=now)
                for member in members
            ]
        )
        assert outcomes.codes == {OK: 1, "nothing_to_rent": 19}
        assert Rental.objects.count() == LedgerEntry.objects.count() == 1
        assert_all_holds()

    def test_of_20_who_want_three_units_three_have_one_each(self, now):
        unit = RentalUnitFactory()
        for _ in range(2):
            RentalUnitFactory(kind=unit.kind, branch=unit.branch)
        outcomes = race(
            [
                partial(rent, wish=self.wish(unit, member, now), now=now)
                for member in crowd.members(20)
            ]
        )
        assert outcomes.codes == {OK: 3, "nothing_to_rent": 17}
        assert Rental.objects.values("unit").distinct().count() == 3

    def test_a_rental_given_up_while_the_card_was_asked_gets_its_money_back(
        self, provider, now
    ):
        unit, (member,) = RentalUnitFactory(), crowd.members(1)

        def gives_up():
            cancel_rental(
                rental_id=Rental.objects.get().pk,
                member_id=member,
                actor_id=member,
                now=now,
            )

        provider.on_charge = once(gives_up)
        outcome = race([partial(rent, wish=self.wish(unit, member, now), now=now)])
        assert outcome.codes == {"payment_given_up": 1}
        assert Payment.objects.get().status == "returned"
        assert (len(provider.taken), provider.books) == (1, {})
        assert Rental.objects.get().status == "cancelled"
        assert not LedgerEntry.objects.exists()
        assert_all_holds()

    def test_a_thing_returned_10_times_at_once_is_returned_once(self, now):
        unit, (member,) = RentalUnitFactory(kind__deposit_minor=1000), crowd.members(1)
        rental = rent(wish=self.wish(unit, member, now), now=now)
        hand_out(rental_id=rental.pk, actor_id=member, now=now)
        outcomes = race(
            [partial(return_rental, rental_id=rental.pk, actor_id=member, now=now)] * 10
        )
        assert outcomes.codes == {OK: 1, "wrong_rental_state": 9}
        assert LedgerEntry.objects.filter(kind="refund").count() == 1
        assert_all_holds()


def _ask_then_lend(member: int, both: Rendezvous) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM unguarded_rental")
        (lent,) = cursor.fetchone()
        both.meet()
        if not lent:
            cursor.execute("INSERT INTO unguarded_rental VALUES (%s)", [member])
