"""The queries of memberships that matter (gymsite.postgres.tuned_query)."""

from gymsite.postgres.tuned_query import Measured
from memberships.queries.covers import covers
from memberships.queries.memberships import base_of, of_member

MEMBER = """
SELECT member_id{} FROM memberships_membership WHERE status = 'active' ORDER BY hashint8(id) LIMIT 1
"""

QUERIES = (
    Measured(
        "covers",
        "What a member may pay a class with",
        MEMBER.format(", current_date AS day"),
        covers,
        ("memberships_of_member", "memberships_allowance_one_a_period"),
    ),
    Measured(
        "memberships-of-member",
        "A member's memberships",
        MEMBER.format(""),
        of_member,
        ("memberships_of_member",),
        besides=("memberships_membership_one_base",),
    ),
    Measured(
        "base-membership",
        "The one base membership that stands",
        MEMBER.format(""),
        base_of,
        ("memberships_membership_one_base",),
        besides=("memberships_of_member",),
    ),
)
