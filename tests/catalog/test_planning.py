"""The plan against brute force: most units within the budget, then least cost."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog import purchase_plan
from catalog.purchase_plan import MOST_UNITS, Packs, cheapest, expected_sales

MONEY = 10**9


def packs(offer_id=1, size=1, cost=100, fewest=1, most=100):
    return Packs(offer_id, size, cost, fewest, most)


def bought(wanted, budget=MONEY):
    return [
        [(one.offer_id, one.packs) for one in of_product]
        for of_product in cheapest(wanted, budget)
    ]


def tried(wanted, budget):
    """(units covered, -cost) of the best of every choice there is."""
    counts = [
        (0, *range(offer.fewest, offer.most + 1))
        for _, offers in wanted
        for offer in offers
    ]
    best = (0, 0)
    for chosen in product(*counts):
        counted, covered, cost = iter(chosen), 0, 0
        for short, offers in wanted:
            units = 0
            for offer in offers:
                number = next(counted)
                units, cost = (
                    units + number * offer.size,
                    cost + number * offer.cost_minor,
                )
            covered += min(units, short)
        if cost <= budget:
            best = max(best, (covered, -cost))
    return best


def planned(wanted, budget):
    found = cheapest(wanted, budget)
    covered = sum(
        min(sum(one.units for one in of_product), short)
        for (short, _), of_product in zip(wanted, found, strict=True)
    )
    return covered, -sum(one.cost_minor for of_product in found for one in of_product)


def offers(number, most_packs):
    def offer(offer_id, size, cost, fewest, more):
        return Packs(offer_id, size, cost, fewest, fewest + more)

    return st.lists(
        st.builds(
            offer,
            st.integers(1, 10**6),
            st.integers(1, 7),
            st.integers(1, 30),
            st.integers(1, 3),
            st.integers(0, most_packs),
        ),
        max_size=number,
    )


wants = st.lists(st.tuples(st.integers(0, 20), offers(2, 3)), min_size=1, max_size=3)


@given(wants, st.integers(0, 250))
@settings(max_examples=400, deadline=None)
def test_nothing_beats_the_plan(wanted, budget):
    assert planned(wanted, budget) == tried(wanted, budget)


@given(st.lists(st.tuples(st.integers(0, 12), offers(3, 2)), min_size=1, max_size=1))
@settings(max_examples=200, deadline=None)
def test_nothing_beats_it_for_one_product_with_money_for_all(wanted):
    assert planned(wanted, MONEY) == tried(wanted, MONEY)


@given(wants, st.integers(0, 250))
@settings(max_examples=200, deadline=None)
def test_offers_are_bought_as_they_are_sold(wanted, budget):
    for (_, of_product), found in zip(wanted, cheapest(wanted, budget), strict=True):
        terms = list(of_product)
        for one in found:
            offer = next(offer for offer in terms if offer.offer_id == one.offer_id)
            terms.remove(offer)
            if sum(other.offer_id == one.offer_id for other in of_product) == 1:
                assert offer.fewest <= one.packs <= offer.most
                assert (one.units, one.cost_minor) == (
                    one.packs * offer.size,
                    one.packs * offer.cost_minor,
                )


def test_a_pack_that_is_dearer_a_unit_may_be_cheaper_for_what_is_short():
    assert bought([(5, [packs(1, size=10, cost=900), packs(2, size=1, cost=100)])]) == [
        [(2, 5)]
    ]
    assert bought(
        [(10, [packs(1, size=10, cost=900), packs(2, size=1, cost=100)])]
    ) == [[(1, 1)]]


def test_offers_of_one_product_are_combined():
    assert bought([(13, [packs(1, size=6, cost=500), packs(2, size=1, cost=100)])]) == [
        [(1, 2), (2, 1)]
    ]


def test_a_minimum_above_the_shortage_is_bought_when_nothing_else_covers_it():
    assert bought([(2, [packs(1, size=6, cost=500, fewest=4)])]) == [[(1, 4)]]


def test_what_offers_cannot_cover_is_covered_as_far_as_they_go():
    assert bought([(50, [packs(1, size=6, cost=500, most=3)])]) == [[(1, 3)]]


def test_without_offers_or_budget_or_shortage_nothing_is_bought():
    assert cheapest([], MONEY) == []
    assert cheapest([(5, [])], MONEY) == [[]]
    assert cheapest([(0, [packs()])], MONEY) == [[]]
    assert cheapest([(5, [packs()]), (3, [packs(2)])], 0) == [[], []]


def test_the_budget_goes_where_it_covers_most():
    dear, cheap = packs(1, cost=300), packs(2, size=2, cost=100)
    assert bought([(4, [dear]), (4, [cheap])], 500) == [[(1, 1)], [(2, 2)]]
    assert bought([(4, [dear]), (4, [cheap])], 199) == [[], [(2, 1)]]


def test_a_shortage_beyond_reason_costs_no_memory():
    ((purchase,),) = cheapest([(2**31, [packs(size=100, most=32_767)])], MONEY)
    assert purchase.units == MOST_UNITS


def test_the_search_widens_until_the_bound_proves_it(monkeypatch):
    """Each looks best with a large pack, which the budget can't pay for all."""
    wanted = [
        (10, [packs(number, size=10, cost=97 + number), packs(100 + number, cost=11)])
        for number in range(12)
    ]
    slacks = []
    search = purchase_plan._Combination._search
    monkeypatch.setattr(
        purchase_plan._Combination,
        "_search",
        lambda self, slack: slacks.append(slack) or search(self, slack),
    )
    covered, cost = planned(wanted, 1000)
    assert (covered, -cost <= 1000) == (98, True)
    assert len(slacks) > 1 and slacks == sorted(slacks)


@pytest.mark.parametrize(
    ("weighted", "weeks", "days", "expected"),
    [
        (0, 8, 28, 0),
        (36 * 7, 8, 28, 28),  # seven a week in each of eight weeks
        (8 * 7, 1, 14, 14),  # seven in its first week
        (8, 8, 7, 1),  # a fraction is a whole unit
        (-5, 8, 28, 0),  # more came back than sold
        (8 * 7, 0, 14, 14),
    ],
)
def test_expected_sales(weighted, weeks, days, expected):
    assert expected_sales(weighted=weighted, weeks_known=weeks, days=days) == expected
