"""A whole audit: to keep as JSON, to read again, to hold against an earlier one."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from gymsite.ops.audit.model import Finding, Level, Result, State

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a comparison: whether it is for the worse, and what changed."""

    worse: bool
    check: str
    says: str


class Unreadable(ValueError):
    """The file holds no audit."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where and as whom it ran; ``counted_for`` is the age of the statistics (s)."""

    database: str
    version: str
    role: str
    superuser: bool
    sees_everybody: bool
    counted_for: float


@dataclass(frozen=True, slots=True)
class Report:
    at: datetime
    server: Server
    results: tuple[Result, ...]

    def with_result(self, result: Result) -> "Report":
        return replace(self, results=(*self.results, result))

    def count(self, state: State) -> int:
        return sum(result.state == state for result in self.results)

    def reaches(self, level: Level) -> list[Finding]:
        """The findings of that level and above."""
        return [
            finding
            for result in self.results
            for finding in result.findings
            if finding.level >= level
        ]

    @property
    def worst(self) -> Level:
        return max((result.level for result in self.results), default=Level.ACCEPTED)

    def as_data(self, changes: Sequence[Change] | None = None) -> dict[str, Any]:
        """JSON's types only, with what changed since an earlier audit if given."""
        data = {
            "format": FORMAT,
            "at": self.at.isoformat(),
            "server": asdict(self.server),
            "checks": [_result_data(result) for result in self.results],
        }
        if changes is None:
            return data
        return data | {"changes": [asdict(change) for change in changes]}


def _result_data(result: Result) -> dict[str, Any]:
    findings = [
        asdict(finding) | {"level": finding.level.word} for finding in result.findings
    ]
    plain = {
        name: str(getattr(result, name))
        for name in ("name", "says", "state", "reason", "sums")
    }
    return plain | {
        "findings": findings,
        "figures": [dict(row) for row in result.figures],
    }


def from_json(text: str) -> Report:
    """An earlier audit; raises Unreadable."""
    try:
        return from_data(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(
            f"This is no audit that `manage.py audit --json` wrote: {error}"
        ) from None


def from_data(data: dict[str, Any]) -> Report:
    if data["format"] != FORMAT:
        raise ValueError(f"format {data['format']} is not {FORMAT}")
    return Report(
        datetime.fromisoformat(data["at"]),
        Server(**data["server"]),
        tuple(_results(data["checks"])),
    )


def _results(checks: list[dict[str, Any]]) -> Iterator[Result]:
    for check in checks:
        findings = (
            Finding(**finding | {"level": Level[finding["level"].upper()]})
            for finding in check["findings"]
        )
        yield Result(
            **check
            | {
                "state": State(check["state"]),
                "findings": tuple(findings),
                "figures": tuple(check["figures"]),
            }
        )
