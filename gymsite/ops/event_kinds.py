"""What tools of operation record."""

from gymsite.core.event_kinds import EventKind


class OpsEvent(EventKind):
    SEEDED = "seeded"
    MEASURED = "measured"
