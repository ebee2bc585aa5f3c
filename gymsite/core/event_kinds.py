"""The kinds of events: each app lists its own in its ``event_kinds``.

An event of any other kind is refused. The database keeps no list of them: a CHECK would
be a migration here for each new kind of an app above, on a table that only grows, and a
foreign key would have every booking lock the one row "booked".
"""

from enum import StrEnum


class EventKind(StrEnum):
    """The base of every app's enum of kinds.

    A value is kept for ever: rows of the past have it.
    """


class CoreEvent(EventKind):
    """About an account, a branch, or how the site answers."""

    REGISTERED = "registered"
    PROFILE_CHANGED = "profile_changed"
    EMAIL_CHANGED = "email_changed"
    USERNAME_CHANGED = "username_changed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (no password)
    SECOND_FACTOR_CHANGED = "second_factor_changed"
    PIN_CHANGED = "pin_changed"
    SESSIONS_ENDED = "sessions_ended"
    TOKEN_REPLAYED = "token_replayed"  # noqa: S105 (no password)
    ROLE_CHANGED = "role_changed"
    BRANCH_CHANGED = "branch_changed"
    DEACTIVATED = "deactivated"
    REACTIVATED = "reactivated"
    BRANCH_ON = "branch_on"
    BRANCH_OFF = "branch_off"
    ANSWERS_BAD = "answers_bad"
    ANSWERS_GOOD = "answers_good"


def known(kind: object) -> EventKind:
    """The kind, if it is one.

    Raises TypeError for anything else, even for a string that reads like a kind.
    """
    if isinstance(kind, EventKind):
        return kind
    raise TypeError(
        f"{kind!r} is no kind of event. Add it to its app's event_kinds and name it "
        "from there."
    )
