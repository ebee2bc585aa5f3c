"""A contest: heats of rivals for something scarce, judged by the database."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from gymsite.ops.prove.attempts import Attempt
from gymsite.ops.prove.cast import Cast

RIVALS = 10  # in a heat
MOST_SHOWN = 20  # violations kept in words; all are counted


@dataclass(slots=True)
class Score:
    """What became of one contest over all rounds.

    ``violations`` is how many, ``told`` the first of them in words.

    ``kept`` is money without its thing, ``unpaid`` things without their money.
    """

    name: str
    heats: int = 0
    attempts: int = 0
    winners: int = 0
    capacity: int = 0
    refusals: dict[str, int] = field(default_factory=dict)  # by code
    silences: int = 0
    lost: int = 0
    doubled: int = 0
    kept: int = 0
    unpaid: int = 0
    violations: int = 0
    told: list[str] = field(default_factory=list)

    def violated(
        self,
        text: str,
        *,
        lost: int = 0,
        doubled: int = 0,
        kept: int = 0,
        unpaid: int = 0,
    ) -> None:
        self.lost += lost
        self.doubled += doubled
        self.kept += kept
        self.unpaid += unpaid
        self.violations += 1
        if len(self.told) < MOST_SHOWN:
            self.told.append(f"{self.name}: {text}")

    def count(self, attempts: Iterable[Attempt]) -> None:
        """What can be said of the answers alone; each attempt is to have one by now."""
        for attempt in attempts:
            self.attempts += 1
            self.silences += attempt.silences
            if not attempt.is_answered:
                self.violated(
                    f"heat {attempt.heat}: never answered, in the end "
                    f"{attempt.last.code}"
                )
            for answer in attempt.answers.values():
                if answer.is_kept and not answer.succeeded:
                    self.refusals[answer.code] = self.refusals.get(answer.code, 0) + 1
            if attempt.has_changed:
                self.violated(
                    f"heat {attempt.heat}: a repeat was told something else", doubled=1
                )


class Contest(Protocol):
    """``prepare`` says what rivals send; ``judge`` holds answers and database together.

    ``prepare`` writes what a round of ``heats`` is about; ``judge`` adds to the score.
    With ``calm`` nothing was killed in the round.
    """

    name: str

    def prepare(self, cast: Cast, members: list[Any], heats: int) -> list[Attempt]: ...

    def judge(self, attempts: list[Attempt], score: Score, *, calm: bool) -> None: ...


def by_heat(attempts: Iterable[Attempt]) -> dict[int, list[Attempt]]:
    heats: dict[int, list[Attempt]] = {}
    for attempt in attempts:
        heats.setdefault(attempt.heat, []).append(attempt)
    return heats


def judge_winners(score: Score, heat: int, *, winners: int, capacity: int) -> None:
    """As many as there is room for have won: no more, and no fewer."""
    score.winners += winners
    score.capacity += capacity
    if winners > capacity:
        score.violated(
            f"heat {heat}: {winners} won where there was {capacity}",
            doubled=winners - capacity,
        )
    elif winners < capacity:
        score.violated(f"heat {heat}: only {winners} won where there was {capacity}")
