"""What a run came to: figures by action and stage, and what is asked of them."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from gymsite.ops.loadtest.profiles import Limits, Profile, bounds
from gymsite.ops.loadtest.usage import SERVER, Usage
from gymsite.ops.rig.stats import Spread

CREATED = "201"


@dataclass(slots=True)
class Action:
    """One kind of request.

    ``refused`` got an answer that a person may get, such as a full class; ``first`` is
    the text of the first error; times are milliseconds.
    """

    name: str
    requests: int
    refused: int
    errors: int
    first: str
    times: Spread

    @property
    def error_rate(self) -> float:
        return self.errors / self.requests


@dataclass(slots=True)
class Step:
    """What was answered to requests sent between two seconds of the ramp."""

    begins: float
    ends: float
    users: str
    rate: float
    times: Spread | None


@dataclass(slots=True)
class Opening:
    """The opening second: who asked for places, was told what, and has what."""

    people: int
    places: int
    statuses: dict[str, int]
    booked: int
    seconds: float

    @property
    def winners(self) -> int:
        return self.statuses.get(CREATED, 0)

    @property
    def is_exact(self) -> bool:
        """Every place sold once, or everybody in, and the database says the same."""
        return self.winners == self.booked == min(self.people, self.places)


@dataclass(slots=True)
class Judgement:
    """One thing that is asked of a run; ``met`` is None where it is only shown."""

    name: str
    limit: str
    found: str
    met: bool | None


@dataclass(slots=True)
class Run:
    """A whole profile; ``client_share`` is the part of one core that Locust used.

    ``broken`` has the invariants that don't hold afterwards, each with its first rows.
    """

    profile: str
    says: str
    think: tuple[float, float]
    total: Action
    actions: list[Action]
    steps: list[Step]
    opening: Opening
    usage: Usage
    client_share: float
    invariants: int
    broken: dict[str, list[str]]
    load_before: list[float]
    load_after: list[float]
    judgements: list[Judgement] = field(default_factory=list)

    @property
    def cpu_a_request(self) -> float | None:
        """The server's CPU for one request (ms), which other load hardly moves.

        None where the server's processes are not ours to look at.
        """
        share = self.usage.cpu.get(SERVER)
        return (
            None
            if share is None
            else share * self.usage.seconds / self.total.requests * 1000
        )


@dataclass(slots=True)
class Report:
    """What was tested, where, and every run."""

    about: dict[str, Any]
    runs: list[Run]

    @property
    def missed(self) -> list[Judgement]:
        return [
            each for run in self.runs for each in run.judgements if each.met is False
        ]

    def as_data(self) -> dict[str, Any]:
        return asdict(self) | {"passed": not self.missed}


def action(name: str, rows: Iterable[dict[str, Any]]) -> Action:
    """One action of the swarm's rows of it; several rows make a total."""
    rows = list(rows)
    times = [milliseconds for row in rows for _, milliseconds in row["times"]]
    return Action(
        name=name,
        requests=len(times),
        refused=sum(row["refused"] for row in rows),
        errors=sum(row["errors"] for row in rows),
        first=next((row["first"] for row in rows if row["first"]), ""),
        times=Spread.of(times),
    )


def actions(found: dict[str, dict[str, Any]]) -> list[Action]:
    """Every action of the swarm's answer, by its name."""
    return [action(name, [row]) for name, row in sorted(found.items())]


def steps(profile: Profile, found: dict[str, dict[str, Any]]) -> list[Step]:
    """The same requests by the stage of the ramp in which they were sent."""
    sent = [pair for row in found.values() for pair in row["times"]]
    users = [0, *(stage.users for stage in profile.stages)]
    made = []
    for turn, (begins, ends) in enumerate(bounds(profile.stages)):
        times = [milliseconds for at, milliseconds in sent if begins <= at < ends]
        moves = (
            f"{users[turn]} to {users[turn + 1]}"
            if users[turn] != users[turn + 1]
            else f"{users[turn]}"
        )
        made.append(
            Step(
                begins,
                ends,
                moves,
                len(times) / (ends - begins),
                Spread.of(times) if times else None,
            )
        )
    return made


def judged(run: Run, limits: Limits, *, opening: bool) -> list[Judgement]:
    """All that is asked of a run; ``opening`` where the class's places were ours."""
    total = run.total
    said = "none" if limits.error_rate == 0 else f"< {limits.error_rate:.0%}"
    few = (
        total.errors == 0
        if limits.error_rate == 0
        else total.error_rate < limits.error_rate
    )
    wanted = f"< {limits.p95:g} ms" if limits.p95 is not None else "not judged"
    fast = total.times.p95 < limits.p95 if limits.p95 is not None else None
    exact = run.opening.is_exact if opening else None
    return [
        Judgement("p95 of all requests", wanted, f"{total.times.p95:.0f} ms", fast),
        Judgement(
            "errors",
            said,
            f"{total.errors} of {total.requests:,} ({total.error_rate:.2%})",
            few,
        ),
        Judgement(
            "opening second",
            f"{min(run.opening.people, run.opening.places)} booked",
            f"{run.opening.winners} told so, {run.opening.booked} in the database",
            exact,
        ),
        Judgement(
            "reconcile",
            f"{run.invariants} invariants",
            f"{run.invariants - len(run.broken)} hold",
            run.invariants > 0 and not run.broken,
        ),
    ]
