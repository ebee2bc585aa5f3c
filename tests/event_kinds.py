"""Kinds of events that no app lists, for what holds of any kind."""

from gymsite.core.event_kinds import EventKind


class Made(EventKind):
    HAPPENED = "happened"
    GOOD = "good"
    BAD = "bad"
