"""Paying a cart: an order is paid or not placed, at the price that was seen."""

from datetime import timedelta
from functools import partial

import pytest

from catalog import errors
from catalog.models import (
    Cart,
    CartItem,
    Order,
    Product,
    ProductPair,
    StockEntry,
    StockHold,
    StockLevel,
)
from catalog.operations import carts
from catalog.operations.carts import (
    accept_changes,
    add_to_cart,
    ensure_cart,
    remove_item,
    set_item,
)
from catalog.operations.checkout import (
    HOLD_LASTS,
    OrderPurpose,
    begin_checkout,
    check_out,
    sweep_holds,
)
from gymsite.core.errors import Busy, Invalid
from gymsite.core.models import Branch, Event
from gymsite.payments.errors import PaymentDeclined, PaymentUnderWay
from gymsite.payments.gateways import Charge, Outcome
from gymsite.payments.models import LedgerEntry, Payment
from gymsite.payments.operations import LONGEST_PAYMENT, sweep
from gymsite.payments.operations.paying import ABANDONED, conclude
from tests.factories import BranchFactory, MemberFactory, ProductFactory

pytestmark = pytest.mark.django_db

PAID = Charge(Outcome.PAID, "ch_1")


def on_hand(product):
    return StockLevel.objects.get(product=product).on_hand


def nothing_happened(product, stock):
    assert on_hand(product) == stock
    assert not Order.objects.exists()
    assert not LedgerEntry.objects.exists()
    assert not StockEntry.objects.filter(kind="sale").exists()


class TestCart:
    def test_a_member_has_one_open_cart(self, now):
        member = MemberFactory()
        cart, made = ensure_cart(member_id=member.pk, now=now)
        assert (made, cart.branch) == (True, member.home_branch)
        assert ensure_cart(member_id=member.pk, now=now) == (cart, False)

    def test_adding_twice_adds_up_and_setting_sets(self, now):
        member, product = MemberFactory(), ProductFactory()
        add_to_cart(member_id=member.pk, product_id=product.pk, quantity=2, now=now)
        cart_id = add_to_cart(
            member_id=member.pk, product_id=product.pk, quantity=3, now=now
        ).cart_id
        assert CartItem.objects.get().quantity == 5
        set_item(
            cart_id=cart_id,
            member_id=member.pk,
            product_id=product.pk,
            quantity=1,
            now=now,
        )
        assert CartItem.objects.get().quantity == 1
        remove_item(
            cart_id=cart_id, member_id=member.pk, product_id=product.pk, now=now
        )
        assert not CartItem.objects.exists()

    @pytest.mark.parametrize("quantity", [0, -1, 51, 10**9])
    def test_quantities_out_of_bounds_are_refused_with_the_bounds(self, now, quantity):
        with pytest.raises(Invalid, match="Take 1 to 50 of it"):
            add_to_cart(
                member_id=MemberFactory().pk,
                product_id=ProductFactory().pk,
                quantity=quantity,
                now=now,
            )

    def test_adding_beyond_fifty_in_steps_is_refused_too(self, now):
        member, product = MemberFactory(), ProductFactory(stock=100)
        add_to_cart(member_id=member.pk, product_id=product.pk, quantity=50, now=now)
        with pytest.raises(Invalid):
            add_to_cart(member_id=member.pk, product_id=product.pk, quantity=1, now=now)

    def test_what_is_not_there_or_not_sold_or_sold_out_is_refused(self, now):
        member = MemberFactory()
        with pytest.raises(errors.ProductNotFound):
            add_to_cart(member_id=member.pk, product_id=10**12, now=now)
        with pytest.raises(errors.ProductWithdrawn):
            add_to_cart(
                member_id=member.pk,
                product_id=ProductFactory(status="withdrawn").pk,
                now=now,
            )
        with pytest.raises(errors.OutOfStock, match="sold out"):
            add_to_cart(
                member_id=member.pk, product_id=ProductFactory(stock=0).pk, now=now
            )

    def test_another_members_cart_is_not_there(self, fill, now):
        cart_id = fill(MemberFactory(), ProductFactory())
        stranger = MemberFactory()
        product = ProductFactory()
        with pytest.raises(errors.CartNotFound):
            set_item(
                cart_id=cart_id,
                member_id=stranger.pk,
                product_id=product.pk,
                quantity=1,
                now=now,
            )
        with pytest.raises(errors.CartNotFound):
            check_out(cart_id=cart_id, member_id=stranger.pk, now=now)


