"""Jobs of payments. Each is safe to run again."""

from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from gymsite.core import retention
from gymsite.core.batches import BY_THE_CLOCK, Persistent
from gymsite.core.models import Event
from gymsite.core.retention import Kept
from gymsite.payments.models import Payment
from gymsite.payments.operations import gateway_named, sweep

# A provider repeats an event for some days at most. What differs stays until staff have
# settled it.
KEPT = (
    Kept(
        "payments_webhookdelivery",
        "id",
        "received_at",
        timedelta(days=30),
        "outcome <> 'differs'",
    ),
)


@app.periodic(cron="* * * * *")
@app.task(name="payments.sweep", queueing_lock="payments.sweep", lock="payments.sweep")
def sweep_payments(timestamp: int = 0) -> None:
    """Finish what crashes and silent gateways left open."""
    sweep(now=timezone.now())


@app.task(name="payments.return_money", retry=Persistent())
def return_money(payment_id: int, entry_id: int, amount_minor: int) -> None:
    """Have the gateway give back what a reversing entry says; a repeat is the same."""
    payment = Payment.objects.get(pk=payment_id)
    gateway_named(payment.gateway).refund(
        reference=payment.gateway_reference,
        amount_minor=amount_minor,
        currency=payment.currency,
        key=f"{payment.key}-{entry_id}",
    )


def return_money_later(event: Event) -> None:
    return_money.defer(
        payment_id=event.subject_id,
        entry_id=event.data["entry"],
        amount_minor=event.data["amount_minor"],
    )


@app.periodic(cron="35 3 * * *")
@app.task(name="payments.forget", queueing_lock="payments.forget", lock=BY_THE_CLOCK)
def forget(timestamp: int = 0) -> None:
    """Delete what is over (docs/retention.md)."""
    retention.forget(KEPT, now=timezone.now())
