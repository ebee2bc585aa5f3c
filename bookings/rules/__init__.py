"""The rules of the house, as pure functions: facts in, a refusal or None out."""

from bookings.rules.eligibility import (
    AHEAD,
    BOOKING,
    JOINING,
    PROMOTION,
    Rule,
    judge,
    may_mark,
    trace,
)
from bookings.rules.facts import Clash, Facts, PolicyFacts, SessionFacts
from bookings.rules.payment import paying_entitlement, usable
from bookings.rules.timing import (
    cutoff,
    free_until,
    is_late,
    opening,
    opens_at,
    promoted_free_until,
    promotes_until,
    window_days,
)

__all__ = [
    "AHEAD",
    "BOOKING",
    "JOINING",
    "PROMOTION",
    "Clash",
    "Facts",
    "PolicyFacts",
    "Rule",
    "SessionFacts",
    "cutoff",
    "free_until",
    "is_late",
    "judge",
    "may_mark",
    "opening",
    "opens_at",
    "paying_entitlement",
    "promoted_free_until",
    "promotes_until",
    "trace",
    "usable",
    "window_days",
]
