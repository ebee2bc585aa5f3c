"""What each role may do with payments (gymsite.core.backoffice.roles)."""

TABLE = {
    "payments.payment": ("view take", "", ""),
    "payments.ledgerentry": ("", "view", ""),
}
