"""A pytest plugin that runs the collected tests once, noting which lines each runs, and
then once a change.

Everything is loaded once. A change is tried in a forked process, on one of a few lanes:
each lane has two databases, copies of the empty test database, one for tests that are
rolled back and one for tests that commit.
"""

import ast
import gc
import importlib
import json
import os
import pickle
import re
import signal
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import count, zip_longest
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis
import psycopg
import pytest
from _pytest.runner import runtestprotocol
from django.conf import settings
from django.db import connections

from tests.mutation import live, places, targets
from tests.mutation.measured import Baseline, Line

COMMITS = {"transactional_db", "live_server"}
# how many tests that have killed in the same place before, and of them with other
# values
LATELY, SIBLINGS = 8, 24
ABOUT_OTHERS = re.compile(
    r"lock|for_update|atomic|no_key|\bFOR\b|\bAND\b|CONFLICT|ignore_conflicts"
)


@dataclass
class Result:
    """What came of a change: killed by a test, by time (it hangs), survived, or nothing
    runs its line."""

    key: str
    status: str
    by: str = ""
    tests: int = 0
    seconds: float = 0.0


@dataclass
class Options:
    """Of the command line; ``done`` are the results that stand already."""

    modules: dict[str, tuple[str, ...]]
    lanes: int
    budget: float
    every: int
    only: list[str]
    again: bool
    done: dict[str, Result]
    measured: Path


