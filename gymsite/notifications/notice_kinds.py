"""The kinds of notices, by topic.

A kind says whom to ask whether a notice still holds, a topic what can be switched off.
An app declares its own in ``AppConfig.ready``.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from gymsite.core.event_kinds import EventKind
from gymsite.notifications import outbox
from gymsite.notifications.outbox import Handler

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


def declare(
    topic: Topic, kinds: dict[EventKind, tuple[Handler, StillHolds | None]]
) -> None:
    """Have events told as notices of a topic, each kind by its handler.

    The question beside the handler is asked before the notice's mail leaves. Raises
    TypeError.
    """
    for kind, (tell, asked) in kinds.items():
        outbox.on(kind, tell)
        _TOPIC_OF[kind] = topic
        if asked:
            _STILL_HOLDS[kind] = asked
    _TOPICS[topic.name] = topic


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
