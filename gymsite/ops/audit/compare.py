"""What got worse since an earlier audit, and what got better."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gymsite.ops.audit.model import Check, Finding, Level, State
from gymsite.ops.audit.report import Change, Report

NOTICEABLE = 0.2  # a figure has changed when it did by a fifth


def changes(old: Report, new: Report, checks: Sequence[Check]) -> list[Change]:
    """Findings that came, went or changed their level, and figures that moved.

    Checks that can't see any more, too.
    """
    return [*_findings(old, new), *_sight(old, new), *_figures(old, new, checks)]


def _findings(old: Report, new: Report) -> Iterator[Change]:
    before, after = _by_subject(old), _by_subject(new)
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        if (was and was.level) == (now and now.level):
            continue
        worse = (now.level if now else Level.ACCEPTED) > (
            was.level if was else Level.ACCEPTED
        )
        words = (
            f"{now.level.word if now else 'gone'} (was "
            f"{was.level.word if was else 'not there'})"
        )
        yield Change(worse, key[0], f"{key[1]}: {words}: {(now or was).says}")  # type: ignore[union-attr]


def _by_subject(report: Report) -> dict[tuple[str, str], Finding]:
    return {
        (result.name, finding.subject): finding
        for result in report.results
        for finding in result.findings
        if finding.level
    }


def _sight(old: Report, new: Report) -> Iterator[Change]:
    before = {result.name: result.state for result in old.results}
    for result in new.results:
        was = before.get(result.name)
        if was and (was == State.UNAVAILABLE) != (result.state == State.UNAVAILABLE):
            lost = result.state == State.UNAVAILABLE
            yield Change(
                lost,
                result.name,
                f"can't be seen any more: {result.reason}"
                if lost
                else "can be seen now",
            )


def _figures(old: Report, new: Report, checks: Sequence[Check]) -> Iterator[Change]:
    before, after = _rows(old), _rows(new)
    for check in checks:
        for key in [key for key in after if key[0] == check.name and key in before]:
            for column, direction in check.tracks.items():
                was, now = before[key].get(column), after[key].get(column)
                if was is not None and now is not None and _moved(was, now):
                    yield Change(
                        (now - was) * direction > 0,
                        key[0],
                        f"{key[1]}: {column} {was:,g} -> {now:,g}",
                    )


def _rows(report: Report) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    return {
        (result.name, str(row.get("subject"))): row
        for result in report.results
        for row in result.figures
    }


def _moved(was: float, now: float) -> bool:
    return abs(now - was) > NOTICEABLE * max(abs(was), abs(now))
