"""What memberships allow."""

from .invariant import Invariant

INVARIANTS = (
    Invariant(
        "packs_have_an_allowance",
        "A class pack has exactly one allowance, over all its days.",
        ("memberships_membership", "memberships_plan", "memberships_allowance"),
        """
        SELECT m.id FROM memberships_membership m
        JOIN memberships_plan p ON p.id = m.plan_id AND p.kind = 'pack'
        LEFT JOIN memberships_allowance a ON a.membership_id = m.id
        GROUP BY m.id HAVING count(a.id) <> 1 OR min(a.starts_on) <> m.starts_on OR max(a.ends_on) <> m.ends_on
        """,
    ),
)
