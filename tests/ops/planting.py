"""What tests of the audit ask about the faults that they plant."""

from gymsite.ops import audit
from gymsite.ops.audit import CHECKS, Finding, runner
from tests.ops.databases import another

BY_NAME = {check.name: check for check in CHECKS}


def look(name: str) -> audit.Result:
    return runner.result_of(BY_NAME[name])


def found(name: str, subject: str) -> Finding:
    """The one finding of a check about ``subject``."""
    (finding,) = [
        finding
        for finding in look(name).findings
        if finding.subject == subject and finding.level
    ]
    return finding


def connection_row(sql: str, params: list) -> tuple:
    with another() as live:
        return live.execute(sql, params).fetchone()
