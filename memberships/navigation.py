"""Links to the pages of plans and memberships."""

from gymsite.web.navigation import Link

PLANS = Link("plans", "Plans", "card")
MEMBERSHIP = Link("membership", "Membership", "card")

# of the back office
MEMBERSHIPS = Link(
    "memberships", "Memberships", route="admin:memberships_membership_changelist"
)
