"""What is recorded about money."""

from gymsite.core.event_kinds import EventKind


class PaymentEvent(EventKind):
    PAID = "paid"
    MONEY_RETURNED = "money_returned"
    MONEY_RETURNED_BY_PROVIDER = "money_returned_by_provider"
    PAYMENT_RETURNED = "payment_returned"
    DIFFERENCE_SETTLED = "difference_settled"