class TestPaying:
    def test_an_order_takes_the_stock_and_enters_the_money(self, fill, now):
        member = MemberFactory()
        mat = ProductFactory(price_minor=1000)
        rope = ProductFactory(price_minor=250)
        fill(member, mat, quantity=2)
        cart_id = fill(member, rope)
        order, placed = check_out(cart_id=cart_id, member_id=member.pk, now=now)
        assert (placed, order.total_minor, order.status) == (True, 2250, "paid")
        assert (on_hand(mat), on_hand(rope)) == (18, 19)
        assert list(
            order.stock_entries.order_by("product").values_list("kind", "quantity")
        ) == [
            ("sale", -2),
            ("sale", -1),
        ]
        entry = LedgerEntry.objects.get()
        assert (entry.kind, entry.amount_minor, entry.payment) == (
            "charge",
            2250,
            order.payment,
        )
        assert not StockHold.objects.exists()
        assert Event.objects.filter(kind="ordered", subject_id=order.pk).count() == 1

    def test_paying_twice_gives_the_same_order_and_charges_once(self, buy, now):
        order = buy(ProductFactory())
        again, placed = check_out(
            cart_id=order.cart_id, member_id=order.member_id, now=now
        )
        assert (again, placed) == (order, False)
        assert Payment.objects.count() == LedgerEntry.objects.count() == 1

    def test_a_pass_never_runs_out_and_moves_no_stock(self, buy):
        order = buy(ProductFactory(tracks_stock=False), quantity=50)
        assert not order.stock_entries.exists()

    def test_a_declined_card_charges_nothing_and_keeps_the_cart(self, fill, now):
        member, product = MemberFactory(), ProductFactory(stock=3)
        cart_id = fill(member, product)
        with pytest.raises(PaymentDeclined):
            check_out(
                cart_id=cart_id, member_id=member.pk, source="test_declines", now=now
            )
        nothing_happened(product, 3)
        assert Cart.objects.get().status == "open"
        assert Payment.objects.get().status == "failed"
        assert check_out(cart_id=cart_id, member_id=member.pk, now=now)[1]

    def test_an_empty_cart_is_not_paid(self, now):
        member = MemberFactory()
        cart, _ = ensure_cart(member_id=member.pk, now=now)
        with pytest.raises(errors.CartEmpty):
            check_out(cart_id=cart.pk, member_id=member.pk, now=now)

    def test_the_order_is_collected_where_one_says(self, fill, now):
        member, branch = MemberFactory(), BranchFactory(slug="hill", name="Hill")
        order, _ = check_out(
            cart_id=fill(member, ProductFactory()),
            member_id=member.pk,
            branch_id=branch.pk,
            now=now,
        )
        assert order.branch == branch

    def test_products_bought_together_are_counted_both_ways(self, buy):
        mat, rope = ProductFactory(), ProductFactory()
        buy(mat, rope)
        buy(rope, mat)
        buy(mat)
        pairs = set(ProductPair.objects.values_list("product", "other", "orders"))
        assert pairs == {(mat.pk, rope.pk, 2), (rope.pk, mat.pk, 2)}

    def test_only_this_carts_products_are_counted_as_bought_together(self, fill, buy):
        fill(MemberFactory(), ProductFactory(), ProductFactory())  # never paid
        mat, rope = ProductFactory(), ProductFactory()
        buy(mat, rope)
        assert set(ProductPair.objects.values_list("product", "other")) == {
            (mat.pk, rope.pk),
            (rope.pk, mat.pk),
        }

    def test_paying_again_gives_the_order_of_this_cart_among_others(self, buy, now):
        orders = [buy(ProductFactory()) for _ in range(3)]
        again, _ = check_out(
            cart_id=orders[1].cart_id, member_id=orders[1].member_id, now=now
        )
        assert again == orders[1]
        assert OrderPurpose().found(orders[1].payment) == orders[1]

    @pytest.mark.parametrize("asked", [{"gateway": "gold"}, {"branch_id": 0}])
    def test_a_way_to_pay_or_a_branch_that_is_not_there_begins_nothing(
        self, fill, now, asked
    ):
        member = MemberFactory()
        cart_id = fill(member, ProductFactory())
        with pytest.raises(Invalid):
            check_out(cart_id=cart_id, member_id=member.pk, **asked, now=now)
        assert not Payment.objects.exists()
        assert not StockHold.objects.exists()

    def test_nothing_is_collected_at_a_branch_that_is_closed(self, fill, now):
        member, closed = MemberFactory(), BranchFactory(slug="hill", is_active=False)
        with pytest.raises(Invalid):
            check_out(
                cart_id=fill(member, ProductFactory()),
                member_id=member.pk,
                branch_id=closed.pk,
                now=now,
            )

    def test_the_branch_of_the_cart_may_be_named(self, fill, now):
        member = MemberFactory()
        cart_id = fill(member, ProductFactory())
        branch = Cart.objects.get().branch_id
        order, _ = check_out(
            cart_id=cart_id, member_id=member.pk, branch_id=branch, now=now
        )
        assert order.branch_id == branch

    def test_an_order_is_recorded_for_its_member(self, buy, now):
        order = buy(ProductFactory())
        event = Event.objects.get(kind="ordered")
        assert (event.at, event.actor_id, event.member_id) == (
            order.placed_at,
            order.member_id,
            order.member_id,
        )
        assert (event.subject_id, event.branch_id) == (order.pk, order.branch_id)


