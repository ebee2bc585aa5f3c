"""The lab's findings for people, in the terminal."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from gymsite.ops.bench.report import number

from .guard import FAILED, UNAVAILABLE
from .plans import title


def findings(console: Console, rows: list[dict[str, Any]]) -> None:
    table = Table(title="with and without their indexes, warm medians", title_justify="left", title_style="bold")
    left = {"query", "plan with", "plan without", "reference"}
    headings = (
        "query",
        "with",
        "without",
        "times",
        "pages",
        "plan with",
        "plan without",
        "size",
        "a write",
        "reference",
    )
    for heading in headings:
        table.add_column(heading, justify="left" if heading in left else "right", overflow="fold")
    for row in rows:
        table.add_row(*_cells(row))
    console.print(table)
    for row in rows:
        if row["reason"]:
            console.print(f"{row['name']}: {row['reason']}", style="yellow")


def _cells(row: dict[str, Any]) -> list[str]:
    kept, less = row["with"], row["without"]
    if kept is None:
        return [row["name"], row["state"], *[""] * 8]
    pages = f"{kept['hit'] + kept['read']:,}" + (f" / {less['hit'] + less['read']:,}" if less else "")
    writes = [index["write"]["overhead"] for index in row["indexes"] if index["write"]]
    return [
        row["name"],
        took(kept),
        took(less),
        times(row["speed_up"], less),
        pages,
        does(kept),
        does(less),
        size(sum(index["size"] for index in row["indexes"])),
        ", ".join(f"{overhead:+.0%}" for overhead in writes),
        reference(row),
    ]


def took(side: dict[str, Any] | None) -> str:
    """``0.031 ms``, or ``over 10,000 ms`` where it was stopped."""
    if side is None:
        return ""
    return f"over {side['stopped_at']:,} ms" if side["stopped_at"] else f"{number(side['median'])} ms"


def times(speed_up: float | None, less: dict[str, Any] | None) -> str:
    if speed_up is None:
        return ""
    return f"{'over ' if less and less['stopped_at'] else ''}{number(speed_up)}"


def does(side: dict[str, Any] | None) -> str:
    """What matters of a plan: ``sequential scan of core_user, sorts``."""
    if side is None:
        return ""
    told = [f"scans {name}" for name in side["large_scans"]]
    told += [f"sorts {side['sorted_rows']:,}"] if side["sorts"] else []
    told += [f"index-only {name}" for name in side["index_only"]]
    return ", ".join(told) or "by index"


def reference(row: dict[str, Any]) -> str:
    """``report 1: 4.75 to 0.905 ms, 5.25 times: reproduced``."""
    found = row["reference"]
    if found is None:
        return ""
    of = "endpoint " if found["of_endpoint"] else ""
    seen = {True: "reproduced", False: "not seen here", None: "not measured"}[found["reproduced"]]
    figures = f"{of}{number(found['before'])} to {number(found['after'])} ms, {number(found['speed_up'])} times"
    why = f". {row['note']}" if row["note"] and found["reproduced"] is False else ""
    return f"report {found['report']}: {figures}: {seen}{why}"


def size(value: int) -> str:
    return f"{value / 2**20:,.1f} MB" if value >= 2**20 else f"{value / 2**10:,.0f} kB"


def plan(console: Console, row: dict[str, Any]) -> None:
    """Both plans of one query as trees."""
    console.print(f"\n{row['name']}: {row['says']}", style="bold")
    for name in ("with", "without"):
        if side := row[name]:
            dropped = f" {', '.join(row['dropped'])}" if name == "without" else ""
            console.print(_tree(f"{name}{dropped}: {took(side)}", side["plan"]))


def _tree(heading: str, root: dict[str, Any]) -> Tree:
    tree = Tree(Text(heading))
    _grow(tree, root)
    return tree


def _grow(branch: Tree, node: dict[str, Any]) -> None:
    seen = (
        f", {node['Actual Rows']:g} came in {number(node['Actual Total Time'])} ms"
        if "Actual Total Time" in node
        else ""
    )
    here = branch.add(Text(f"{title(node)} ({node['Plan Rows']:,} rows expected{seen})"))
    for child in node.get("Plans", []):
        _grow(here, child)


def trial(console: Console, found: dict[str, Any]) -> None:
    """What a new index would do."""
    write = found["write"]
    cost = f", {write['overhead']:+.0%} for each row written" if write else ""
    console.print(f"{found['statement']}\n{size(found['size'])}, built in {found['build_seconds']:.1f} s{cost}")
    users = ", ".join(found["users"]) or "no query of the registry"
    console.print(f"Used by {users}, of {len(found['queries'])} that read {found['table']}.")


def verdicts(console: Console, found: list[dict[str, Any]]) -> None:
    """One line a query; what is wrong below it."""
    for one in found:
        style = {FAILED: "bold red", UNAVAILABLE: "yellow"}.get(one["state"], "")
        console.print(f"{one['state']:<12}{one['name']}: {one['says']}", style=style, highlight=False)
        for wrong in one["wrongs"]:
            console.print(f"{'':<12}{wrong}", style=style, highlight=False)
        if one["state"] == FAILED:
            console.print(f"{'':<12}{' > '.join(one['plan'])}", highlight=False)
