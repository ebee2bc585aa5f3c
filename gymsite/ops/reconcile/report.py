"""Results of reconcile, for people and for machines."""

import json
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from django.db import connection
from django.utils import timezone

from gymsite.ops import documents
from gymsite.ops.machine import about_machine, server_version

from . import check
from .check import Result
from .invariant import Invariant

DOCS = documents.FOLDER / "reconcile.md"
ROWS = """
    SELECT coalesce(sum(reltuples), 0)::bigint FROM pg_class
     WHERE relkind = 'r' AND reltuples > 0 AND relnamespace = current_schema::regnamespace
"""


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


def write_docs(page: Path, results: Sequence[Result], seconds: float) -> None:
    """Put the results between the marks of the document. Raises documents.NoMarks."""
    about = about_machine() | {"at": f"{timezone.now():%Y-%m-%d %H:%M} UTC", "postgresql": server_version()}
    told = "\n".join(line for result in results for line in lines(result))
    took = f"{_rows():,} rows, {len(results)} invariants, {seconds:.1f} s."
    documents.write(page, "reconcile", f"{documents.measured_on(about)}\n\n{took}\n\n{documents.block(told)}")


def _rows() -> int:
    """Of all tables together, as the planner knows it: every size is right to a percent once it was analyzed."""
    with connection.cursor() as cursor:
        cursor.execute(ROWS)
        return cursor.fetchone()[0]


def explained(invariant: Invariant) -> str:
    """What it means, what it reads, its SQL and its plan."""
    sql = indent(dedent(invariant.sql).strip(), "    ")
    tables = ", ".join(invariant.tables)
    plan = indent("\n".join(check.plan(invariant)), "    ")
    return (
        f"{invariant.name}\n\n{invariant.says}\n\nIt reads {tables}.\n\nRows that break it:\n\n{sql}\n\nPlan:\n\n{plan}"
    )
