"""What each test runs and how long it takes, kept from one run to the next.

A test whose file is another is measured anew. Where a function it ran is another by
now, it counts as running all of it: that makes a change tried with a test too many,
never with one that a change does not reach.
"""

import ast
import hashlib
import pickle
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from tests.mutation import targets

Line = tuple[str, int]


@dataclass
class Baseline:
    """The tests with the code as it is: how long each takes, and which tests run a
    line."""

    seconds: dict[str, float] = field(default_factory=dict)
    runs: dict[Line, list[str]] = field(default_factory=lambda: defaultdict(list))
    failed: list[str] = field(default_factory=list)

    def keep(self, path: Path) -> None:
        """For the next run."""
        functions = _functions()
        places = {
            (module, line): (module, name, number)
            for (module, name), (lines, _) in functions.items()
            for number, line in enumerate(lines)
        }
        ran = defaultdict(list)
        for line, tests in self.runs.items():
            for test in tests if line in places else ():
                ran[test].append(places[line])
        texts = {key: text for key, (_, text) in functions.items()}
        kept = {
            test: (_digest(test), seconds, ran[test])
            for test, seconds in self.seconds.items()
            if test not in self.failed
        }
        path.write_bytes(pickle.dumps((kept, texts)))

    def take_over(self, path: Path) -> None:
        """What an earlier run has measured of tests that stand as they were."""
        if not path.exists():
            return
        kept, texts = pickle.loads(path.read_bytes())  # noqa: S301 - our own
        functions = _functions()
        for test, (digest, seconds, places) in kept.items():
            if digest != _digest(test):
                continue
            self.seconds[test] = seconds
            for module, name, number in places:
                lines, text = functions.get((module, name), (range(0), ""))
                same = text == texts[module, name]
                for line in lines[number : number + 1] if same else lines:
                    self.runs[module, line].append(test)


def _digest(test: str) -> str:
    """Of the file that a test is in."""
    path = targets.ROOT / test.split("::")[0]
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def _functions() -> dict[tuple[str, str], tuple[range, str]]:
    """{(module, name): (its lines, what it says)} of the functions and methods that are
    changed."""
    found = {}
    for module in targets.modules([]):
        for node in ast.parse((targets.ROOT / module).read_text()).body:
            for function in node.body if isinstance(node, ast.ClassDef) else [node]:
                if isinstance(function, ast.FunctionDef):
                    name = (
                        function.name
                        if function is node
                        else f"{node.name}.{function.name}"
                    )  # type: ignore[attr-defined]
                    lines = range(function.lineno, (function.end_lineno or 0) + 1)
                    found[module, name] = (lines, ast.dump(function))
    return found
