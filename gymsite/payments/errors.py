"""What payments say no with."""

from gymsite.core.errors import DomainError, for_constraint


class PaymentDeclined(DomainError):
    """The payment was declined. Nothing was charged."""

    code = "payment_declined"
    status = 402


class PaymentUnderWay(DomainError):
    """This is being paid at this moment."""

    code = "payment_under_way"
    is_final = False


class PaymentGivenUp(DomainError):
    """Paying took too long, and was given up. What was charged comes back in full."""

    code = "payment_given_up"
    is_final = False


class PaymentFailed(DomainError):
    """Something went wrong on our side while this was paid. What was charged comes back
    in full."""

    code = "payment_failed"
    status = 503
    is_final = False


class WrongPaymentState(DomainError):
    """This payment is in another state by now."""

    code = "wrong_payment_state"


class RefundTooMuch(DomainError):
    """No more can be given back than is left of it."""

    code = "refund_too_much"


class RefundedMeanwhile(DomainError):
    """Some of this payment was given back meanwhile."""

    code = "refunded_meanwhile"


class BadSignature(DomainError):
    """This is not signed by the provider, or it was more than five minutes ago."""

    code = "bad_signature"
    status = 403


class DifferenceSettled(DomainError):
    """Nothing differs here."""

    code = "difference_settled"


for_constraint("payments_ledgerentry_within_what_was_paid", RefundTooMuch())
for_constraint("payments_payment_refunded_within_amount", RefundTooMuch())
for_constraint(
    "payments_payment_one_open_a_thing",
    PaymentUnderWay(remedy="Wait for what comes of it."),
)
