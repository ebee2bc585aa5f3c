"""The queries of memberships that matter (gymsite.postgres.tuned_query)."""

from gymsite.postgres.statements import statements
from gymsite.postgres.tuned_query import Reference, TunedQuery
from memberships.queries.analytics import member_months
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
    TunedQuery(
        "member-months",
        "Members who joined, stayed and went in two months, of a branch",
        SQL.branch_and_months,
        lambda branch_id, first, last: member_months(
            branch_ids=[branch_id], first=first, last=last, today=last
        ),
        ("core_user_joined",),
        besides=("core_user_branch_role",),
        reference=Reference(3, less=40),
    ),
)
