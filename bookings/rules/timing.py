"""When booking opens, cancelling is free, and attendance may be marked."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bookings.models import LONGEST_OPENING
from bookings.rules.facts import Facts, PolicyFacts
from bookings.rules.payment import usable_entitlements
from gymsite.core.periods import instant, local_day
from memberships.queries import Entitlement

MARKS_CHANGE_FOR = timedelta(days=7)


def opens_at(facts: Facts) -> datetime:
    """When booking opens for the member."""
    return opening(
        facts.session.starts_at,
        facts.session.zone,
        window_days(usable_entitlements(facts), facts.policy),
    )


def window_days(entitlements: Iterable[Entitlement], policy: PolicyFacts) -> int:
    """How many days ahead booking opens: by the most generous plan, else the house."""
    house = policy.window_days
    return max(
        (
            house if entitlement.window_days is None else entitlement.window_days
            for entitlement in entitlements
        ),
        default=house,
    )


def opening(starts_at: datetime, zone: ZoneInfo, days: int) -> datetime:
    """``days`` before a start, at the same wall time also when the clocks change."""
    day = local_day(starts_at, zone) - timedelta(days=days)
    return instant(day, starts_at.astimezone(zone).time(), zone)


def cutoff(facts: Facts) -> datetime:
    """Until when cancelling is free for who books in time."""
    return _cutoff(facts.session.starts_at, facts.policy)


def _cutoff(starts_at: datetime, policy: PolicyFacts) -> datetime:
    return starts_at - timedelta(minutes=policy.cutoff_minutes)


def is_late(now: datetime, starts_at: datetime, policy: PolicyFacts) -> bool:
    """Whether a booking made now is free to cancel for its minutes of grace only."""
    return now + timedelta(minutes=policy.booked_grace_minutes) > _cutoff(
        starts_at, policy
    )


def free_until(facts: Facts) -> datetime:
    """Until when a booking made now is free to cancel: the cutoff, or a few minutes.

    A policy without such minutes leaves it at the cutoff, even if that has passed.
    """
    grace = facts.policy.booked_grace_minutes
    return _free_for(facts, grace) if grace else cutoff(facts)


def promoted_free_until(facts: Facts) -> datetime:
    """The same for a promotion: the member gets some minutes, however late it is."""
    return _free_for(facts, facts.policy.promoted_grace_minutes)


def _free_for(facts: Facts, grace_minutes: int) -> datetime:
    grace = facts.now + timedelta(minutes=grace_minutes)
    return min(max(cutoff(facts), grace), facts.session.starts_at)


def promotes_until(facts: Facts) -> datetime:
    """Until when a free place goes to the first in line by itself."""
    return cutoff(facts) - timedelta(minutes=facts.policy.promotion_margin_minutes)


def attendance_opens_at(starts_at: datetime, opens_minutes: int) -> datetime:
    """From when somebody may be marked as there: as the doors open for the session."""
    return starts_at - min(timedelta(minutes=opens_minutes), LONGEST_OPENING)


def attendance_closes_at(ends_at: datetime) -> datetime:
    """Until when staff may say who came, or take it back."""
    return ends_at + MARKS_CHANGE_FOR
