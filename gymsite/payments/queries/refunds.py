"""What of a payment can be given back."""

from gymsite.core import money
from gymsite.payments.models import Payment


def what_is_left(payment: Payment | None) -> dict[str, str]:
    """What was paid, how much of it went back and what is left, in words."""
    if payment is None or payment.status not in ("paid", "refunded"):
        return {"Paid": "nothing"}
    amounts = {
        "Paid": payment.amount_minor,
        "Given back": payment.refunded_minor,
        "Left": payment.left_minor,
    }
    return {
        name: money.shown(amount, payment.currency) for name, amount in amounts.items()
    }
