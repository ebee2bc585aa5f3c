"""Jobs of memberships. Each is safe to run again."""

from django.utils import timezone
from procrastinate.contrib.django import app

from gymsite.core.models import Event

from .models import Payment
from .operations import memberships
from .operations.payments import give_back


@app.periodic(cron="5 * * * *")
@app.task(name="memberships.end_expired", queueing_lock="memberships.end_expired")
def end_expired(timestamp: int = 0) -> None:
    """End what has run out; hourly, since days end at different times at different branches."""
    memberships.end_expired(now=timezone.now())


@app.task(name="memberships.return_money", retry=8)
def return_money(payment_id: int, entry_id: int, amount_minor: int) -> None:
    """Ask the gateway to give back what a reversing entry says; its key makes a repeat the same."""
    payment = Payment.objects.get(pk=payment_id)
    give_back(payment, reference=payment.gateway_reference, amount_minor=amount_minor, key=f"entry-{entry_id}")


def return_money_later(event: Event) -> None:
    return_money.defer(
        payment_id=event.subject_id, entry_id=event.data["entry"], amount_minor=event.data["amount_minor"]
    )
