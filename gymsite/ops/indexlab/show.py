"""The lab's findings as people read them."""

from collections.abc import Iterator
from typing import Any

from gymsite.ops.indexlab.guard import FAILED
from gymsite.ops.reporting.documents import measured_on
from gymsite.ops.reporting.figures import number, size
from gymsite.ops.reporting.pieces import Heading, Lines, Piece, Table, judged
from gymsite.ops.rig.queries.plans import title

HEADINGS = (
    "query",
    "with",
    "without",
    "times",
    "pages",
    "plan with",
    "plan without",
    "size",
    "a write",
    "the report",
)
LEFT = {"query", "plan with", "plan without", "the report"}
FEW = 3  # queries whose plans are shown too

Row = dict[str, Any]


def pieces(report: dict[str, Any]) -> list[Piece]:
    """Of a guard its verdicts; else a row for each query, and of a few their plans."""
    if "guard" in report:
        return [
            Lines([line for verdict in report["guard"] for line in _verdict(verdict)])
        ]
    trial = report.get("what_if")
    rows = trial["queries"] if trial else report["queries"]
    found = [*_about(report["about"]), *(_trial(trial) if trial else [])]
    found.append(Table(HEADINGS, [_cells(row) for row in rows], LEFT))
    if reasons := [f"{row['name']}: {row['reason']}" for row in rows if row["reason"]]:
        found.append(Lines(reasons))
    return found + [piece for row in rows if len(rows) <= FEW for piece in _plans(row)]


def _verdict(verdict: Row) -> list[str]:
    plan = [" > ".join(verdict["plan"])] if verdict["state"] == FAILED else []
    says = f"{verdict['name']}: {verdict['says']}"
    return judged(verdict["state"], says, *verdict["wrongs"], *plan)


def _about(about: Row) -> list[Piece]:
    settings = ", ".join(f"{name} {value}" for name, value in about["settings"].items())
    rows = sum(about["rows"].values())
    return [
        measured_on(
            about["machine"] | {"at": about["at"], "postgresql": about["postgresql"]}
        ),
        f"{settings}; {rows:,} rows in all; warm medians of {about['runs']} runs.",
    ]


def _trial(trial: Row) -> list[Piece]:
    """What a new index would do."""
    cost = (
        f", {trial['write']['overhead']:+.0%} for each row written"
        if trial["write"]
        else ""
    )
    users = ", ".join(trial["users"]) or "no query of the registry"
    return [
        trial["statement"],
        f"{size(trial['size'])}, built in {trial['build_seconds']:.1f} s{cost}",
        f"Used by {users}, of {len(trial['queries'])} that read {trial['table']}.",
    ]


def _cells(row: Row) -> list[str]:
    kept, less = row["with"], row["without"]
    says = f"{row['name']}: {row['says']}"
    if kept is None:
        return [says, row["state"], *[""] * (len(HEADINGS) - 2)]
    pages = [f"{side['hit'] + side['read']:,}" for side in (kept, less) if side]
    writes = [index["write"]["overhead"] for index in row["indexes"] if index["write"]]
    return [
        says,
        _took(kept),
        _took(less),
        _times(row["speed_up"], less),
        " / ".join(pages),
        _does(kept),
        _does(less),
        size(sum(index["size"] for index in row["indexes"])),
        ", ".join(f"{overhead:+.0%}" for overhead in writes),
        _reference(row),
    ]


def _took(side: Row | None) -> str:
    """``0.031 ms``, or ``over 10,000 ms`` where it was stopped."""
    if side is None:
        return ""
    return (
        f"over {side['stopped_at']:,} ms"
        if side["stopped_at"]
        else f"{number(side['median'])} ms"
    )


def _times(speed_up: float | None, less: Row | None) -> str:
    if speed_up is None:
        return ""
    return f"{'over ' if less and less['stopped_at'] else ''}{number(speed_up)}"


def _does(side: Row | None) -> str:
    """What matters of a plan: ``scans core_user, sorts 12``."""
    if side is None:
        return ""
    told = [f"scans {name}" for name in side["large_scans"]]
    told += [f"sorts {side['sorted_rows']:,}"] if side["sorts"] else []
    told += [f"index-only {name}" for name in side["index_only"]]
    return ", ".join(told) or "by index"


def _reference(row: Row) -> str:
    """``report 1: 4.75 to 0.905 ms, 5.25 times: reproduced``."""
    found = row["reference"]
    if found is None:
        return ""
    of = "endpoint " if found["of_endpoint"] else ""
    seen = {True: "reproduced", False: "not seen here", None: "not measured"}[
        found["reproduced"]
    ]
    printed = (
        f"{found['less']}% less"
        if found["less"]
        else f"{of}{number(found['before'])} to {number(found['after'])} ms"
    )
    figures = f"{printed}, {number(found['speed_up'])} times"
    why = f". {row['note']}" if row["note"] and found["reproduced"] is False else ""
    return f"report {found['report']}: {figures}: {seen}{why}"


def _plans(row: Row) -> Iterator[Piece]:
    """Both plans of one query, each node further in than the one above it."""
    for name in ("with", "without"):
        if side := row[name]:
            dropped = f" {', '.join(row['dropped'])}" if name == "without" else ""
            yield Heading(f"{row['name']} {name}{dropped}: {_took(side)}")
            yield Lines(list(_nodes(side["plan"])))


def _nodes(node: Row, depth: int = 0) -> Iterator[str]:
    seen = ""
    if "Actual Total Time" in node:
        seen = (
            f", {node['Actual Rows']:g} came in {number(node['Actual Total Time'])} ms"
        )
    yield f"{'  ' * depth}{title(node)} ({node['Plan Rows']:,} rows expected{seen})"
    for child in node.get("Plans", []):
        yield from _nodes(child, depth + 1)
