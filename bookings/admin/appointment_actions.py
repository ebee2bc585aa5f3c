"""What staff do to an appointment, by the operations that everybody uses."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from bookings.admin.appointment_page import AT, TIME
from bookings.admin.free_times import SlotField, by_day
from bookings.models import Appointment
from bookings.operations import appointment_steps as steps
from bookings.operations.appointment_payments import (
    give_credit_back,
    refund_appointment,
)
from bookings.operations.appointments import (
    cancel_appointment,
    decline_appointment,
    move_appointment,
)
from bookings.queries import availability
from gymsite.backoffice import (
    Action,
    ActionForm,
    AmountForm,
    NamedField,
    ReasonForm,
    by_status,
    calling,
    reason_for,
)
from gymsite.core import money
from gymsite.core.periods import FURTHEST, instant, local_day, when
from gymsite.payments.errors import WrongPaymentState
from gymsite.payments.models import Payment
from gymsite.payments.operations import take_payment
from gymsite.payments.queries import what_is_left
from gymsite.web.fields import DayField, DayInput

KEY = "appointment_id"


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
    amounts = (
        (payment.amount_minor, payment.currency)
        for payment in payments
        if payment.status == status
    )
    return money.sums_shown(amounts) or "nothing"


def going(operation: Callable[..., Appointment]) -> Any:
    """Run one of the operations that move an appointment along its states."""
    return calling(
        operation,
        KEY,
        lambda row, gone: (
            f"{row.client} with {row.trainer}: {gone.get_status_display().lower()}."
        ),
    )


class MoveForm(ActionForm):
    """One of the free times of a week, or a day and a time that are typed."""

    slot = SlotField(label="Free times")
    day = DayField(
        required=False,
        widget=DayInput,
        label="Another day",
        help_text="Alone it shows the free times of the seven days from it on.",
    )
    at = forms.TimeField(
        required=False, widget=TIME, label="Another time", help_text=AT
    )
    room = NamedField(of=Appointment._meta.get_field("room"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["room"].required = False
        if row := self.row():
            self.fields["room"].initial = row.room_id
            self._offer(row, row.branch.today(timezone.now()))

    def _offer(self, row: Appointment, first: date) -> None:
        week = availability.free_week(
            branch=row.branch,
            length=availability.length_agreed(row),
            service_id=None,
            first=first,
            trainer_ids=[row.trainer_id],
            client_id=row.client_id,
            besides=row.pk,
            now=timezone.now(),
        )
        days = (day for one in week.trainers for day in by_day(one, row.branch.zone))
        self.fields["slot"].offer(days)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        row, day = self.row(), cleaned.get("day")
        if row is None or self.errors:
            return cleaned
        if day and abs(day - row.branch.today(timezone.now())) > FURTHEST:
            self.add_error("day", "Choose a day within 400 days.")
        elif cleaned["at"]:
            day = day or local_day(row.starts_at, row.branch.zone)
            cleaned["starts_at"] = instant(day, cleaned["at"], row.branch.zone)
        elif cleaned["slot"]:
            cleaned["starts_at"] = cleaned["slot"][1]
        else:
            if day:
                self._offer(row, day)
            self.add_error("slot", "Choose one of the times shown, or type another.")
        return cleaned


def move(
    request: HttpRequest, row: Appointment, given: dict[str, Any], now: datetime
) -> str:
    moved = move_appointment(
        appointment_id=row.pk,
        starts_at=given["starts_at"],
        room_id=given["room"].pk if given["room"] else None,
        actor_id=request.user.pk,
        now=now,
    )
    return (
        f"{row.client} is with {row.trainer} on "
        f"{when(moved.starts_at, row.branch.zone)}."
    )


def as_it_stands(rows: Sequence[Appointment], now: datetime) -> dict[str, Any]:
    (row,) = rows
    return {
        "Now": when(row.starts_at, row.branch.zone),
        "Room": row.room or "none",
        "Client": row.client,
        "Trainer": row.trainer,
    }


def take(
    request: HttpRequest, row: Appointment, given: dict[str, Any], now: datetime
) -> str:
    if row.payment_id is None:
        raise WrongPaymentState("Nothing is to be paid for this appointment.")
    paid = take_payment(payment_id=row.payment_id, actor_id=request.user.pk, now=now)
    amount = money.shown(paid.amount_minor, paid.currency)
    return f"{amount} of {row.client}: {paid.get_status_display().lower()}."


def refund(
    request: HttpRequest, row: Appointment, given: dict[str, Any], now: datetime
) -> str:
    seen = row.payment.refunded_minor if row.payment else 0
    payment = refund_appointment(
        appointment_id=row.pk,
        amount_minor=given["amount_minor"],
        seen_minor=seen,
        actor_id=request.user.pk,
        reason=given["reason"],
        now=now,
    )
    back = money.shown(payment.refunded_minor - seen, payment.currency)
    return f"{back} goes back to {row.client}."


def what_is_refunded(rows: Sequence[Appointment], now: datetime) -> dict[str, Any]:
    return what_is_left(rows[0].payment)


def what_is_taken(rows: Sequence[Appointment], now: datetime) -> dict[str, Any]:
    payments = [row.payment for row in rows if row.payment]
    return {"To be taken": _total(payments, Payment.Status.PENDING)}


def what_comes_back(rows: Sequence[Appointment], now: datetime) -> dict[str, Any]:
    allowance = rows[0].allowance
    if allowance is None:
        return {"Paid from a pack": "no"}
    return {
        "Pack": allowance.membership.plan_name,
        "Used": f"{allowance.used} of {allowance.granted}",
        "Given back": "yes" if rows[0].credit_returned_at else "no",
    }


ACTIONS = (
    Action(
        "move",
        "Move the appointment",
        move,
        form=MoveForm,
        facts=as_it_stands,
        single=True,
        explain=(
            "Its trainer, length and price stay. The client and the trainer are told."
        ),
    ),
    Action(
        "take",
        "Take the payment at the desk",
        take,
        facts=what_is_taken,
        explain=(
            "Notes that the money was taken, in cash or by card, and enters it in the "
            "ledger."
        ),
    ),
    Action(
        "refund",
        "Refund",
        refund,
        form=AmountForm,
        facts=what_is_refunded,
        single=True,
        loses=True,
        explain=(
            "Gives back what was paid, or a part of it, by the way it came. All of it "
            "only where it is over or was cancelled late: one that stands is cancelled "
            "instead. The client is told, and reads the reason."
        ),
    ),
    Action(
        "giveback",
        "Give the credit back",
        calling(
            give_credit_back,
            KEY,
            lambda row, _: f"One appointment is back in the pack of {row.client}.",
        ),
        form=ReasonForm,
        facts=what_comes_back,
        single=True,
        loses=True,
        explain=(
            "To the pack that a late cancellation or a no-show used up, once; then it "
            "stays as it is. What was paid with money is refunded instead. The client "
            "is told, and reads the reason."
        ),
    ),
    Action(
        "accept",
        "Say yes to the request",
        going(steps.accept_appointment),
        facts=by_status,
    ),
    Action(
        "decline",
        "Say no to the request",
        calling(
            decline_appointment,
            KEY,
            lambda row, _: f"{row.client}'s request to {row.trainer} is declined.",
        ),
        form=reason_for("The client and the trainer read this."),
        facts=by_status,
        loses=True,
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
        calling(
            cancel_appointment,
            KEY,
            lambda row, _: (
                f"{row.client}'s appointment with {row.trainer} is cancelled, "
                "free of charge."
            ),
        ),
        form=reason_for("The client and the trainer read this."),
        facts=what_goes_back,
        explain="Cancelled by staff, it costs nothing, however late.",
        loses=True,
    ),
)
