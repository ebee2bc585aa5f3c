"""What is recorded about memberships."""

from gymsite.core.event_kinds import EventKind


class MembershipEvent(EventKind):
    ENROLLED = "enrolled"
    MEMBERSHIP_ENDED = "membership_ended"
    PAYMENT_DROPPED = "payment_dropped"
    PAYMENT_REFUNDED = "payment_refunded"
