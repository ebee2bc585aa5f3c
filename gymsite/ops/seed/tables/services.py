"""What trainers are booked for, and which of it each trainer's clients take."""

from dataclasses import dataclass

import numpy as np

from gymsite.ops.seed import words
from gymsite.ops.seed.columns import Table, text_bytes

# places in the fixture: of each seniority, an hour and three quarters of one
LONG, SHORT = 0, 3
ASSESSMENT = 7
OTHERS = np.array([6, 8, 9, 10, 11])
TEXTS = ("name", "slug", "description", "currency")
NUMBERS = (
    "minutes",
    "buffer_before_minutes",
    "buffer_after_minutes",
    "raster_minutes",
    "price_minor",
)


@dataclass(frozen=True, slots=True)
class Services:
    """Services by place (id - 1); lengths are minutes, the price in minor units.

    With its buffers each fits into an hour.
    """

    rows: list[dict]
    minutes: np.ndarray
    before: np.ndarray
    after: np.ndarray
    price: np.ndarray


def services() -> Services:
    rows = words.rows("services", "bookings.service")
    columns = {name: np.array([row[name] for row in rows]) for name in NUMBERS}
    return Services(
        rows,
        columns["minutes"],
        columns["buffer_before_minutes"],
        columns["buffer_after_minutes"],
        columns["price_minor"],
    )


def service_table(offered: Services) -> Table:
    rows = offered.rows
    return Table(
        "bookings_service",
        {
            "id": np.arange(1, len(rows) + 1),
            "branch_id": None,
            **{name: text_bytes([row[name] for row in rows]) for name in TEXTS},
            **{name: np.array([row[name] for row in rows]) for name in NUMBERS},
            "is_active": True,
        },
    )


def taken(random, seniority: np.ndarray) -> np.ndarray:
    """The service of each client, at the price of their trainer's seniority or, for
    one in five, something else."""
    usual = np.where(random.random(len(seniority)) < 0.7, LONG, SHORT) + seniority
    other = OTHERS[random.integers(0, len(OTHERS), len(seniority))]
    return np.where(random.random(len(seniority)) < 0.2, other, usual)
