"""Links to the lists of payments in the back office."""

from gymsite.web.navigation import Link

PAYMENTS = Link("payments", "Payments", route="admin:payments_payment_changelist")
TO_TAKE = Link(
    "payments",
    "Payments",
    route="admin:payments_payment_changelist",
    query="?status__exact=pending",
)
