"""What staff do to an appointment, by the operations that everybody uses."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from bookings.models import Appointment
from bookings.operations import appointment_steps as steps
from bookings.operations.appointments import cancel_appointment
from gymsite.backoffice import Action, reason_for
from gymsite.core import money
from gymsite.payments.models import Payment


def by_status(rows: Sequence[Appointment], now: datetime) -> dict[str, int]:
    return dict(Counter(row.get_status_display() for row in rows))


def what_goes_back(rows: Sequence[Appointment], now: datetime) -> dict[str, Any]:
    """What cancelling ends, and the money that goes back or is not asked for."""
    stand = [row for row in rows if row.status in Appointment.STANDS]
    paid = [row.payment for row in stand if row.payment]
    return {
        "Appointments to cancel": len(stand),
        "Paid, to be given back": _total(paid, Payment.Status.PAID),
        "Not asked for any more": _total(paid, Payment.Status.PENDING),
        "Over or cancelled already": len(rows) - len(stand),
    }


def _total(payments: Sequence[Payment], status: Payment.Status) -> str:
    totals: Counter[str] = Counter()
    for payment in payments:
        if payment.status == status:
            totals[payment.currency] += payment.amount_minor
    shown = (money.shown(amount, currency) for currency, amount in totals.items())
    return ", ".join(shown) or "nothing"


def cancel(
    request: HttpRequest, row: Appointment, given: dict[str, Any], now: datetime
) -> str:
    cancel_appointment(
        appointment_id=row.pk,
        actor_id=request.user.pk,
        reason=given["reason"],
        now=now,
    )
    return (
        f"{row.client}'s appointment with {row.trainer} is cancelled, free of charge."
    )


def going(operation: Callable[..., Appointment]) -> Any:
    """Run one of the operations that move an appointment along its states."""

    def run(
        request: HttpRequest, row: Appointment, given: dict[str, Any], now: datetime
    ) -> str:
        gone = operation(appointment_id=row.pk, actor_id=request.user.pk, now=now)
        return f"{row.client} with {row.trainer}: {gone.get_status_display().lower()}."

    return run


ACTIONS = (
    Action(
        "accept",
        "Say yes to the request",
        going(steps.accept_appointment),
        facts=by_status,
        explain="To say no, cancel it.",
    ),
    Action(
        "checkin",
        "Check in",
        going(steps.check_in_appointment),
        facts=by_status,
    ),
    Action(
        "complete",
        "Mark as completed",
        going(steps.complete_appointment),
        facts=by_status,
    ),
    Action(
        "noshow",
        "Mark as no-show",
        going(steps.miss_appointment),
        facts=by_status,
        explain="What it costs stays to be paid.",
    ),
    Action(
        "cancel",
        "Cancel the appointment",
        cancel,
        form=reason_for("The client and the trainer read this."),
        facts=what_goes_back,
        explain="Cancelled by staff, it costs nothing, however late.",
        loses=True,
    ),
)
