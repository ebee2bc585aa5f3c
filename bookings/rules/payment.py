"""What a class may be paid with."""

from collections.abc import Iterable
from datetime import date

from bookings.rules.facts import Facts, PolicyFacts
from memberships.queries import Entitlement


def usable(
    entitlements: Iterable[Entitlement],
    *,
    branch_id: int,
    day: date,
    policy: PolicyFacts,
    booked_unpaid: int,
) -> tuple[Entitlement, ...]:
    """The memberships that may pay for a class, even with no classes left."""
    return tuple(
        entitlement
        for entitlement in entitlements
        if entitlement.status == "active"
        and entitlement.includes_classes
        and entitlement.reaches(day)
        and entitlement.branch_id in (None, branch_id)
        and not waits_for_payment(entitlement, policy, booked_unpaid)
    )


def waits_for_payment(
    entitlement: Entitlement, policy: PolicyFacts, booked_unpaid: int
) -> bool:
    """Whether its first payment has to be taken before it pays for another class."""
    return not entitlement.was_paid and booked_unpaid >= policy.unpaid_bookings


def usable_entitlements(facts: Facts) -> tuple[Entitlement, ...]:
    """Those of the member's memberships that may pay for the session."""
    session = facts.session
    return usable(
        facts.entitlements,
        branch_id=session.branch_id,
        day=session.session_date,
        policy=facts.policy,
        booked_unpaid=facts.booked_unpaid,
    )


def paying_entitlement(facts: Facts) -> Entitlement | None:
    """What a booking would use: the reserved class, else the first with one left.

    ``entitlements`` are in the order of use: the base membership, then the pack that
    expires first.
    """
    good = usable_entitlements(facts)
    reserved = [
        entitlement
        for entitlement in good
        if entitlement.membership_id == facts.reserved_membership_id
    ]
    left = [
        entitlement
        for entitlement in good
        if entitlement.left is None or entitlement.left > 0
    ]
    return next(iter([*reserved, *left]), None)
