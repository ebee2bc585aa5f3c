"""What was proved, as people read it."""

from collections.abc import Sequence

from gymsite.ops.prove.contest import Score
from gymsite.ops.prove.report import Report
from gymsite.ops.reporting.pieces import Heading, Lines, Piece, Table

HEADINGS = (
    "contest",
    "heats",
    "attempts",
    "winners",
    "capacity",
    "refused",
    "killed over",
    "lost",
    "doubled",
    "violations",
)
LEFT = {"contest", "refused", "violations"}


def pieces(reports: Sequence[Report]) -> list[Piece]:
    return [piece for report in reports for piece in _pieces(report)]


def _pieces(report: Report) -> list[Piece]:
    without = f"Without the guard `{report.control}`"
    return [
        *([Heading(without)] if report.control else []),
        Table(HEADINGS, [_cells(score) for score in report.scores], LEFT),
        Lines([*_summary(report), *_violations(report)]),
    ]


def _cells(score: Score) -> list[str]:
    refused = sorted(score.refusals.items(), key=lambda pair: -pair[1])
    counts = score.heats, score.attempts, score.winners, score.capacity
    fates = score.silences, score.lost, score.doubled
    return [
        score.name,
        *(f"{count:,}" for count in counts),
        ", ".join(f"{code} {count:,}" for code, count in refused),
        *(f"{count:,}" for count in fates),
        "VIOLATED" if score.violations else "",
    ]


def _summary(report: Report) -> list[str]:
    kills = (
        ", ".join(f"{name} {count}" for name, count in report.kills.items())
        or "nothing"
    )
    fates = ("lost", "doubled", "kept", "unpaid")
    lost, doubled, kept, unpaid = (
        sum(getattr(score, name) for score in report.scores) for name in fates
    )
    return [
        (
            f"{report.attempts:,} attempts in {report.rounds} rounds by "
            f"{report.about['clients']}, {report.seconds:.1f} s."
        ),
        f"Killed: {kills}; {report.recovering:.1f} s until all were up again.",
        (
            f"Acknowledged answers lost: {lost}. Doubled: {doubled}. Deadlocks: "
            f"{report.deadlocks}."
        ),
        f"Money kept without its thing: {kept}. Things without their money: {unpaid}.",
        "The database promised: "
        + ", ".join(f"{name} {value}" for name, value in report.promises.items())
        + ".",
    ]


def _violations(report: Report) -> list[str]:
    told = [f"VIOLATED {text}" for score in report.scores for text in score.told]
    told += [
        f"VIOLATED invariant {name}: {', '.join(rows)}"
        for name, rows in report.broken.items()
    ]
    if report.deadlocks:
        told.append(f"VIOLATED the order of locks: {report.deadlocks} deadlocks")
    more = sum(score.violations - len(score.told) for score in report.scores)
    if more:
        told.append(f"... and {more:,} more")
    return told or ["Everything that was answered is so, and nothing else."]
