"""The kinds of notices, by topic.

A kind says whom to ask whether a notice still holds, a topic what can be switched off.
An app declares its own in ``AppConfig.ready``.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from gymsite.core import event_kinds
from gymsite.core.event_kinds import EventKind

# (id of what the notice is about, id of the person, now) -> whether what the notice
# says is still true
StillHolds = Callable[[int, int, datetime], bool]


class Topic(NamedTuple):
    """Notices that a person switches on and off together.

    ``why`` ends the sentence "You get this because".
    """

    name: str
    label: str
    why: str


_TOPICS: dict[str, Topic] = {}
_TOPIC_OF: dict[str, Topic] = {}
_STILL_HOLDS: dict[str, StillHolds] = {}


def declare(topic: Topic, kinds: dict[EventKind, StillHolds | None]) -> None:
    """Make known the kinds of a topic, each with the question that its mail waits for.

    The question is asked before the mail leaves. Raises TypeError.
    """
    _TOPIC_OF.update(dict.fromkeys(map(event_kinds.known, kinds), topic))
    _TOPICS[topic.name] = topic
    _STILL_HOLDS.update({kind: asked for kind, asked in kinds.items() if asked})


def topics() -> list[Topic]:
    return list(_TOPICS.values())


def topic_of(kind: str) -> Topic | None:
    """The topic of a kind; None for kinds that nobody can switch off."""
    return _TOPIC_OF.get(kind)


def still_holds(
    kind: str, *, subject_id: int | None, user_id: int, now: datetime
) -> bool:
    """Whether a notice is still true.

    A kind that was declared without a question stays true until its time.
    """
    asked = _STILL_HOLDS.get(kind)
    return asked is None or subject_id is None or asked(subject_id, user_id, now)
