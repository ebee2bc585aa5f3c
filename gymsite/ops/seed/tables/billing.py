"""What memberships cost: periods, and the payments that were asked for them."""

from dataclasses import dataclass

import numpy as np

from gymsite.ops.seed.columns import DAY, HOUR, Table, text_bytes
from gymsite.ops.seed.plan import Plan
from gymsite.ops.seed.tables.memberships import (
    ENDED,
    PACK,
    PAST_DUE,
    Memberships,
    Plans,
)
from gymsite.ops.seed.tables.money import (
    DESK,
    FAILED,
    PAID,
    PENDING,
    REFUNDED,
    Payments,
)


@dataclass(frozen=True, slots=True)
class Billing:
    """What was asked: of each period its days, membership (a place) and payment."""

    membership: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    payments: Payments


def billing(plan: Plan, held: Memberships, offers: Plans) -> Billing:
    """Each membership's first period, and the latest renewal of running ones."""
    base = offers.kind[held.plan] != PACK
    renewed = base & (held.status != ENDED) & (held.starts < plan.today - 31)
    membership = np.r_[np.arange(len(held)), np.flatnonzero(renewed)]
    renewal = np.arange(len(membership)) >= len(held)
    paid = _payments(plan, held, offers, membership, renewal)
    starts = np.where(renewal, paid.created // DAY, held.starts[membership]).astype(
        np.int32
    )
    weekly = offers.weekly[held.plan[membership]]
    ends = np.where(weekly, starts + 6, _month_later(starts) - 1)
    return Billing(
        membership,
        starts,
        np.where(base[membership], ends, held.ends[membership]),
        paid,
    )


def _month_later(days: np.ndarray) -> np.ndarray:
    """The same day of the next month, or the last one that month has."""
    dates = np.datetime64("2000-01-01") + days
    first = dates.astype("M8[M]").astype("M8[D]")
    following = (dates.astype("M8[M]") + 1).astype("M8[D]")
    last = (dates.astype("M8[M]") + 2).astype("M8[D]") - 1
    return (
        np.minimum(following + (dates - first), last) - np.datetime64("2000-01-01")
    ).astype(np.int32)


def _payments(
    plan: Plan,
    held: Memberships,
    offers: Plans,
    membership: np.ndarray,
    renewal: np.ndarray,
) -> Payments:
    random = plan.random("payments")
    recent = plan.now - random.integers(2 * HOUR, 28 * DAY, len(membership))
    created = np.where(renewal, recent, held.created[membership])
    status = _paid_how(
        random,
        renewal & (held.status[membership] == PAST_DUE),
        # who has yet to pay for the first time could hardly have booked
        renewal & (created > plan.now - 7 * DAY),
    )
    currency = text_bytes([row["currency"] for row in offers.rows])
    count = len(membership)
    return Payments(
        branch=held.branch[membership],
        member=held.member[membership],
        status=status,
        purpose=np.full(count, b"membership"),
        thing=np.strings.add(
            np.where(renewal, b"renewal ", b"membership "),
            (membership + 1).astype("S12"),
        ),
        amount=offers.price[held.plan[membership]],
        currency=currency[held.plan[membership]],
        gateway=np.full(count, DESK),
        reference=np.zeros(count, dtype="S1"),
        created=created,
        paid=created + random.integers(HOUR // 60, HOUR // 4, count),
    )


def billing_table(held: Memberships, billed: Billing, payment: np.ndarray) -> Table:
    """``payment`` are the places of the periods' payments among all."""
    return Table(
        "memberships_billingperiod",
        {
            "id": np.arange(1, len(billed.membership) + 1),
            "branch_id": held.branch[billed.membership] + 1,
            "membership_id": billed.membership + 1,
            "starts_on": billed.starts,
            "ends_on": billed.ends,
            "amount_minor": billed.payments.amount,
            "currency": billed.payments.currency,
            "payment_id": payment + 1,
        },
    )


def _paid_how(random, due: np.ndarray, recent: np.ndarray) -> np.ndarray:
    draw = random.random(len(due))
    return np.where(
        due,
        FAILED,
        np.where(
            draw < 0.006, REFUNDED, np.where((draw < 0.012) & recent, PENDING, PAID)
        ),
    )
