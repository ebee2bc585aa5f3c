"""Jobs of payments. Each is safe to run again."""

from procrastinate.contrib.django import app

from gymsite.core.batches import Persistent
from gymsite.core.models import Event

from .models import Payment
from .operations import give_back


@app.task(name="payments.return_money", retry=Persistent())
def return_money(payment_id: int, entry_id: int, amount_minor: int) -> None:
    """Ask the gateway to give back what a reversing entry says; its key makes a repeat the same."""
    payment = Payment.objects.get(pk=payment_id)
    give_back(payment, reference=payment.gateway_reference, amount_minor=amount_minor, key=f"entry-{entry_id}")


def return_money_later(event: Event) -> None:
    return_money.defer(
        payment_id=event.subject_id, entry_id=event.data["entry"], amount_minor=event.data["amount_minor"]
    )