class Lanes:
    """The plugin: it takes pytest's loop over the tests and makes its own of it."""

    def __init__(
        self, options: Options, told: Callable[[Result, int, int], None]
    ) -> None:
        self.options = options
        self.told = told
        self.results: dict[str, Result] = {}
        self.baseline = Baseline()
        # by function and by module, the last one last
        self.killers: dict[str, dict[str, None]] = defaultdict(dict)

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Before the tests are imported: no examples from another run, no search for
        the smallest one."""
        phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
        hypothesis.settings.register_profile(
            "mutation", phases=phases, database=None, derandomize=True
        )
        hypothesis.settings.load_profile("mutation")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.session = session
        self.items = {item.nodeid: item for item in session.items}
        self._load()
        first = next(
            item
            for item in session.items
            if item.get_closest_marker("django_db") and not _commits(item)
        )
        other = next(item for item in session.items if item is not first)
        runtestprotocol(first, nextitem=other, log=False)  # makes the test database
        connections.close_all()
        self.template = settings.DATABASES["default"]["NAME"]
        for lane in range(self.options.lanes):
            self._fresh(lane)
        self.baseline = self._in_child(0, self._measure)
        self.baseline.keep(self.options.measured)
        self.functions = {
            path: live.functions_of(str(module.__file__))
            for path, module in self.modules.items()
        }
        gc.collect()
        gc.freeze()  # what is loaded stays shared with the forked processes
        self._try_all()
        for lane in range(self.options.lanes):
            self._drop(lane)
        return True

    # what there is to change

    def _load(self) -> None:
        self.modules: dict[str, ModuleType] = {}
        self.trees: dict[str, ast.Module] = {}
        self.changes: list[places.Change] = []
        for path in self.options.modules:
            module = importlib.import_module(_dotted(path))
            self.modules[path], self.trees[path] = (
                module,
                ast.parse((targets.ROOT / path).read_text()),
            )
            self.changes += places.changes_of(path, self.trees[path], module.__dict__)

    def _wanted(self) -> list[places.Change]:
        options = self.options
        only = options.only or [""]
        chosen = [
            change
            for change in self.changes
            if any(word in change.key for word in only)
        ]
        if options.again:  # of what was tried before
            chosen = [change for change in chosen if change.key in options.done]
        else:
            chosen = _every(options.every, chosen)
        for change in chosen:
            before = options.done.get(change.key)
            if before and not (
                options.again and before.status in {"survived", "unreached"}
            ):
                self.results[change.key] = before
        return [change for change in chosen if change.key not in self.results]

    # the tests as they are

    def _measure(self) -> Baseline:
        found = Baseline()
        found.take_over(self.options.measured)
        items = sorted(
            (item for item in self.session.items if item.nodeid not in found.seconds),
            key=_commits,
        )
        lines: set[Line] = set()
        # those too that are not asked for, since it is kept
        for path in targets.modules([]):
            module, tree = (
                importlib.import_module(_dotted(path)),
                ast.parse((targets.ROOT / path).read_text()),
            )
            live.watch(module, tree, lambda line, path=path: lines.add((path, line)))
        if items:
            self.session._setupstate.teardown_exact(items[0])
        for number, item in enumerate(items):
            lines.clear()
            began = time.monotonic()
            failed = self._run(
                item, items[number + 1] if number + 1 < len(items) else None, 0
            )
            found.seconds[item.nodeid] = time.monotonic() - began
            found.failed += [item.nodeid] if failed else []
            # what fails with the code as it is tells nothing
            for line in lines if not failed else ():
                found.runs[line].append(item.nodeid)
        found.runs = dict(found.runs)
        return found

    def _run(self, item: pytest.Item, following: pytest.Item | None, lane: int) -> bool:
        name = _database(self.template, lane, _commits(item))
        if connections["default"].settings_dict["NAME"] != name:
            connections.close_all()
            connections["default"].settings_dict["NAME"] = settings.DATABASES[
                "default"
            ]["NAME"] = name
        keeps = following or next(
            other for other in self.session.items if other is not item
        )
        reports = runtestprotocol(item, nextitem=keeps, log=False)
        return any(report.failed for report in reports)

    # a change

    def _try_all(self) -> None:
        wanted = self._wanted()
        for result in self.options.done.values():
            if result.by in self.items:
                self._remember(result)
        total, waiting, running = (
            len(wanted) + len(self.results),
            list(reversed(wanted)),
            {},
        )
        free = list(range(self.options.lanes))
        while waiting or running:
            while waiting and free:
                change, lane = waiting.pop(), free.pop()
                tests = self._tests_of(change)
                if not tests:
                    free.append(lane)
                    self._note(change, Result(change.key, "unreached"), total)
                    continue
                pid, answer = _forked(
                    lambda change=change, tests=tests, lane=lane: self._try(
                        change, tests, lane
                    )
                )
                running[pid] = (change, lane, answer, time.monotonic(), len(tests))
            if running:
                pid, status = os.wait()
                change, lane, answer, began, count = running.pop(pid)
                result = self._understood(change, status, os.read(answer, 65536))
                os.close(answer)
                result.seconds, result.tests = (
                    round(time.monotonic() - began, 2),
                    result.tests or count,
                )
                if result.status in {"hangs", "crashed"}:
                    self._fresh(lane)
                free.append(lane)
                self._note(change, result, total)

    def _understood(self, change: places.Change, status: int, said: bytes) -> Result:
        if os.WIFSIGNALED(status):
            return Result(
                change.key,
                "hangs" if os.WTERMSIG(status) == signal.SIGALRM else "crashed",
            )
        return (
            Result(change.key, **json.loads(said))
            if said
            else Result(change.key, "crashed")
        )

    def _note(self, change: places.Change, result: Result, total: int) -> None:
        self.results[change.key] = result
        if result.status == "killed":
            self._remember(result)
        self.told(result, len(self.results), total)

    def _remember(self, result: Result) -> None:
        """What has killed in a function, and in its module, is asked first of the next
        change there."""
        function = result.key.split(": ", 1)[0]
        for place in (function, function.split(" ")[0]):
            self.killers[place].pop(result.by, None)
            self.killers[place][result.by] = None

    def _tests_of(self, change: places.Change) -> list[str]:
        """Those of the module's map that run one of the lines, the ones that killed in
        this function lately first."""
        lines = (
            self._users_of(change)
            if change.constant
            else {(change.path, line) for line in change.lines}
        )
        files = self.options.modules[change.path]
        found = {
            test
            for line in lines
            for test in self.baseline.runs.get(line, ())
            if test.split("::")[0] in files
        }
        if change.constant and not found:  # other modules use it
            found = {
                test
                for tests in self.baseline.runs.values()
                for test in tests
                if test.split("::")[0] in files
            }
        chosen: list[str] = []
        for place in (change.key.split(": ", 1)[0], change.path):
            lately = [
                test
                for test in self.killers[place]
                if test in found and test not in chosen
            ]
            chosen += lately[: -LATELY - 1 : -1]
        chosen += sorted(found & self._siblings(chosen) - set(chosen))[:SIBLINGS]
        spent = 0.0
        about_others = bool(ABOUT_OTHERS.search(f"{change.what} {change.instead}"))
        for test in self._in_turn(found - set(chosen), committing=about_others):
            spent += self.baseline.seconds[test]
            if spent > self.options.budget and chosen:
                break
            chosen.append(test)
        return chosen

    def _siblings(self, tests: list[str]) -> set[str]:
        """The same tests with other values."""
        names = {test.split("[")[0] for test in tests}
        return {test for test in self.items if test.split("[")[0] in names}

    def _in_turn(self, found: set[str], *, committing: bool) -> list[str]:
        """The quick ones first. What is about others at the same time is asked of tests
        that commit, one for one."""
        quick = sorted(found, key=lambda test: (self.baseline.seconds[test], test))
        rolled_back = [test for test in quick if not _commits(self.items[test])]
        commits = [test for test in quick if _commits(self.items[test])]
        if not committing:
            return rolled_back + commits
        pairs = zip_longest(commits, rolled_back)
        return [test for pair in pairs for test in pair if test]

    def _users_of(self, change: places.Change) -> set[Line]:
        """The lines of the functions that name a constant, or one that is made of it;
        else of all the module's."""
        tree, names = self.trees[change.path], {change.constant}
        for statement in tree.body:
            if (
                isinstance(statement, ast.Assign | ast.AnnAssign)
                and _names(statement) & names
            ):
                names.add(places._assigned(statement))
        lines = {
            (change.path, line)
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef) and _names(function) & names
            for line in range(function.lineno, (function.end_lineno or 0) + 1)
        }
        return lines or {line for line in self.baseline.runs if line[0] == change.path}

    def _try(
        self, change: places.Change, tests: list[str], lane: int
    ) -> dict[str, Any]:
        """In the forked process: change the code and run tests until one fails."""
        _quiet()
        path = change.path
        if not live.apply(
            change, self.modules[path], self.trees[path], self.functions[path]
        ):
            return {"status": "no change"}
        self.session._setupstate.teardown_exact(self.items[tests[0]])
        # rolled back first and committing last but for those that were successful
        # lately
        for number, test in enumerate(tests):
            following = (
                self.items[tests[number + 1]] if number + 1 < len(tests) else None
            )
            signal.setitimer(signal.ITIMER_REAL, 10 + 8 * self.baseline.seconds[test])
            if self._run(self.items[test], following, lane):
                return {"status": "killed", "by": test, "tests": number + 1}
        return {"status": "survived", "tests": len(tests)}

    def _in_child(self, lane: int, act: Callable[[], Any]) -> Any:
        """What ``act`` comes to in a forked process, whose doings are forgotten with
        it."""
        # too large for a pipe
        kept = Path(tempfile.gettempdir(), f"gymsite-mutation-{os.getpid()}")
        pid, answer = _forked(lambda: kept.write_bytes(pickle.dumps(act())))
        os.waitpid(pid, 0)
        os.close(answer)
        try:
            return pickle.loads(kept.read_bytes())  # noqa: S301 - what we wrote a moment ago
        finally:
            kept.unlink(missing_ok=True)
            self._fresh(lane)

    # the lanes' databases

    def _fresh(self, lane: int) -> None:
        self._drop(lane)
        for commits in (False, True):
            self._server(
                f'CREATE DATABASE "{_database(self.template, lane, commits)}" TEMPLATE '
                f'"{self.template}"'
            )

    def _drop(self, lane: int) -> None:
        for commits in (False, True):
            self._server(
                "DROP DATABASE IF EXISTS "
                f'"{_database(self.template, lane, commits)}" WITH (FORCE)'
            )

    def _server(self, statement: str) -> None:
        parameters = connections["default"].get_connection_params()
        place = {
            name: parameters[name]
            for name in ("user", "password", "host", "port")
            if parameters.get(name)
        }
        with psycopg.connect(dbname="postgres", **place, autocommit=True) as server:
            server.execute(statement)  # type: ignore[arg-type]


