"""Results of reconcile, for people and for machines."""

from collections.abc import Sequence
from textwrap import dedent, indent
from typing import Any

from django.utils import timezone

from gymsite.ops.invariants import Invariant
from gymsite.ops.reconcile import check
from gymsite.ops.reconcile.check import Result
from gymsite.ops.reporting.documents import measured_on
from gymsite.ops.reporting.pieces import Lines, Piece, judged
from gymsite.ops.rig.machine import about_machine, server_version
from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.reconcile", "show")


def as_data(results: Sequence[Result], seconds: float) -> dict[str, Any]:
    return {
        "holds": all(result.holds for result in results),
        "seconds": round(seconds, 3),
        "invariants": [result.as_data() for result in results],
    }


def pieces(results: Sequence[Result], seconds: float) -> list[Piece]:
    now, version = timezone.now(), server_version()
    about = {"at": f"{now:%Y-%m-%d %H:%M} UTC", "postgresql": version}
    rows = fetch_one(SQL.rows).rows
    return [
        measured_on(about_machine() | about),
        f"{rows:,} rows, {len(results)} invariants, {seconds:.1f} s.",
        Lines([line for result in results for line in lines(result)]),
    ]


def lines(result: Result) -> list[str]:
    """``OK  name: what holds``, and below it the rows that break it."""
    invariant = result.invariant
    details = [result.error] if result.error else []
    if result.count:
        columns = ", ".join(result.columns)
        details.append(f"{result.count:,} rows, such as ({columns}):")
        details += [", ".join(map(str, row)) for row in result.rows]
    says = f"{invariant.name}: {invariant.says}  {result.seconds:.2f} s"
    return judged(result.state, says, *details)


def explained(invariant: Invariant) -> str:
    """What it means, what it reads, its SQL and its plan."""
    sql = indent(dedent(invariant.sql).strip(), "    ")
    tables = ", ".join(invariant.tables)
    plan = indent("\n".join(check.plan(invariant)), "    ")
    return (
        f"{invariant.name}\n"
        "\n"
        f"{invariant.says}\n"
        "\n"
        f"It reads {tables}.\n\n"
        "Rows that break it:\n\n"
        f"{sql}\n"
        "\n"
        "Plan:\n\n"
        f"{plan}"
    )
