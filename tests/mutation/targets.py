"""Which modules are changed, and which tests are asked about each: of those only the
ones that run the changed line."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
EXPLAINED = Path(__file__).with_name("explained.txt")

RACES = ("tests/races/test_*.py",)
BOOKINGS = ("tests/bookings/test_*.py", "tests/core/test_closing.py", *RACES)
MEMBERSHIPS = ("tests/memberships/test_*.py", *BOOKINGS)
CATALOG = ("tests/catalog/test_*.py", "tests/core/test_closing.py", *RACES)
PAYMENTS = ("tests/payments/test_*.py", "tests/memberships/test_*.py", *CATALOG)
HTTP = tuple(
    f"tests/{name}.py"
    for name in (
        "rest/test_idempotency",
        "accounts/test_api_auth",
        "core/test_log_in",
        "core/test_throttle",
        "bookings/test_kiosk",
        "catalog/test_api_buying",
        "races/test_members",
    )
)

# A rule is held by its own tests, not by luck on a page that shows what came of it; a
# round of everything names none.
LEFT_OUT = re.compile(
    r"_pages?\.py|admin|test_api_(?!auth|buying)|test_(mixed|money_machine|planning|pictures|search)\.py"
)

TARGETS: dict[str, tuple[str, ...]] = {
    "bookings/rules/*.py": BOOKINGS,
    "bookings/locks.py": BOOKINGS,
    "bookings/operations/*.py": BOOKINGS,
    "memberships/rules.py": MEMBERSHIPS,
    "memberships/operations/*.py": MEMBERSHIPS,
    "gymsite/payments/operations/*.py": PAYMENTS,
    "catalog/rules.py": CATALOG,
    "catalog/locks.py": CATALOG,
    "catalog/operations/*.py": CATALOG,
    "gymsite/rest/idempotency.py": HTTP,
    "gymsite/core/throttle.py": HTTP,
}


def modules(wanted: list[str]) -> dict[str, tuple[str, ...]]:
    """{module's path: its tests' paths}, of all targets or of those whose path contains
    one of the words."""
    found = {
        str(path.relative_to(ROOT)): tests
        for pattern, tests in TARGETS.items()
        for path in sorted(ROOT.glob(pattern))
        if path.name != "__init__.py"
    }
    return {
        path: _expanded(tests)
        for path, tests in found.items()
        if not wanted or any(word in path for word in wanted)
    }


def _expanded(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """The paths, each once."""
    paths = [
        str(path.relative_to(ROOT))
        for pattern in patterns
        for path in sorted(ROOT.glob(pattern))
    ]
    return tuple(path for path in dict.fromkeys(paths) if not LEFT_OUT.search(path))


def explained(text: str) -> dict[str, str]:
    """{key of a change: why no test can tell it}; each entry is the key, then its
    reason on the next line, indented."""
    found, key = {}, ""
    for line in text.splitlines():
        if line.startswith("    ") and key:
            found[key] = line.strip()
        elif line.strip() and not line.startswith("#"):
            key = line.strip()
    return found
