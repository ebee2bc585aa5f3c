"""The report as one page that needs nothing else: our tokens inside, no script, plans as nested lists."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from gymsite.ops.bench.report import number

from . import text
from .plans import SORTS, title

STYLES = ("tokens.css", "indexlab.css")
CONDITIONS = (
    "Index Cond",
    "Recheck Cond",
    "Filter",
    "Hash Cond",
    "Merge Cond",
    "Join Filter",
    "Sort Key",
    "Presorted Key",
    "Group Key",
)


def page(report: dict[str, Any]) -> str:
    """All queries with their plans side by side; of a guard's report, its verdicts."""
    css = "\n".join((settings.BASE_DIR / "static" / "css" / name).read_text() for name in STYLES)
    trial = report.get("what_if")
    rows = trial["queries"] if trial else report.get("queries", [])
    context = {
        "css": mark_safe(css),  # noqa: S308  # our own stylesheets
        "about": report["about"],
        "trial": trial,
        "trial_size": text.size(trial["size"]) if trial else "",
        "rows": [_row(row, is_trial=bool(trial)) for row in rows],
        "guard": report.get("guard"),
    }
    return render_to_string("ops/indexlab.html", context)


def _row(row: dict[str, Any], *, is_trial: bool) -> dict[str, Any]:
    """What the template shows of a query, in words."""
    lost = "as it is" if is_trial else f"without {', '.join(row['dropped'])}"
    gained = "with the new index" if is_trial else "with its index"
    sides = ((gained, row["with"]), (lost, row["without"]))
    return row | {
        "sides": [_side(name, side) for name, side in sides if side],
        "times": text.times(row["speed_up"], row["without"]),
        "took": [text.took(row["with"]), text.took(row["without"])],
        "reference_told": text.reference(row),
        "costs": [_cost(index) for index in row["indexes"]],
    }


def _cost(index: dict[str, Any]) -> dict[str, Any]:
    written = index["write"]
    told = ""
    if written:
        told = (
            f"{number(written['without'])} to {number(written['with'])} µs a row written ({written['overhead']:+.0%})"
        )
    return index | {"size_told": text.size(index["size"]), "write_told": told}


def _side(name: str, side: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "took": text.took(side),
        "does": text.does(side),
        "hit": side["hit"],
        "read": side["read"],
        "root": _node(side["plan"], side["plan"].get("Actual Total Time") or 0.0),
    }


def _node(node: dict[str, Any], whole: float, processes: int = 1) -> dict[str, Any]:
    """A node as the template draws it; ``share`` is its own part of the time, 0 to 100.

    Below a Gather each node runs in several ``processes`` at once, whose times the clock on the wall sees once.
    """
    below = node["Workers Launched"] + 1 if "Workers Launched" in node else processes
    inside = sum(_time(child, below) for child in node.get("Plans", []))
    own = max(_time(node, processes) - inside, 0.0)
    ran = "Actual Loops" in node
    return {
        "title": title(node),
        "kind": "sort" if node["Node Type"] in SORTS else "scan" if node["Node Type"] == "Seq Scan" else "",
        "expected": node["Plan Rows"],
        "ran": ran,
        "never": ran and not node["Actual Loops"],
        "rows": f"{node.get('Actual Rows', 0):g}",
        "loops": node.get("Actual Loops", 0),
        "own": number(own),
        "share": min(round(100 * own / whole), 100) if whole else 0,
        "buffers": node.get("Shared Hit Blocks", 0) + node.get("Shared Read Blocks", 0),
        "conditions": list(_conditions(node)),
        "children": [_node(child, whole, below) for child in node.get("Plans", [])],
    }


def _time(node: dict[str, Any], processes: int) -> float:
    return node.get("Actual Total Time", 0.0) * node.get("Actual Loops", 0) / processes


def _conditions(node: dict[str, Any]) -> Iterator[str]:
    for name in CONDITIONS:
        if name in node:
            told = node[name]
            yield f"{name}: {', '.join(told) if isinstance(told, list) else told}"
    if removed := node.get("Rows Removed by Filter"):
        yield f"Rows removed by filter: {removed:g}"
    if "Heap Fetches" in node:
        yield f"Heap fetches: {node['Heap Fetches']:g}"
    if "Sort Space Used" in node:
        yield f"{node.get('Sort Method', 'sort')}, {node['Sort Space Used']} kB"
