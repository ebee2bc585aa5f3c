"""What trainers are booked for, and which of it each trainer's clients take."""

from dataclasses import dataclass

import numpy as np

from gymsite.ops.seed import words
from gymsite.ops.seed.columns import Table, text_bytes
from gymsite.ops.seed.plan import Plan
from gymsite.ops.seed.tables.timetable import specialities

# places in the fixture: of each seniority, an hour and three quarters of one
LONG, SHORT = 0, 3
EXPRESS, ASSESSMENT = 6, 7
OTHERS = np.array([6, 8, 9, 10, 11])
# who has one of these subjects gives the service in any case, others may
SUBJECTS = {
    8: {"Boxing"},
    9: {"Swim"},
    10: {"Pilates", "Reformer"},
    11: {"Recovery", "Yoga"},
}
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


def given(plan: Plan, seniority: np.ndarray) -> np.ndarray:
    """Which trainer gives what, of shape (trainers, services): everybody training at
    the price of their seniority, express and assessments, most of them more."""
    random = plan.random("services given")
    count = len(seniority)
    gives = np.zeros((count, len(services().rows)), dtype=bool)
    for place in (LONG + seniority, SHORT + seniority, EXPRESS, ASSESSMENT):
        gives[np.arange(count), place] = True
    named = specialities(plan, count)
    for place, subjects in SUBJECTS.items():
        fits = np.array([not subjects.isdisjoint(own) for own in named], dtype=bool)
        gives[:, place] = fits | (random.random(count) < 0.6)
    return gives


def given_table(gives: np.ndarray) -> Table:
    trainer, service = np.nonzero(gives)
    return Table(
        "bookings_trainerservice",
        {
            "id": np.arange(1, len(trainer) + 1),
            "trainer_id": trainer + 1,
            "service_id": service + 1,
        },
    )


def taken(
    random, seniority: np.ndarray, gives: np.ndarray, trainer: np.ndarray
) -> np.ndarray:
    """The service of each client, at the price of their trainer's seniority or, for
    one in five, something else that the trainer gives."""
    count = len(trainer)
    usual = np.where(random.random(count) < 0.7, LONG, SHORT) + seniority[trainer]
    other = OTHERS[random.integers(0, len(OTHERS), count)]
    other = np.where(gives[trainer, other], other, EXPRESS)
    return np.where(random.random(count) < 0.2, other, usual)