def _dotted(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def _database(template: str, lane: int, commits: bool) -> str:
    return f"{template}_mutation_{lane}{'_commits' if commits else ''}"


def _commits(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction")) or bool(
        COMMITS & set(getattr(item, "fixturenames", ()))
    )


def _every(step: int, changes: list[places.Change]) -> list[places.Change]:
    """Every so many-th of each module, the same ones whichever modules are asked
    for."""
    numbers: dict[str, Iterator[int]] = defaultdict(count)
    return [change for change in changes if next(numbers[change.path]) % step == 0]


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _forked(act: Callable[[], Any]) -> tuple[int, int]:
    """A process that does it and says, in JSON through the pipe, what came of it."""
    answer, told = os.pipe()
    pid = os.fork()
    if pid:
        os.close(told)
        return pid, answer
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        said = act()
        signal.setitimer(signal.ITIMER_REAL, 0)
        if isinstance(said, dict):
            os.write(told, json.dumps(said).encode())
    finally:
        os._exit(0)
    raise AssertionError


def _quiet() -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)


def read(path: Path) -> dict[str, Result]:
    """The results that a run has written."""
    return (
        {row["key"]: Result(**row) for row in json.loads(path.read_text())}
        if path.exists()
        else {}
    )


def write(path: Path, results: Iterable[Result]) -> None:
    rows = sorted((asdict(result) for result in results), key=lambda row: row["key"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, indent=1))
