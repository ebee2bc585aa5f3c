"""What a check is, and what it says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

Row = Mapping[str, Any]


class Level(IntEnum):
    """How bad a finding is.

    What is accepted was looked at and is meant to be so; it never fails a run.
    """

    ACCEPTED = 0
    INFO = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def word(self) -> str:
        return self.name.lower()


class State(StrEnum):
    OK = "ok"
    FINDING = "finding"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Finding:
    """``subject`` is the same in each run; ``remedy`` is a statement, or words."""

    level: Level
    subject: str
    says: str
    remedy: str


def _seen(rows: Sequence[Row]) -> str:
    return f"{len(rows):,} looked at" if rows else "nothing to look at"


@dataclass(frozen=True, slots=True)
class Check:
    """One module of ``checks``.

    ``says`` is what holds while it is green; ``sql`` reads the figures, one row a
    subject, its first column; ``judge`` turns a row into what is wrong with it;
    ``sums`` puts all rows into a few words. ``blind`` is a query for the reason, if
    any, why this role or server can't show (all of) it; ``rows`` reads the figures
    where no statement can. ``tracks`` are the columns that --compare watches: +1 where
    more is worse, -1 where less is.
    """

    name: str
    says: str
    sql: str
    judge: Callable[[Row], Finding | None]
    sums: Callable[[Sequence[Row]], str] = _seen
    blind: str = ""
    tracks: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, Any] | None = None
    rows: Callable[[], Sequence[Row]] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found: ``figures`` are its rows, ``reason`` why it can't see all."""

    name: str
    says: str
    state: State
    reason: str = ""
    sums: str = ""
    findings: tuple[Finding, ...] = ()
    figures: tuple[Row, ...] = ()

    @property
    def level(self) -> Level:
        return max((finding.level for finding in self.findings), default=Level.ACCEPTED)

    @property
    def open(self) -> list[Finding]:
        """What asks for something to be done, the worst first."""
        return sorted(
            (finding for finding in self.findings if finding.level),
            key=lambda finding: -finding.level,
        )

    @property
    def accepted(self) -> dict[str, list[str]]:
        """What was looked at and is meant to be so: subjects by the reason."""
        by_reason: dict[str, list[str]] = {}
        for finding in self.findings:
            if not finding.level:
                by_reason.setdefault(finding.remedy, []).append(finding.subject)
        return by_reason
