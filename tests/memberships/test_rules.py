"""Periods of memberships, in days, and what is left of what they include."""

from datetime import date

import pytest

from memberships.rules import Entitlement, billed_until, counted_in


@pytest.mark.parametrize(
    ("period", "starts_on", "last"),
    [
        ("week", date(2026, 11, 27), date(2026, 12, 3)),
        ("month", date(2026, 11, 27), date(2026, 12, 26)),
        ("month", date(2026, 1, 31), date(2026, 2, 27)),
        ("month", date(2028, 1, 31), date(2028, 2, 28)),
        ("month", date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_a_price_pays_for_a_week_or_until_the_same_day_of_the_next_month(
    period, starts_on, last
):
    assert billed_until(period, starts_on) == last


def an_entitlement(**changes):
    given = {
        "membership_id": 1,
        "status": "active",
        "is_base": True,
        "starts_on": date(2026, 11, 10),
        "ends_on": None,
        "plan_name": "Eight a month",
        "kind": "per_period",
        "period": "month",
        "classes": 8,
        "branch_id": None,
        "includes_classes": True,
        "window_days": None,
        "allowance_id": None,
        "used": 0,
        "granted": None,
    }
    return Entitlement(**given | changes)


@pytest.mark.parametrize(
    ("changes", "limit", "left"),
    [
        ({}, 8, 8),
        ({"used": 3}, 8, 5),
        ({"granted": 10, "used": 3}, 10, 7),
        ({"granted": 0}, 0, 0),
        ({"kind": "unlimited", "classes": None}, None, None),
        ({"kind": "unlimited", "classes": None, "granted": 8, "used": 8}, None, None),
    ],
)
def test_what_was_granted_counts_before_what_the_plan_says(changes, limit, left):
    assert (an_entitlement(**changes).limit, an_entitlement(**changes).left) == (
        limit,
        left,
    )


@pytest.mark.parametrize(
    ("day", "ends_on", "reached"),
    [
        (date(2026, 11, 9), None, False),
        (date(2026, 11, 10), None, True),
        (date(2031, 1, 1), None, True),
        (date(2026, 12, 9), date(2026, 12, 9), True),
        (date(2026, 12, 10), date(2026, 12, 9), False),
        (date(2026, 11, 9), date(2026, 12, 9), False),
    ],
)
def test_a_membership_reaches_from_its_first_day_to_its_last(day, ends_on, reached):
    assert an_entitlement(ends_on=ends_on).reaches(day) == reached


@pytest.mark.parametrize(
    ("changes", "first", "last"),
    [
        ({}, date(2026, 12, 1), date(2026, 12, 31)),
        ({"period": "week"}, date(2026, 12, 14), date(2026, 12, 20)),
        # a base membership that ends is counted by the month all the same, a pack over
        # its life
        ({"ends_on": date(2027, 1, 9)}, date(2026, 12, 1), date(2026, 12, 31)),
        (
            {"is_base": False, "ends_on": date(2027, 1, 9)},
            date(2026, 11, 10),
            date(2027, 1, 9),
        ),
        ({"is_base": False}, date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_classes_are_counted_by_the_period_and_those_of_a_pack_over_its_life(
    changes, first, last
):
    assert counted_in(an_entitlement(**changes), date(2026, 12, 17)) == (first, last)