class TestWhatChangedMeanwhile:
    def test_a_new_price_stops_it_shows_both_and_charges_nothing(self, fill, now):
        member, product = MemberFactory(), ProductFactory(price_minor=1000, stock=3)
        cart_id = fill(member, product)
        Product.objects.filter(pk=product.pk).update(price_minor=1200)
        with pytest.raises(
            errors.CartChanged, match=r"£12.00 now, not £10.00"
        ) as refused:
            check_out(cart_id=cart_id, member_id=member.pk, now=now)
        (line,) = refused.value.values["lines"]
        assert (line["old_minor"], line["new_minor"]) == (1000, 1200)
        nothing_happened(product, 3)
        accept_changes(cart_id=cart_id, member_id=member.pk, now=now)
        assert (
            check_out(cart_id=cart_id, member_id=member.pk, now=now)[0].total_minor
            == 1200
        )

    def test_a_withdrawn_product_stops_it_and_accepting_leaves_it_out(self, fill, now):
        member = MemberFactory()
        product = ProductFactory(stock=3)
        other = ProductFactory()
        cart_id = fill(member, product, other)
        Product.objects.filter(pk=product.pk).update(status="withdrawn")
        with pytest.raises(errors.ProductWithdrawn, match="not sold any more"):
            check_out(cart_id=cart_id, member_id=member.pk, now=now)
        nothing_happened(product, 3)
        accept_changes(cart_id=cart_id, member_id=member.pk, now=now)
        assert [item.product for item in CartItem.objects.all()] == [other]

    def test_missing_stock_stops_it_and_says_how_much_there_is(self, fill, buy, now):
        member, product = MemberFactory(), ProductFactory(stock=3)
        cart_id = fill(member, product, quantity=3)
        buy(product, quantity=2)
        with pytest.raises(
            errors.OutOfStock, match=r"Only 1 of .* is left, you want 3"
        ) as refused:
            check_out(cart_id=cart_id, member_id=member.pk, now=now)
        assert refused.value.values["lines"] == [
            {
                "product_id": product.pk,
                "name": product.name,
                "wanted": 3,
                "available": 1,
            }
        ]
        # no card was asked
        assert Order.objects.count() == Payment.objects.count() == 1


