"""What each role may do with payments (gymsite.backoffice.roles)."""

TABLE = {
    "payments.payment": ("view take", "refund", ""),
    "payments.ledgerentry": ("", "view", ""),
    "payments.webhookdelivery": ("", "view settle", ""),
}
