"""Results of reconcile, for people and for machines."""

import json
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from . import check
from .check import Result
from .invariant import Invariant


def lines(result: Result) -> list[str]:
    """``OK  name: what holds``, and below it the rows that break it."""
    found = [f"{result.state:<7}{result.invariant.name}: {result.invariant.says}  {result.seconds:.2f} s"]
    if result.error:
        found.append(f"       {result.error}")
    if result.count:
        found.append(f"       {result.count:,} rows, such as ({', '.join(result.columns)}):")
        found += [f"       {', '.join(map(str, row))}" for row in result.rows]
    return found


def as_json(results: Sequence[Result], seconds: float) -> dict[str, Any]:
    return {
        "holds": all(result.holds for result in results),
        "seconds": round(seconds, 3),
        "invariants": [result.as_json() for result in results],
    }


def write(path: Path, found: dict[str, Any]) -> None:
    path.write_text(json.dumps(found, indent=1, default=str) + "\n")


def explained(invariant: Invariant) -> str:
    """What it means, what it reads, its SQL and its plan."""
    sql = indent(dedent(invariant.sql).strip(), "    ")
    tables = ", ".join(invariant.tables)
    plan = indent("\n".join(check.plan(invariant)), "    ")
    return (
        f"{invariant.name}\n\n{invariant.says}\n\nIt reads {tables}.\n\nRows that break it:\n\n{sql}\n\nPlan:\n\n{plan}"
    )
