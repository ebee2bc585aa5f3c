"""docs/performance.md: the text is written by hand, the tables between its two marks by ``bench --write-docs``."""

from pathlib import Path

from gymsite.ops import documents

from .errors import Refused
from .report import LEFT, Report, Row, groups_of, trimmed, verdict

PAGE = documents.FOLDER / "performance.md"


def write(path: Path, report: Report) -> None:
    """Put the figures of a whole run at scale 1 into the document; raises Refused for any other."""
    if report.about["quick"] or report.about["scale"] != 1 or not report.about.get("complete"):
        raise Refused("Only a whole run at scale 1 is written into the documentation.")
    documents.write(path, "bench", figures(report))


def figures(report: Report) -> str:
    """The machine, the data and a table a group, as Markdown."""
    parts = [_about(report)]
    for group in groups_of(report.rows):
        rows = [row for row in report.rows if row.group == group]
        parts.append(f"### {group}\n\n{_again(report, group)}{_table(rows)}")
    return "\n".join([*parts, f"**{verdict(report)}**\n"])


def _about(report: Report) -> str:
    return f"{documents.measured_on(report.about)}\n"


def _again(report: Report, group: str) -> str:
    """A line where this group was measured later than the others."""
    when = report.about.get("again", {}).get(group)
    if when is None:
        return ""
    before, after = documents.three(when["load_before"]), documents.three(when["load_after"])
    return f"Measured again {when['at']}; load average before: {before}; after: {after}.\n\n"


def _table(rows: list[Row]) -> str:
    headings, lines = trimmed(rows)
    rules = ["---" if heading in LEFT else "---:" for heading in headings]
    escaped = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in [headings, rules, *escaped])
