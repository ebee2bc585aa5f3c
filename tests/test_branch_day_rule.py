"""Nothing asks for a day but the branch (or gymsite.core.periods).

The source is read for every other way.
"""

import ast
import re
from collections import Counter
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
ROOMS = ("gymsite", "bookings", "memberships", "catalog")
# moment.date(), timezone.localdate(), date.today()
CALLS = {"date", "localdate", "today", "utctoday"}
CLASSES = {
    "TruncDate",
    "TruncDay",
    "TruncWeek",
    "TruncMonth",
    "ExtractDay",
    "CurrentDate",
}
SQL = re.compile(
    r"\bcurrent_date\b|::date\b|\bAS date\)|\bdate_trunc\b|__date\b", re.IGNORECASE
)

# How often a module may ask, and why it does not ask for a branch's day.
ALLOWED = {
    "gymsite/core/periods.py": (1, "the helper"),
    "gymsite/core/partitions.py": (2, "partitions are cut by UTC months"),
    "memberships/sql/analytics.sql": (
        12,
        "parameters' types; months, in the branch's zone",
    ),
    "memberships/sql/entitlements.sql": (
        5,
        "parameters' types; the member's day, in their branch's zone",
    ),
    "bookings/admin/appointment_page.py": (1, "a bound of 400 days, give or take one"),
    "bookings/sql/finances.sql": (2, "the branch's day; a parameter's type"),
    "bookings/sql/timetable.sql": (2, "days in the appointment's zone"),
    "bookings/sql/training_week.sql": (
        15,
        "parameters' types; days in the branch's zone",
    ),
    "bookings/sql/timetable_page.sql": (1, "a parameter's type"),
    "bookings/sql/samples.sql": (
        6,
        "the index lab's parameters: some day near today",
    ),
    "bookings/tuned_queries.py": (
        2,
        "the index lab's parameters: some day near today",
    ),
    "bookings/sql/availability.sql": (2, "parameters' types"),
    "bookings/sql/eligibility.sql": (1, "a parameter's type"),
    "catalog/sql/samples.sql": (1, "the index lab's parameters: some day near today"),
    "memberships/sql/samples.sql": (
        5,
        "the index lab's parameters: some day near today",
    ),
    "gymsite/ops/audit/sql/request_times.sql": (2, "hours, of the whole site"),
    "gymsite/ops/audit/sql/partitions.sql": (1, "partitions are cut by UTC months"),
    "catalog/sql/invariants.sql": (1, "UTC's day, give or take one"),
    "memberships/sql/invariants.sql": (1, "a day's period"),
    "gymsite/ops/management/commands/seed.py": (
        1,
        "the day it is in a seed, said to be UTC's",
    ),
    "gymsite/ops/seed/sql/verify.sql": (1, "when hours of a seed begin to hold"),
    "gymsite/ops/rig/people.py": (1, "picks members to measure with"),
    "gymsite/ops/bench/traffic.py": (2, "UTC's day, give or take one"),
    "gymsite/ops/bench/sql/traffic.sql": (2, "a parameter's type"),
    "gymsite/ops/prove/cast.py": (3, "a made-up brand in UTC"),
    "gymsite/ops/prove/money.py": (1, "a made-up brand in UTC"),
    "gymsite/ops/prove/refunds.py": (1, "a made-up brand in UTC"),
    "gymsite/ops/prove/training.py": (2, "a made-up brand in UTC"),
    "gymsite/ops/prove/wares.py": (1, "a made-up brand in UTC"),
}


def days_asked(source: str) -> list[str]:
    """Each expression and each piece of SQL that makes a day from an instant."""
    return [found for node in ast.walk(ast.parse(source)) for found in _asked(node)]


def _asked(node: ast.AST) -> list[str]:
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and _makes_a_day(node)
    ):
        return [ast.unparse(node)]
    if isinstance(node, ast.Name) and node.id in CLASSES:
        return [node.id]
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and len(node.value) < 10_000
    ):
        return SQL.findall(node.value)
    return (
        [node.arg]
        if isinstance(node, ast.keyword) and node.arg and SQL.search(node.arg)
        else []
    )


def _makes_a_day(call: ast.Call) -> bool:
    name, owner = call.func.attr, ast.unparse(call.func.value)
    if name == "today":
        return owner in ("date", "datetime", "datetime.date", "datetime.datetime")
    return name in CALLS and not (name == "date" and call.args)


def modules() -> list[Path]:
    files = [
        path
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.suffix in (".py", ".sql")
    ]
    return sorted(path for path in files if "migrations" not in path.parts)


def found_in(path: Path) -> list[str]:
    text = path.read_text()
    return days_asked(text) if path.suffix == ".py" else SQL.findall(text)


def test_a_day_is_asked_of_the_branch():
    found = Counter(
        {str(path.relative_to(ROOT)): len(found_in(path)) for path in modules()}
    )
    assert {name: count for name, count in found.items() if count} == {
        name: count for name, (count, _) in ALLOWED.items()
    }


def test_the_rule_sees_every_way_round_it():
    ways = (
        "now.date()",
        "timezone.localdate(now)",
        "date.today()",
        "datetime.today()",
        "'SELECT current_date'",
        "'SELECT at::date'",
        "'SELECT CAST(at AS date)'",
        "'date_trunc(x)'",
        "rows.filter(created_at__date=day)",
        "TruncDate('at')",
    )
    assert [way for way in ways if not days_asked(way)] == []
    assert days_asked("branch.today(now); shop.date('x'); 'what is today'") == []
