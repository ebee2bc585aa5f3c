"""What a class may be paid with."""

from collections.abc import Iterable
from datetime import date

from bookings.rules.facts import Facts, PolicyFacts
from memberships.queries import Cover


def usable(
    covers: Iterable[Cover],
    *,
    branch_id: int,
    day: date,
    policy: PolicyFacts,
    booked_unpaid: int,
) -> tuple[Cover, ...]:
    """The memberships that may pay for a class of a branch's day, leaving aside how
    many classes they have left."""
    return tuple(
        cover
        for cover in covers
        if cover.status == "active"
        and cover.includes_classes
        and cover.reaches(day)
        and cover.branch_id in (None, branch_id)
        and not waits_for_payment(cover, policy, booked_unpaid)
    )


def waits_for_payment(cover: Cover, policy: PolicyFacts, booked_unpaid: int) -> bool:
    """Whether the desk has to take the first payment before another class is booked on
    it."""
    return not cover.was_paid and booked_unpaid >= policy.unpaid_bookings


def usable_covers(facts: Facts) -> tuple[Cover, ...]:
    """Those of the member's memberships that may pay for the session."""
    session = facts.session
    return usable(
        facts.covers,
        branch_id=session.branch_id,
        day=session.session_date,
        policy=facts.policy,
        booked_unpaid=facts.booked_unpaid,
    )


def paying_cover(facts: Facts) -> Cover | None:
    """What a booking would use: the class reserved while waiting, or else the first of
    ``covers`` with one left.

    ``covers`` are in the order of use: the base membership, then the pack that expires
    first.
    """
    good = usable_covers(facts)
    reserved = [
        cover for cover in good if cover.membership_id == facts.reserved_membership_id
    ]
    left = [cover for cover in good if cover.left is None or cover.left > 0]
    return next(iter([*reserved, *left]), None)
