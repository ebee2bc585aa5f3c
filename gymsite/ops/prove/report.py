"""What was proved."""

from dataclasses import asdict, dataclass
from typing import Any

from gymsite.ops.prove.contest import Score


@dataclass(slots=True)
class Report:
    """``broken`` maps an invariant to rows that break it; times are seconds."""

    about: dict[str, Any]
    control: str
    promises: dict[str, str]
    rounds: int
    kills: dict[str, int]
    recovering: float
    seconds: float
    deadlocks: int
    scores: list[Score]
    broken: dict[str, list[str]]

    @property
    def attempts(self) -> int:
        return sum(score.attempts for score in self.scores)

    @property
    def holds(self) -> bool:
        return not (
            self.deadlocks
            or self.broken
            or any(score.violations for score in self.scores)
        )

    def as_data(self) -> dict[str, Any]:
        return asdict(self) | {"attempts": self.attempts, "holds": self.holds}
