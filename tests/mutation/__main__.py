"""``python -m tests.mutation``: change the code in one place at a time and see whether
a test fails."""

import argparse
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.mutation import targets
from tests.mutation.lanes import Lanes, Options, Result, read, write

KEPT = targets.ROOT / ".gymsite" / "mutation.json"
DEAD = {"killed", "hangs", "crashed"}


def main() -> int:
    """Run what was asked for; 1 when a change survived that nobody has explained."""
    asked = _arguments()
    before = {} if asked.fresh else read(asked.output)
    modules = targets.modules(asked.modules)
    if asked.report:
        return _report(before.values(), modules)
    measured = asked.output.with_name("mutation-tests.pickle")
    if asked.fresh:
        measured.unlink(missing_ok=True)
    options = Options(
        modules,
        asked.lanes,
        asked.budget,
        asked.every,
        asked.only,
        asked.again,
        before,
        measured,
    )
    kept = dict(before)

    def told(result: Result, number: int, total: int) -> None:
        kept[result.key] = result
        if result.status not in DEAD:
            sys.__stderr__.write(f"{number}/{total} {result.status}: {result.key}\n")
        if number % 20 == 0 or number == total:
            write(asked.output, kept.values())

    # beside the tests' own server
    os.environ.setdefault("GYMSITE_HOME", str(targets.ROOT / ".gymsite" / "mutation"))
    lanes = Lanes(options, told)
    tests = sorted({test for paths in modules.values() for test in paths})
    status = pytest.main(
        ["-p", "no:xdist", "-p", "no:cacheprovider", "-m", "not browser", *tests],
        plugins=[lanes],
    )
    if failed := lanes.baseline.failed:
        sys.stdout.write(
            "\n".join(
                ["left out, since they fail with the code as it is:", *failed, ""]
            )
        )
    if not lanes.results:
        return int(status) or 1
    known = {change.key for change in lanes.changes}
    whole = {
        key: result
        for key, result in kept.items()
        if key in known or key.split(" ")[0] not in modules
    }
    write(asked.output, whole.values())
    return _report(lanes.results.values(), modules)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutation", description=__doc__
    )
    parser.add_argument(
        "modules",
        nargs="*",
        help="words of the modules' paths; all targets without any",
    )
    parser.add_argument(
        "--lanes", type=int, default=2, help="how many changes are tried at once (2)"
    )
    parser.add_argument(
        "--every", type=int, default=1, help="try every n-th change only (1)"
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        help="changes whose key contains this; may be repeated",
    )
    parser.add_argument(
        "--budget",
        type=float,
        default=20,
        help="seconds of tests a change may take to survive (20)",
    )
    parser.add_argument(
        "--again",
        action="store_true",
        help="try those again that survived the last time",
    )
    parser.add_argument(
        "--fresh",
        action="store_true",
        help="forget the results that stand; without it a run goes on",
    )
    parser.add_argument(
        "--report", action="store_true", help="run nothing, show the results that stand"
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=KEPT,
        help=f"the results ({KEPT.relative_to(targets.ROOT)})",
    )
    return parser.parse_args()


def _report(results: Iterable[Result], modules: dict[str, tuple[str, ...]]) -> int:
    explained = targets.explained(targets.EXPLAINED.read_text())
    by_module: dict[str, Counter[str]] = defaultdict(Counter)
    alive = []
    for result in sorted(results, key=lambda result: result.key):
        module = result.key.split(" ")[0]
        if module not in modules or result.status == "no change":
            continue
        why = (
            "killed"
            if result.status in DEAD
            else "explained"
            if result.key in explained
            else "alive"
        )
        by_module[module][why] += 1
        alive += [result] if why == "alive" else []
    lines = [
        f"  {result.status} after {result.tests} tests: {result.key}"
        for result in alive
    ]
    sys.stdout.write(
        "\n".join([*_table(by_module), "", f"{len(alive)} alive", *lines, ""])
    )
    return 1 if alive else 0


def _table(by_module: dict[str, Counter[str]]) -> list[str]:
    rows = [_row(module, counts) for module, counts in by_module.items()]
    whole = _row("all", sum(by_module.values(), Counter()))
    head = [
        "| module | changes | killed | explained | alive | score |",
        "|---|---|---|---|---|---|",
    ]
    return [*head, *rows, whole]


def _row(name: str, counts: Counter[str]) -> str:
    """The score is what was killed of what can be: without those that are explained."""
    able = counts["killed"] + counts["alive"]
    score = f"{100 * counts['killed'] / able:.1f}%" if able else ""
    cells = [
        f"`{name}`",
        counts.total(),
        counts["killed"],
        counts["explained"],
        counts["alive"],
        score,
    ]
    return f"| {' | '.join(str(cell) for cell in cells)} |"


if __name__ == "__main__":
    sys.exit(main())
