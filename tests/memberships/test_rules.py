"""Periods of memberships, in days."""

from datetime import date

import pytest

from memberships.rules import billed_until


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
def test_a_price_pays_for_a_week_or_until_the_same_day_of_the_next_month(period, starts_on, last):
    assert billed_until(period, starts_on) == last
