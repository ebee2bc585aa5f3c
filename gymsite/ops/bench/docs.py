"""docs/performance.md: the text is written by hand, the tables between its two marks by ``bench --write-docs``."""

from pathlib import Path

from .errors import Refused
from .report import LEFT, Report, Row, groups_of, trimmed, verdict

BEGIN, END = "<!-- figures: begin, written by manage.py bench --write-docs -->", "<!-- figures: end -->"


def write(path: Path, report: Report) -> None:
    """Put the figures of a whole run at scale 1 into the document; raises Refused for any other."""
    if report.about["quick"] or report.about["scale"] != 1 or not report.about.get("complete"):
        raise Refused("Only a whole run at scale 1 is written into the documentation.")
    before, begin, rest = path.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise Refused(f"{path.name} has lost its marks for the figures.")
    path.write_text(f"{before}{BEGIN}\n\n{figures(report)}\n{END}{after}")


def figures(report: Report) -> str:
    """The machine, the data and a table a group, as Markdown."""
    parts = [_about(report)]
    for group in groups_of(report.rows):
        parts.append(f"### {group}\n\n{_table([row for row in report.rows if row.group == group])}")
    return "\n".join([*parts, f"**{verdict(report)}**\n"])


def _about(report: Report) -> str:
    about = report.about
    before, after = (", ".join(map(str, about[name])) for name in ("load_before", "load_after"))
    return (
        f"Measured {about['at']} on {about['cores']} cores ({about['processor']}), {about['memory_gb']} GB; Python "
        f"{about['python']}, Django {about['django']}, PostgreSQL {about['postgresql']}, {about['server']}. "
        f"Load average of 1, 5 and 15 minutes before: {before}; after: {after}.\n"
    )


def _table(rows: list[Row]) -> str:
    headings, lines = trimmed(rows)
    rules = ["---" if heading in LEFT else "---:" for heading in headings]
    escaped = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in [headings, rules, *escaped])