class TestHolds:
    def begin(self, fill, member, product, now, quantity=1):
        cart_id = fill(member, product, quantity=quantity)
        payment = begin_checkout(
            cart_id=cart_id, member_id=member.pk, gateway="card", now=now
        )
        return cart_id, payment

    def test_what_one_cart_holds_no_other_buys_for_15_minutes(self, fill, now):
        holder = MemberFactory()
        rival = MemberFactory()
        product = ProductFactory(stock=1)
        rivals = fill(rival, product)
        self.begin(fill, holder, product, now)
        with pytest.raises(errors.OutOfStock):
            check_out(
                cart_id=rivals,
                member_id=rival.pk,
                now=now + HOLD_LASTS - timedelta(seconds=1),
            )
        assert check_out(cart_id=rivals, member_id=rival.pk, now=now + HOLD_LASTS)[1]

    def test_a_hold_that_expires_during_payment_sells_once_and_charges_once(
        self, fill, now
    ):
        holder = MemberFactory()
        rival = MemberFactory()
        product = ProductFactory(stock=1)
        _, payment = self.begin(fill, holder, product, now)
        later = now + HOLD_LASTS
        check_out(cart_id=fill(rival, product), member_id=rival.pk, now=later)
        with pytest.raises(errors.OutOfStock):
            conclude(payment, PAID, now=later)
        assert (
            on_hand(product),
            Order.objects.count(),
            LedgerEntry.objects.count(),
        ) == (0, 1, 1)
        assert Payment.objects.get(pk=payment.pk).status == "returned"

    def test_a_hold_that_expired_is_still_good_where_nobody_was_quicker(
        self, fill, now
    ):
        holder, product = MemberFactory(), ProductFactory(stock=1)
        cart_id, payment = self.begin(fill, holder, product, now)
        later = now + 2 * HOLD_LASTS
        assert conclude(payment, PAID, now=later) == Order.objects.get(cart=cart_id)

    def test_while_it_is_being_paid_a_cart_is_neither_paid_again_nor_changed(
        self, fill, now
    ):
        holder, product = MemberFactory(), ProductFactory()
        cart_id, _ = self.begin(fill, holder, product, now)
        with pytest.raises(PaymentUnderWay):
            check_out(cart_id=cart_id, member_id=holder.pk, now=now)
        with pytest.raises(PaymentUnderWay):
            add_to_cart(member_id=holder.pk, product_id=product.pk, now=now)

    def test_a_payment_nobody_came_back_for_is_taken_up_again(self, fill, now):
        holder, product = MemberFactory(), ProductFactory()
        cart_id, payment = self.begin(fill, holder, product, now)
        order, _ = check_out(
            cart_id=cart_id, member_id=holder.pk, now=now + LONGEST_PAYMENT
        )
        assert order.payment_id == payment.pk
        assert Payment.objects.count() == LedgerEntry.objects.count() == 1

    def test_however_long_it_takes_a_cart_under_payment_stays_as_it_is(self, fill, now):
        holder, product = MemberFactory(), ProductFactory()
        cart_id, payment = self.begin(fill, holder, product, now)
        later = now + timedelta(days=3)
        for change in (add_to_cart, partial(set_item, cart_id=cart_id, quantity=2)):
            with pytest.raises(PaymentUnderWay):
                change(member_id=holder.pk, product_id=product.pk, now=later)
        assert sweep(now=now + ABANDONED) == 1
        assert Payment.objects.get(pk=payment.pk).status == "failed"
        set_item(
            cart_id=cart_id,
            member_id=holder.pk,
            product_id=product.pk,
            quantity=2,
            now=later,
        )
        order, _ = check_out(cart_id=cart_id, member_id=holder.pk, now=later)
        assert order.payment_id != payment.pk

    def test_it_lasts_a_quarter_of_an_hour_for_what_is_counted(self, fill, now):
        member = MemberFactory()
        counted = ProductFactory(stock=5)
        endless = ProductFactory(tracks_stock=False)
        fill(member, counted, endless, quantity=2)
        self.begin(fill, member, ProductFactory(), now)
        held = dict(StockHold.objects.values_list("product", "quantity"))
        assert (held.get(counted.pk), endless.pk in held, len(held)) == (2, False, 2)
        assert set(StockHold.objects.values_list("expires_at", flat=True)) == {
            now + timedelta(minutes=15)
        }

    def test_neither_beginning_nor_paying_lets_go_of_what_another_cart_holds(
        self, fill, buy, now
    ):
        holder, product = MemberFactory(), ProductFactory(stock=3)
        cart_id, _ = self.begin(fill, holder, product, now)
        buy(product)
        assert StockHold.objects.get().cart_id == cart_id

    def test_a_hold_that_expired_does_not_take_what_another_cart_holds_by_now(
        self, fill, now
    ):
        """The stock is still there, so nothing but looking again refuses it."""
        holder = MemberFactory()
        rival = MemberFactory()
        product = ProductFactory(stock=1)
        _, payment = self.begin(fill, holder, product, now)
        rivals, _ = self.begin(fill, rival, product, now + HOLD_LASTS)
        with pytest.raises(errors.OutOfStock) as refused:
            conclude(payment, PAID, now=now + HOLD_LASTS)
        assert refused.value.values["lines"][0]["available"] == 0
        assert on_hand(product) == 1
        assert StockHold.objects.filter(cart=rivals).exists()

    def test_who_takes_a_payment_up_again_has_it_to_themselves(self, fill, now):
        holder = MemberFactory()
        cart_id, payment = self.begin(fill, holder, ProductFactory(), now)
        again = {"cart_id": cart_id, "member_id": holder.pk, "gateway": "card"}
        later = now + LONGEST_PAYMENT
        with pytest.raises(PaymentUnderWay):
            begin_checkout(**again, now=later - timedelta(microseconds=1))
        assert begin_checkout(**again, now=later) == payment
        assert Payment.objects.get().look_up_at == later + LONGEST_PAYMENT
        with pytest.raises(PaymentUnderWay):
            begin_checkout(**again, now=later)

    def test_what_is_to_be_paid_at_the_desk_is_never_taken_up(self, fill, now):
        holder = MemberFactory()
        again = {
            "cart_id": fill(holder, ProductFactory()),
            "member_id": holder.pk,
            "gateway": "desk",
        }
        begin_checkout(**again, now=now)
        with pytest.raises(PaymentUnderWay):
            begin_checkout(**again, now=now + timedelta(days=3))

    def test_the_sweep_forgets_what_ran_out_and_nothing_else(self, fill, now):
        for minutes in (0, 5):
            self.begin(
                fill,
                MemberFactory(),
                ProductFactory(),
                now + timedelta(minutes=minutes),
            )
        assert sweep_holds(now=now + HOLD_LASTS) == 1
        assert StockHold.objects.get().expires_at == now + HOLD_LASTS + timedelta(
            minutes=5
        )

    def test_changing_the_cart_lets_go_and_the_sweep_forgets(self, fill, now):
        holder, product = MemberFactory(), ProductFactory()
        self.begin(fill, holder, product, now)
        assert sweep_holds(now=now) == 0
        assert sweep_holds(now=now + HOLD_LASTS) == 1
        assert not StockHold.objects.exists()


