"""What payments say no with."""

from gymsite.core.errors import DomainError


class PaymentDeclined(DomainError):
    """The payment was declined. Nothing was charged."""

    code = "payment_declined"
    status = 402


class WrongPaymentState(DomainError):
    """This payment is in another state by now."""

    code = "wrong_payment_state"
