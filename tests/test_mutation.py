"""What the mutation run changes, and its list of explained survivors.

The list is about code that is there.
"""

import ast
import importlib
from pathlib import Path

import pytest

from bookings.models import Booking
from gymsite.postgres.statements import Statements, parse
from tests.mutation import lanes, live, places, sql, targets


def keys(text, namespace=None):
    """What is changed in a function ``f``, without the names of module and function."""
    found = places.changes_of("m.py", ast.parse(text), namespace or {})
    return [change.key.split(": ", 1)[1] for change in found]


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("def f(a):\n    return a < 1", ["a < 1 => a <= 1", "a < 1 => its opposite", "a < 1 => 2 for 1"]),
        ("def f(a):\n    if a:\n        raise E", ["if a => True", "if a => False"]),
        ("def f(a, b):\n    return a and b", ["a and b => without and a", "a and b => without and b"]),
        ("def f(a):\n    lock(a)\n    return a", ["lock(a) => taken out"]),
        ("def f(a, b):\n    return min(a, b)", ["min(a, b) => max"]),
        ("def f(a):\n    return a.order_by('x')", ["a.order_by('x') => without order_by"]),
        ("def f(a):\n    with refusals():\n        g(a)", ["with refusals() => without it", "g(a) => taken out"]),
        ("@transaction.atomic\ndef f(a):\n    return a", ["@transaction.atomic def f => taken off"]),
        ("def f(a):\n    raise E(f'{a + 1}', remedy='Less.')", ["raise E(f'{a + 1}', remedy='Less.') => taken out"]),
        ("RULES = (one, two)", ["(one, two) => without one", "(one, two) => without two"]),
    ],
)  # fmt: skip
def test_one_place_at_a_time(text, changed):
    assert keys(text) == changed


def test_a_status_becomes_another_one():
    assert keys("def f(a):\n    a(status=Booking.Status.BOOKED)", {"Booking": Booking})[
        -1
    ] == ("status=Booking.Status.BOOKED => ATTENDED for BOOKED")


def test_a_statement_loses_a_condition_its_lock_and_its_order():
    statement = (
        "SELECT id FROM t WHERE a = 1 AND (b OR c) AND d < 2 ORDER BY id FOR NO KEY "
        "UPDATE"
    )
    taken_out = {
        what: " ".join(whole.split())
        for what, instead, whole in sql.changes(statement)
        if instead == "taken out"
    }
    assert list(taken_out) == [
        "AND a = 1",
        "AND (b OR c)",
        "AND d < 2",
        "FOR NO KEY UPDATE",
        "ORDER BY id",
    ]
    rest = "SELECT id FROM t WHERE a = 1 AND (b OR c) AND d < 2"
    assert taken_out["AND (b OR c)"] == f"{rest} ORDER BY id FOR NO KEY UPDATE".replace(
        "(b OR c)", "TRUE"
    )
    assert taken_out["FOR NO KEY UPDATE"] == f"{rest} ORDER BY id"
    assert taken_out["ORDER BY id"] == f"{rest} FOR NO KEY UPDATE"


def test_a_statement_of_a_file_is_changed_where_it_is_used():
    text = "-- name: one\n-- One.\nSELECT id FROM t WHERE a < 1 LIMIT 1;\n"
    namespace = {"SQL": Statements("app/sql/numbers.sql", parse(text))}
    assert "AND a < 1 => taken out" in keys("def f():\n    run(SQL.one)", namespace)


def changes_there():
    for path in targets.modules([]):
        module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
        yield from places.changes_of(
            path, ast.parse((targets.ROOT / path).read_text()), module.__dict__
        )


def test_each_change_has_a_name_of_its_own_and_each_that_is_explained_is_there():
    there = [change.key for change in changes_there()]
    assert len(there) == len(set(there))
    explained = targets.explained(targets.EXPLAINED.read_text())
    assert set(explained) - set(there) == set()
    assert all(explained.values())


def test_results_are_read_as_they_were_written(tmp_path):
    results = [
        lanes.Result("b", "killed", by="t", tests=1, seconds=0.5),
        lanes.Result("a", "survived"),
    ]
    lanes.write(tmp_path / "kept.json", results)
    assert lanes.read(tmp_path / "kept.json") == {
        result.key: result for result in results
    }


def changed_everywhere(module, key):
    tree = ast.parse(Path(module.__file__).read_text())
    (change,) = [
        change
        for change in places.changes_of("m.py", tree, module.__dict__)
        if key in change.key
    ]
    return live.apply(change, module, tree, live.functions_of(module.__file__))


def test_a_function_is_changed_for_those_too_who_have_imported_it(
    tmp_path, monkeypatch
):
    (tmp_path / "mutable.py").write_text(
        "LIMIT = 3\nTWICE = LIMIT * 2\n\n\ndef under(a):\n    return a < LIMIT\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    mutable = importlib.import_module("mutable")
    under = mutable.under
    assert not under(3)
    assert changed_everywhere(mutable, "a < LIMIT => a <= LIMIT")
    assert under(3)
    assert changed_everywhere(mutable, "LIMIT: ")
    assert (mutable.LIMIT, mutable.TWICE, under(4)) == (4, 8, True)