class TestClosedBranch:
    """Nothing is sold at a branch that is closed."""

    @pytest.fixture
    def branch(self):
        BranchFactory(name="Hill", slug="hill")
        return BranchFactory()

    def close(self, branch):
        Branch.objects.filter(pk=branch.pk).update(is_active=False)

    def test_a_cart_of_it_is_not_paid(self, branch, fill, now):
        member, product = MemberFactory(), ProductFactory(stock=5)
        cart_id = fill(member, product)
        self.close(branch)
        with pytest.raises(errors.BranchClosed) as refusal:
            check_out(cart_id=cart_id, member_id=member.pk, now=now)
        assert "another branch" in refusal.value.remedy
        nothing_happened(product, 5)
        assert not Payment.objects.exists()

    def test_it_is_paid_once_another_one_is_chosen(self, branch, fill, now):
        member = MemberFactory()
        cart_id = fill(member, ProductFactory())
        self.close(branch)
        open_one = Branch.objects.get(is_active=True)
        order, _ = check_out(
            cart_id=cart_id, member_id=member.pk, branch_id=open_one.pk, now=now
        )
        assert order.branch == open_one

    def test_a_new_cart_is_of_one_that_is_open(self, branch, now):
        self.close(branch)
        cart, _ = ensure_cart(member_id=MemberFactory().pk, now=now)
        assert cart.branch.is_active

    def test_where_all_are_closed_there_is_no_cart(self, now):
        member = MemberFactory()
        Branch.objects.update(is_active=False)
        with pytest.raises(errors.BranchClosed):
            ensure_cart(member_id=member.pk, now=now)
        assert not Cart.objects.exists()

    def test_a_cart_that_rivals_order_each_time_is_not_tried_for_ever(
        self, now, monkeypatch
    ):
        monkeypatch.setattr(carts, "open_cart", lambda member_id: None)
        with pytest.raises(Busy):
            ensure_cart(member_id=MemberFactory().pk, now=now)
