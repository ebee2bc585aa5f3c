"""Payments, whatever was bought, and the ledger of their money."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from gymsite.ops.seed.columns import DAY, Maybe, Table, Words
from gymsite.ops.seed.plan import Plan

STATUSES = ["pending", "paid", "failed", "refunded"]
PENDING, PAID, FAILED, REFUNDED = range(4)
GATEWAYS = ["desk", "card"]
DESK, CARD = range(2)


@dataclass(frozen=True, slots=True)
class Payments:
    """Payments by place; ``branch`` and ``member`` are places.

    ``paid`` is the instant that counts for those paid or refunded, ``returned`` when
    the money of these went back: some days later where it is not given (or 0).
    """

    branch: np.ndarray
    member: np.ndarray
    status: np.ndarray
    purpose: np.ndarray
    thing: np.ndarray
    amount: np.ndarray
    currency: np.ndarray
    gateway: np.ndarray
    reference: np.ndarray
    created: np.ndarray
    paid: np.ndarray
    returned: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.branch)

    @property
    def is_paid(self) -> np.ndarray:
        return (self.status == PAID) | (self.status == REFUNDED)


def merged(parts: Sequence[Payments]) -> tuple[Payments, list[np.ndarray]]:
    """All in the order of time, and for each part its payments' places there."""
    names = [field.name for field in fields(Payments)]
    columns = {
        name: np.concatenate([_given(part, name) for part in parts]) for name in names
    }
    order = np.argsort(columns["created"], kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    ends = np.cumsum([len(part) for part in parts])[:-1]
    return Payments(
        **{name: column[order] for name, column in columns.items()}
    ), np.split(place, ends)


def _given(part: Payments, name: str) -> np.ndarray:
    if (column := getattr(part, name)) is not None:
        return column
    return np.zeros(len(part), dtype=np.int64)


def payment_table(paid: Payments) -> Table:
    return Table(
        "payments_payment",
        {
            "id": np.arange(1, len(paid) + 1),
            "branch_id": paid.branch + 1,
            "member_id": paid.member + 1,
            "purpose": paid.purpose,
            "thing": paid.thing,
            "key": np.strings.add(b"seed-", np.arange(1, len(paid) + 1).astype("S12")),
            "status": Words.of(STATUSES, paid.status),
            "amount_minor": paid.amount,
            "refunded_minor": np.where(paid.status == REFUNDED, paid.amount, 0),
            "currency": paid.currency,
            "gateway": Words.of(GATEWAYS, paid.gateway),
            "gateway_reference": paid.reference,
            "created_at": paid.created,
            "paid_at": Maybe(paid.paid, paid.is_paid),
            "look_up_at": None,
        },
    )


def _returned(plan: Plan, paid: Payments) -> np.ndarray:
    later = paid.paid + np.minimum(9 * DAY, (plan.now - paid.paid) // 2)
    return (
        later
        if paid.returned is None
        else np.where(paid.returned, paid.returned, later)
    )


def ledger_table(plan: Plan, paid: Payments) -> Table:
    """A charge for each paid payment, and the entry that reverses it, if any."""
    charged, returned = (
        np.flatnonzero(paid.is_paid),
        np.flatnonzero(paid.status == REFUNDED),
    )
    payment = np.r_[charged, returned]
    is_refund = np.arange(len(payment)) >= len(charged)
    at = paid.paid[payment]
    at[is_refund] = _returned(plan, paid)[returned]
    order = np.argsort(at, kind="stable")
    charge_id = np.zeros(len(paid), dtype=np.int64)
    payment, is_refund, at = payment[order], is_refund[order], at[order]
    charge_id[payment[~is_refund]] = np.flatnonzero(~is_refund) + 1
    return Table(
        "payments_ledgerentry",
        {
            "id": np.arange(1, len(payment) + 1),
            "branch_id": paid.branch[payment] + 1,
            "payment_id": payment + 1,
            "kind": Words.of(["charge", "refund"], is_refund.astype(int)),
            "amount_minor": np.where(
                is_refund, -paid.amount[payment], paid.amount[payment]
            ),
            "currency": paid.currency[payment],
            "at": at,
            "reverses_id": Maybe(charge_id[payment], is_refund),
        },
    )
