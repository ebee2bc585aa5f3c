"""How a rental is paid, and what goes back of it: fees, deposit, and what being late
costs."""

from datetime import datetime
from typing import Any

from catalog import locks
from catalog.errors import NothingToRent, WrongRentalState
from catalog.event_kinds import CatalogEvent
from catalog.models import HOLDS_UNIT, Rental
from catalog.queries.rentals import bought
from gymsite.core.errors import DomainError
from gymsite.core.operations.events import record
from gymsite.payments.models import Payment
from gymsite.payments.operations import (
    DESK,
    GivenBack,
    begin,
    fail_payment,
    hold_payment,
    reverse_charge,
)

PURPOSE = "rental"
LATE = "late fee"


class RentalPurpose:
    """How a payment for fees and deposit makes a rental stay (a Purpose)."""

    def hold(self, payment_id: int) -> Payment:
        return locks.lock_rental_payment(payment_id)

    def settle(self, payment: Payment, now: datetime) -> Rental:
        """The unit was taken before.

        Raises NothingToRent for one that was given up since.
        """
        rental = payment.rental
        if rental.status != Rental.Status.BOOKED:
            raise NothingToRent(
                "Paying took too long, and the unit went.", remedy="Try once more."
            )
        note(CatalogEvent.RENTED, rental, rental.member_id, now)
        return rental

    def let_go(self, payment: Payment, now: datetime) -> None:
        rental = payment.rental
        if rental.status == Rental.Status.BOOKED:
            move(rental, Rental.Status.CANCELLED)

    def found(self, payment: Payment) -> Rental:
        return payment.rental

    bought = staticmethod(bought)

    def refundable(self, payment: Payment, amount_minor: int) -> DomainError | None:
        """While it is booked or out, a part of its fee only."""
        rental = Rental.objects.get(payment=payment)
        held = rental.deposit_minor or 1
        over = rental.status not in HOLDS_UNIT
        if over or amount_minor <= payment.left_minor - held:
            return None
        return WrongRentalState(
            "Its deposit goes back with the unit.",
            remedy="To give all of it back, cancel it or take it back first.",
        )

    def gave_back(self, payment: Payment, back: GivenBack, now: datetime) -> None:
        _note_refund(Rental.objects.get(payment=payment), back, now)


class LateFeePurpose:
    """What being late costs is taken at the desk; nothing waits for it."""

    def hold(self, payment_id: int) -> Payment:
        return hold_payment(payment_id)

    def settle(self, payment: Payment, now: datetime) -> Rental:
        return payment.late_rental

    def let_go(self, payment: Payment, now: datetime) -> None:
        """It is still owed."""

    def found(self, payment: Payment) -> Rental:
        return payment.late_rental

    bought = staticmethod(bought)

    def refundable(self, payment: Payment, amount_minor: int) -> None:
        """However much."""

    def gave_back(self, payment: Payment, back: GivenBack, now: datetime) -> None:
        _note_refund(Rental.objects.get(late_payment=payment), back, now)


def _note_refund(rental: Rental, back: GivenBack, now: datetime) -> None:
    said = {"amount_minor": back.amount_minor, "reason": back.reason}
    note(CatalogEvent.RENTAL_REFUNDED, rental, back.actor_id, now, **said)


def settle_deposit(rental: Rental, now: datetime) -> None:
    """Of a unit that is back: give back what is left of its deposit, less what being
    late costs, and ask for the rest at the desk."""
    payment = rental.payment
    paid = payment is not None and payment.status == Payment.Status.PAID
    deposit = min(rental.deposit_minor, payment.left_minor) if payment and paid else 0
    kept = min(deposit, rental.late_minor)
    owed = rental.late_minor - kept
    if payment is not None and payment.is_open:
        fail_payment(payment, now=now)
        owed += rental.fee_minor
    if payment is not None and paid and (back := deposit - kept):
        reverse_charge(payment, amount_minor=back, now=now)
    if owed:
        rental.late_payment = begin(
            purpose=LATE,
            thing=rental.reference,
            branch_id=rental.branch_id,
            member_id=rental.member_id,
            amount_minor=owed,
            currency=rental.currency,
            gateway=DESK,
            now=now,
        )


def move(rental: Rental, status: Rental.Status, *also: str) -> None:
    """Along the allowed paths, with the columns that changed too."""
    if status not in Rental.TRANSITIONS[Rental.Status(rental.status)]:
        raise WrongRentalState(
            f"This rental is {rental.get_status_display().lower()}; it can't become "
            f"{status.label.lower()}."
        )
    rental.status = status
    rental.save(update_fields=["status", *also])


def note(
    kind: CatalogEvent,
    rental: Rental,
    actor_id: int | None,
    now: datetime,
    **data: Any,
) -> None:
    reference = rental.reference
    record(kind, rental, at=now, actor_id=actor_id, reference=reference, **data)
