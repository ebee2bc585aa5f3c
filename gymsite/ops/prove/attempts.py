"""What a rival sends and what it was told."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gymsite.ops.rig.load import Request

CREATED, OK, CONFLICT = 201, 200, 409
NO_PROMISE = 500  # from here on an answer promises nothing, as no answer does


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and the JSON that came with it."""

    status: int
    values: dict[str, Any]

    @property
    def is_kept(self) -> bool:
        """Whether the client may rely on it."""
        return 0 < self.status < NO_PROMISE

    @property
    def succeeded(self) -> bool:
        return self.status in (OK, CREATED)

    @property
    def code(self) -> str:
        """A refusal's code; "no_answer" where the connection broke."""
        return str(self.values.get("code", self.status)) if self.status else "no_answer"


@dataclass(slots=True)
class Attempt:
    """One rival in one heat: its requests, and the last answer to each.

    The next is sent only after a 409.
    """

    heat: int
    member: int
    requests: Sequence[Request]
    role: str = ""
    answers: dict[int, Answer] = field(default_factory=dict)
    silences: int = 0  # how often the server was killed over it
    # whether a repeat was told something else than the first time
    has_changed: bool = False

    @property
    def last(self) -> Answer:
        return self.answers[max(self.answers)] if self.answers else Answer(0, {})

    @property
    def is_answered(self) -> bool:
        """Whether every step that was sent has an answer, and no further one is due."""
        if not self.answers or not all(
            answer.is_kept for answer in self.answers.values()
        ):
            return False
        return self.last.status != CONFLICT or len(self.answers) == len(self.requests)

    def note(self, step: int, status: int, body: str) -> None:
        answer, before = Answer(status, _values(body)), self.answers.get(step)
        self.has_changed |= (
            before is not None
            and before.is_kept
            and answer.is_kept
            and before != answer
        )
        self.answers = {
            earlier: kept for earlier, kept in self.answers.items() if earlier < step
        } | {step: answer}
        self.silences += not answer.is_kept


def _values(body: str) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
