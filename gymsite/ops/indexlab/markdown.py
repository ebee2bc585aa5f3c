"""The figures of docs/indexlab.md, written from a report and never by hand."""

from pathlib import Path
from typing import Any

from gymsite.ops import documents

from . import text

HEADINGS = ("query", "with", "without", "times", "plan with", "plan without", "size", "a write", "the report")


def write(page: Path, report: dict[str, Any]) -> None:
    documents.write(page, "indexlab", figures(report))


def figures(report: dict[str, Any]) -> str:
    """A sentence on server and data, and a row for each query."""
    about = report["about"]
    settings = ", ".join(f"{name} {value}" for name, value in about["settings"].items())
    rows = sum(about["rows"].values())
    machine = about["machine"]
    where = f"{machine['cores']} cores ({machine['processor']}), load average {machine['load_before'][0]}"
    lines = [
        f"{about['at']}, {where}, PostgreSQL {about['postgresql']} ({settings}).",
        f"{rows:,} rows in all; warm medians of {about['runs']} runs.",
        "",
        f"| {' | '.join(HEADINGS)} |",
        "|---|---:|---:|---:|---|---|---:|---:|---|",
        *(f"| {' | '.join(_cells(row))} |" for row in report["queries"]),
    ]
    return "\n".join(lines) + "\n"


def _cells(row: dict[str, Any]) -> list[str]:
    kept, less = row["with"], row["without"]
    writes = [index["write"]["overhead"] for index in row["indexes"] if index["write"]]
    return [
        f"{row['name']}: {row['says']}",
        text.took(kept),
        text.took(less),
        text.times(row["speed_up"], less),
        text.does(kept),
        ". ".join(filter(None, [text.does(less), row["reason"]])),
        text.size(sum(index["size"] for index in row["indexes"])),
        ", ".join(f"{overhead:+.0%}" for overhead in writes),
        text.reference(row),
    ]
