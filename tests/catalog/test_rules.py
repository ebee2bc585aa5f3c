"""When a cart may be paid and a thing be rented, at the edges; no database."""

from datetime import date, timedelta

import pytest

from catalog import rules
from catalog.models import CartItem, Product, Rental, RentalKind
from gymsite.core.errors import Invalid

TODAY = date(2026, 3, 2)


def an_item(pk=1, *, quantity=1, seen_minor=1000, **values):
    """A line of a cart: a product that costs 10.00 and did so when it was put in."""
    product = Product(
        **{"pk": pk, "name": f"Mat {pk}", "price_minor": 1000, "currency": "GBP"}
        | values
    )
    return CartItem(
        product=product,
        name=product.name,
        quantity=quantity,
        price_minor=seen_minor,
        currency="GBP",
    )


def code(refusal):
    return refusal.code if refusal else None


@pytest.mark.parametrize(
    ("quantity", "allowed"),
    [(0, False), (1, True), (50, True), (51, False), (-1, False)],
)
def test_a_line_holds_one_to_fifty(quantity, allowed):
    if allowed:
        rules.check_quantity(quantity)
    else:
        with pytest.raises(Invalid):
            rules.check_quantity(quantity)


class TestCarts:
    def test_an_empty_one_is_not_paid(self):
        assert code(rules.for_sale([])) == "cart_empty"
        assert rules.for_sale([an_item()]) is None

    def test_what_is_withdrawn_is_named_and_nothing_else(self):
        items = [
            an_item(1),
            an_item(2, status="withdrawn"),
            an_item(3, status="withdrawn"),
        ]
        one, two = rules.for_sale(items[:2]), rules.for_sale(items)
        assert (one.code, one.values["lines"]) == (
            "product_withdrawn",
            [{"product_id": 2, "name": "Mat 2"}],
        )
        assert one.message == "Mat 2 is not sold any more. Take it out of the cart."
        assert (
            two.message
            == "Mat 2, Mat 3 are not sold any more. Take them out of the cart."
        )

    @pytest.mark.parametrize(
        "changed", [{"price_minor": 1001}, {"price_minor": 999}, {"currency": "EUR"}]
    )
    def test_a_price_that_moved_either_way_is_named_with_both(self, changed):
        refusal = rules.prices_stand([an_item(1), an_item(2, quantity=3, **changed)])
        now = {"price_minor": 1000, "currency": "GBP"} | changed
        (line,) = refusal.values["lines"]
        assert refusal.code == "cart_changed"
        assert (line["product_id"], line["quantity"]) == (2, 3)
        assert (line["old_minor"], line["new_minor"], line["currency"]) == (
            1000,
            now["price_minor"],
            now["currency"],
        )

    def test_prices_that_stand_refuse_nothing(self):
        assert rules.prices_stand([an_item(1), an_item(2)]) is None

    @pytest.mark.parametrize(
        ("seen", "said"),
        [(None, None), (3000, None), (2999, "cart_changed"), (0, "cart_changed")],
    )
    def test_the_total_is_the_one_that_was_seen_where_one_was(self, seen, said):
        assert (
            code(rules.total_stands([an_item(1), an_item(2, quantity=2)], seen)) == said
        )

    def test_it_says_both_totals(self):
        assert rules.total_stands([an_item()], 900).message.startswith(
            "The cart comes to £10.00 now, not £9.00."
        )


class TestStock:
    @pytest.mark.parametrize(
        ("wanted", "on_hand", "held", "left"),
        [
            (3, {1: 3}, {}, None),
            (3, {1: 2}, {}, 2),
            (3, {1: 5}, {1: 2}, None),
            (3, {1: 5}, {1: 3}, 2),
            (3, {1: 5}, {2: 5}, None),
            (1, {1: 0}, {}, 0),
            # more is held than there is: nothing is left, not less than nothing
            (1, {1: 2}, {1: 3}, 0),
            (50, {}, {}, None),  # not counted
        ],
    )
    def test_there_is_enough_beside_what_others_hold(self, wanted, on_hand, held, left):
        refusal = rules.in_stock([an_item(quantity=wanted)], on_hand, held)
        lines = [
            {"product_id": 1, "name": "Mat 1", "wanted": wanted, "available": left}
        ]
        assert (refusal.values["lines"] if refusal else None) == (
            None if left is None else lines
        )

    def test_each_that_is_short_is_named(self):
        items = [
            an_item(1, quantity=2),
            an_item(2, quantity=2),
            an_item(3, quantity=2),
            an_item(4, quantity=3),
        ]
        refusal = rules.in_stock(items, {1: 5, 2: 0, 3: 1, 4: 2}, {})
        assert refusal.detail == (
            "Mat 2 is sold out. Only 1 of Mat 3 is left, you want 2. Only 2 of Mat 4 "
            "are left, you want 3. Nothing was charged."
        )


class TestRentals:
    kind = RentalKind(
        name="Kettlebell",
        longest_days=7,
        day_fee_minor=300,
        deposit_minor=2000,
        currency="GBP",
    )

    @pytest.mark.parametrize(
        ("starts", "days", "said"),
        [
            (0, 1, None),
            (-1, 3, "1 Mar is over."),
            (0, 0, "It would end on 1 Mar, before it starts on 2 Mar."),
            (0, 7, None),
            (0, 8, "Kettlebell can be rented for 7 days, not 8."),
            (90, 1, None),
            (91, 1, "1 Jun is more than 90 days ahead."),
        ],
    )
    def test_it_lies_ahead_and_is_no_longer_than_its_kind_allows(
        self, starts, days, said
    ):
        first = TODAY + timedelta(days=starts)
        refusal = rules.rentable(
            self.kind, first, first + timedelta(days=days - 1), TODAY
        )
        assert (refusal.detail if refusal else None) == said

    def test_each_day_is_paid_the_first_and_the_last_too(self):
        assert rules.rental_total(self.kind, TODAY, TODAY) == 300
        assert rules.rental_total(self.kind, TODAY, TODAY + timedelta(days=6)) == 2100

    @pytest.mark.parametrize(
        ("seen", "said"),
        [(None, None), (2600, None), (600, "price_changed"), (2599, "price_changed")],
    )
    def test_the_price_with_its_deposit_is_the_one_that_was_seen(self, seen, said):
        refusal = rules.rental_price_stands(
            self.kind, TODAY, TODAY + timedelta(days=1), seen
        )
        assert code(refusal) == said
        if said:
            assert (refusal.values["old_minor"], refusal.values["new_minor"]) == (
                seen,
                2600,
            )

    @pytest.mark.parametrize(("ended", "late"), [(1, 0), (0, 0), (-1, 1), (-9, 9)])
    def test_it_is_late_from_the_day_after_its_last(self, ended, late):
        assert rules.days_late(TODAY + timedelta(days=ended), TODAY) == late


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (-1, "begins on 2 Mar. Hand it out then."),
        (0, None),
        (2, None),
        (3, "ended on 4 Mar. Cancel it and rent anew."),
    ],
)
def test_a_unit_is_handed_out_on_the_days_of_its_rental(today, said):
    rental = Rental(starts_on=TODAY, ends_on=TODAY + timedelta(days=2))
    refusal = rules.lendable(rental, TODAY + timedelta(days=today))
    assert (refusal and refusal.message) == (said and f"This rental {said}")
