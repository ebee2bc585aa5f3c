"""Whether a cart is being paid at this moment."""

from datetime import datetime, timedelta

from gymsite.payments.models import Payment

from ..models import Cart

# A provider answers within seconds. Whoever has no answer after this may try again; the first try is called off.
LONGEST_PAYMENT = timedelta(minutes=2)
HOLD_LASTS = timedelta(minutes=15)


def is_paying(cart: Cart, now: datetime) -> bool:
    payment = cart.payment
    return (
        payment is not None and payment.status == Payment.Status.PENDING and payment.created_at > now - LONGEST_PAYMENT
    )
