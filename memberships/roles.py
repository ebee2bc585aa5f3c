"""What each role may do with plans and memberships (gymsite.backoffice.roles)."""

TABLE = {
    "core.user": ("enroll", "", ""),
    "memberships.plan": ("view", "", "add change"),
    "memberships.membership": ("view end", "report", ""),
    "memberships.allowance": ("view", "", ""),
    "memberships.billingperiod": ("view", "", ""),
}
