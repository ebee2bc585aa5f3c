"""A loop that holds locks, or a job's worker, has a bound that can be read.

There is no ``while True``, and nothing calls itself.
"""

import ast
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
ROOMS = ("gymsite/core", "gymsite/payments", "memberships", "bookings", "catalog")
READ = [
    path
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*.py"))
    if "operations" in path.parts
    or path.name in ("tasks.py", "batches.py", "outbox.py", "planning.py", "locks.py")
]


def endless(source: str) -> list[str]:
    """What may go on for ever, by line.

    That is a loop whose condition is a constant, or a function that calls itself.
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.While) and isinstance(node.test, ast.Constant):
            found.append(f"{node.lineno}: while {ast.unparse(node.test)}")
        if isinstance(node, ast.FunctionDef):
            called = [
                call.func for call in ast.walk(node) if isinstance(call, ast.Call)
            ]
            if any(
                isinstance(func, ast.Name) and func.id == node.name for func in called
            ):
                found.append(f"{node.lineno}: {node.name} calls itself")
    return found


def test_they_are_read():
    assert len(READ) > 40


@pytest.mark.parametrize("path", READ, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_operation_or_job_has_a_loop_without_a_bound(path):
    assert endless(path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    ["while True:\n    pass", "while 1:\n    pass", "def f():\n    return f()"],
)
def test_control_it_sees_one(source):
    assert endless(source)
