"""How many users come when, how long they think, and what is asked of the answers.

Knows neither Django nor Locust.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

# Of 100 users. A gym's site is read far more than it is written, and few of its people
# work there.
MIX = {"visitor": 30, "member": 40, "shopper": 20, "front desk": 6, "staff": 4}


@dataclass(frozen=True, slots=True)
class Stage:
    """Within ``seconds`` the number of users moves evenly to ``users``."""

    seconds: float
    users: int


@dataclass(frozen=True, slots=True)
class Rush:
    """The opening second of a popular class, ``at`` seconds in.

    ``people`` members want ``places`` places at once.
    """

    at: float
    people: int
    places: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What fails a run.

    ``p95`` in milliseconds over all requests, None where time is not judged;
    ``error_rate`` is the share of requests that must not be reached, 0 where none at
    all may fail.
    """

    p95: float | None
    error_rate: float


@dataclass(frozen=True, slots=True)
class Profile:
    """One run; ``think`` is a user's shortest and longest pause, in seconds."""

    name: str
    says: str
    stages: tuple[Stage, ...]
    think: tuple[float, float]
    rush: Rush
    limits: Limits

    @property
    def seconds(self) -> float:
        return sum(stage.seconds for stage in self.stages)

    @property
    def most_users(self) -> int:
        return max(stage.users for stage in self.stages)


def users_at(stages: Sequence[Stage], seconds: float) -> int | None:
    """The users ``seconds`` after the start; None after the last stage."""
    began, before = 0.0, 0
    for stage in stages:
        if seconds < began + stage.seconds:
            return round(
                before + (stage.users - before) * (seconds - began) / stage.seconds
            )
        began, before = began + stage.seconds, stage.users
    return None


def bounds(stages: Sequence[Stage]) -> list[tuple[float, float]]:
    """When each stage begins and ends, in seconds after the start."""
    ends = list(accumulate(stage.seconds for stage in stages))
    return list(zip([0.0, *ends[:-1]], ends, strict=True))


REFERENCE = Profile(
    name="reference",
    says="the reference's ramp: 10, 50 and 100 users, 2 minutes at 100",
    stages=(
        Stage(60, 10),
        Stage(180, 50),
        Stage(120, 100),
        Stage(120, 100),
        Stage(60, 0),
    ),
    think=(1.0, 3.0),
    rush=Rush(at=420, people=100, places=20),
    limits=Limits(p95=500, error_rate=0.01),
)
THOUSAND = Profile(
    name="thousand",
    says="1,000 users, with the opening second of a popular class",
    stages=(Stage(60, 1000), Stage(120, 1000), Stage(20, 0)),
    think=(5.0, 15.0),
    rush=Rush(at=120, people=300, places=20),
    limits=Limits(p95=200, error_rate=0),
)
QUICK = Profile(
    name="quick",
    says="20 users for 20 seconds: does it work at all? Times are not judged",
    stages=(Stage(4, 20), Stage(13, 20), Stage(3, 0)),
    think=(0.4, 1.2),
    rush=Rush(at=9, people=24, places=8),
    limits=Limits(p95=None, error_rate=0),
)
FULL = {profile.name: profile for profile in (REFERENCE, THOUSAND)}
