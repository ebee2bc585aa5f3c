"""A load test as people read it."""

from gymsite.ops.loadtest.results import Action, Judgement, Report, Run, Step
from gymsite.ops.reporting.documents import measured_on, three
from gymsite.ops.reporting.figures import number, percentiles
from gymsite.ops.reporting.pieces import Heading, Lines, Piece, Table

VERDICTS = {True: "met", False: "MISSED", None: "not judged"}
PERCENTILES = ("p50 ms", "p95 ms", "p99 ms")


def pieces(report: Report) -> list[Piece]:
    counts = report.about["sizes"].items()
    sizes = ", ".join(f"{count:,} {name}" for name, count in counts)
    judged = [
        each for run in report.runs for each in run.judgements if each.met is not None
    ]
    return [
        measured_on(report.about),
        f"The brand: {sizes}.",
        *(piece for run in report.runs for piece in _run(run)),
        f"{len(judged) - len(report.missed)} of {len(judged)} thresholds met.",
    ]


def _run(run: Run) -> list[Piece]:
    failed = [f"FAILED {each.name}: {each.first}" for each in run.actions if each.first]
    broken = [
        f"BROKEN {name}: {row}" for name, rows in run.broken.items() for row in rows
    ]
    return [
        Heading(f"{run.profile}: {run.says}"),
        _actions([*run.actions, run.total]),
        _steps(run),
        _usage(run),
        *_circumstances(run),
        *([Lines([*failed, *broken])] if failed or broken else []),
        _judgements(run.judgements),
    ]


def _actions(actions: list[Action]) -> Table:
    headings = ("action", "requests", *PERCENTILES, "refused", "errors", "error rate")
    return Table(headings, [_action(each) for each in actions], {"action"})


def _action(action: Action) -> list[str]:
    rate = f"{action.error_rate:.2%}" if action.errors else ""
    counts = str(action.refused or ""), str(action.errors or "")
    return [
        action.name,
        f"{action.requests:,}",
        *percentiles(action.times),
        *counts,
        rate,
    ]


def _steps(run: Run) -> Table:
    headings = ("users", "seconds", "requests/s", *PERCENTILES)
    return Table(headings, [_step(step) for step in run.steps], {"users"})


def _step(step: Step) -> list[str]:
    seconds = f"{step.begins:g} to {step.ends:g}"
    return [step.users, seconds, number(step.rate), *percentiles(step.times)]


def _usage(run: Run) -> Table:
    cpu, memory = run.usage.cpu, run.usage.memory
    rows = [
        [
            part,
            f"{cpu[part]:.2f}" if part in cpu else "",
            f"{memory[part]:,.0f}" if part in memory else "",
        ]
        for part in dict.fromkeys([*cpu, *memory])
    ]
    rows.append(["whole machine, others too", f"{run.usage.machine:.0%} of all", ""])
    return Table(
        ("part", "CPU, cores", "memory of its largest process, MB"), rows, {"part"}
    )


def _circumstances(run: Run) -> list[str]:
    held, opening = run.usage.connections, run.opening
    statuses = ", ".join(
        f"{count} x {status}" for status, count in sorted(opening.statuses.items())
    )
    cost = (
        f"; a request cost {number(run.cpu_a_request)} ms of the server's CPU"
        if run.cpu_a_request
        else ""
    )
    return [
        f"Opening second: {opening.people} members at once for {opening.places} "
        f"places: {statuses}; all answered in {opening.seconds:.2f} s.",
        f"Database connections, the most at one of {held['samples']} looks: "
        f"{held['open']} open, {held['active']} at work, {held['waiting']} waiting for "
        f"a lock; {held['allowed']} are allowed.",
        f"Locust used {run.client_share:.0%} of one core of the same machine, think "
        f"time {run.think[0]:g} to {run.think[1]:g} s; the run took "
        f"{run.usage.seconds:.0f} s{cost}; load average {three(run.load_before)} "
        f"before, {three(run.load_after)} after.",
    ]


def _judgements(judgements: list[Judgement]) -> Table:
    headings = ("asked", "limit", "found", "")
    rows = [
        [each.name, each.limit, each.found, VERDICTS[each.met]] for each in judgements
    ]
    return Table(headings, rows, headings)
