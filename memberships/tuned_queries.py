"""The queries of memberships that matter (gymsite.postgres.tuned_query)."""

from gymsite.postgres.statements import statements
from gymsite.postgres.tuned_query import TunedQuery
from memberships.queries.entitlements import entitlements
from memberships.queries.memberships import base_of, of_member

SQL = statements("memberships", "samples")

QUERIES = (
    TunedQuery(
        "entitlements",
        "What a member may pay a class with",
        SQL.member_and_day,
        entitlements,
        ("memberships_of_member", "memberships_allowance_one_a_period"),
    ),
    TunedQuery(
        "memberships-of-member",
        "A member's memberships",
        SQL.member,
        of_member,
        ("memberships_of_member",),
        besides=("memberships_membership_one_base",),
    ),
    TunedQuery(
        "base-membership",
        "The one base membership that stands",
        SQL.member,
        base_of,
        ("memberships_membership_one_base",),
        besides=("memberships_of_member",),
    ),
)
