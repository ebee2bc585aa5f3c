"""Statements in .sql files.

Each is understood by the server that runs, says its purpose and its parameters, and is
used.
"""

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
import pytest
from django.db import connection, transaction

from bookings.models import HOLDS_PLACE, OCCUPIES, Appointment, Booking
from gymsite.postgres.rows import execute, fetch_all, fetch_one
from gymsite.postgres.statements import Statement, Statements, parse, read
from tests.test_architecture import MAY_IMPORT, ROOT, own_python, tree

LONGEST_LINE = 88
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
ASIDE = re.compile(r"'[^']*'|--.*|\"[^\"]*\"")
KEYWORDS = """select from where join left lateral cross on and or not in is null insert
    into update delete set values returning conflict group by order having union all with
    recursive materialized as case when then else end exists distinct limit for share
    between filter over partition using""".split()  # noqa: SIM905
IN_LOWER_CASE = re.compile(rf"(?<![\w.])({'|'.join(KEYWORDS)})(?=[\s(])")
# Not in files: their tables are known only as they run, or they are a word in a sentence.
GENERATED = {
    "gymsite/core/partitions.py": "the months and the rows of any table",
    "gymsite/core/queries/versions.py": "an expression in the ORM's statements",
    "gymsite/core/retention.py": "what is over of any table",
    "gymsite/postgres/backend/written.py": "a pattern that tells writes from reads",
    "gymsite/postgres/invariant.py": "any statement, counted",
    "gymsite/ops/audit/checks/wraparound.py": "a remedy quotes one",
    "gymsite/ops/indexlab/writes.py": "a copy of any table, and rows for it",
    "gymsite/ops/invariants/across.py": "a part for each kind of subject",
    "gymsite/ops/rig/seeding.py": "the rows of any table",
}
CALLED = re.compile(r"Function Scan on (?:core|memberships|bookings|catalog)_\w+")
SHARED = """
SELECT 'public.' || proname, array_to_string(ARRAY(
    SELECT 'NULL::' || format_type(type, NULL) FROM unnest(proargtypes) type
), ', ')
FROM pg_proc
WHERE pronamespace = 'public'::regnamespace AND proretset
  AND proname ~ '^(core|payments|memberships|bookings|catalog)_' ORDER BY 1
"""
LOOKS_LIKE_SQL = re.compile(
    r"\b(SELECT\b.+\bFROM|INSERT INTO|UPDATE\b.+\bSET|DELETE FROM)\b", re.DOTALL
)


@cache
def found() -> dict[tuple[str, str], tuple[Statement, ...]]:
    """{(package, noun): its statements} of every file of ours."""
    files = {
        (".".join(path.relative_to(ROOT).parts[:-2]), path.stem)
        for package in MAY_IMPORT
        for path in (ROOT / package.replace(".", "/")).rglob("sql/*.sql")
    }
    return {file: read(*file) for file in sorted(files)}


def each() -> Iterator[tuple[str, Statement]]:
    for (package, noun), statements in found().items():
        for statement in statements:
            yield f"{package}/{noun}: {statement.name}", statement


def numbered(statement: Statement) -> str:
    """The statement as PREPARE takes it."""
    names = [parameter.split()[0] for parameter in statement.parameters]
    return PLACEHOLDER.sub(
        lambda placeholder: f"${names.index(placeholder[1]) + 1}", statement.sql
    )


@contextmanager
def prepared(statement: Statement) -> Iterator[None]:
    types = ", ".join(parameter.split(" ", 1)[1] for parameter in statement.parameters)
    typed = f"({types})" if types else ""
    # past Django and psycopg, which would look for their own placeholders
    with (
        transaction.atomic(),
        psycopg.ClientCursor(connection.connection) as cursor,
    ):
        cursor.execute(f"PREPARE tried {typed} AS {numbered(statement)}")
        yield
        cursor.execute("DEALLOCATE tried")


def plan(statement: Statement) -> str:
    """The plan for any values: a NULL parameter leaves nothing out."""
    given = ", ".join("NULL" for _ in statement.parameters)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        with prepared(statement):
            cursor.execute(f"EXPLAIN EXECUTE tried{f'({given})' if given else ''}")
            return "\n".join(line for (line,) in cursor.fetchall())


def loads(node: ast.AST) -> tuple[str, tuple[str, str]] | None:
    """("statements" or "read", (package, noun)) of a call that loads a file."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        given = [word.value for word in node.args if isinstance(word, ast.Constant)]
        if node.func.id in {"statements", "read"} and tuple(given) in found():
            return node.func.id, (given[0], given[1])
    return None


def uses() -> Iterator[tuple[Path, str, str, str]]:
    """(module, package, noun, statement) of each place that takes a statement."""
    for _, path in own_python():
        files: dict[str, tuple[str, str]] = {}
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Assign) and (loaded := loads(node.value)):
                files[node.targets[0].id] = loaded[1]
            if (loaded := loads(node)) and loaded[0] == "read":
                yield from ((path, *loaded[1], one.name) for one in found()[loaded[1]])
        for node in ast.walk(tree(path)):
            of = getattr(getattr(node, "value", None), "id", "")
            if isinstance(node, ast.Attribute) and of in files:
                yield path, *files[of], node.attr


@pytest.fixture
def what_the_audit_reads(db):
    """Install the extension that the audit reads, as an administrator does."""
    execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")


@pytest.mark.usefixtures("what_the_audit_reads")
def test_the_server_understands_each():
    for name, statement in each():
        try:
            with prepared(statement):
                pass
        except psycopg.Error as error:
            raise AssertionError(f"{name}: {error}") from error


@pytest.mark.usefixtures("what_the_audit_reads")
def test_shared_tables_become_a_part_of_each():
    """A function that is not inlined would be planned anew at each call."""
    assert {
        name: found
        for name, statement in each()
        if (found := CALLED.findall(plan(statement)))
    } == {}


@pytest.mark.django_db
def test_a_function_that_does_not_become_a_part_is_found():
    sql = "SELECT * FROM core_page_header((SELECT min(id) FROM core_user))"
    assert CALLED.findall(plan(Statement("wrong", "Is wrong.", sql)))


@pytest.mark.django_db
def test_shared_tables_know_their_schemas():
    """They have no search path of their own (gymsite.core.functions)."""
    with connection.cursor() as cursor:
        cursor.execute(SHARED)
        shared = cursor.fetchall()
        assert {name for name, _ in shared} > {"public.memberships_entitlements"}
        cursor.execute("SET LOCAL search_path = ''")
        for name, given in shared:
            cursor.execute(f"SELECT FROM {name}({given})")


@pytest.mark.django_db
def test_a_booking_holds_a_place_as_the_model_says():
    with connection.cursor() as cursor:
        statuses = [str(status) for status in Booking.Status]
        cursor.execute(
            "SELECT s FROM unnest(%s::text[]) s WHERE bookings_holds_place(s)",
            [statuses],
        )
        assert {status for (status,) in cursor.fetchall()} == {*HOLDS_PLACE}


@pytest.mark.django_db
def test_an_appointment_occupies_as_the_model_says():
    with connection.cursor() as cursor:
        statuses = [str(status) for status in Appointment.Status]
        cursor.execute(
            "SELECT s FROM unnest(%s::text[]) s WHERE bookings_occupies(s)", [statuses]
        )
        assert {status for (status,) in cursor.fetchall()} == {*OCCUPIES}


def test_each_says_what_it_takes():
    wrong = {
        name: (statement.parameters, sorted(used))
        for name, statement in each()
        if (used := set(PLACEHOLDER.findall(statement.sql)))
        != {parameter.split()[0] for parameter in statement.parameters}
        or "%" in PLACEHOLDER.sub("", statement.sql)
    }
    assert wrong == {}


@pytest.mark.django_db
def test_each_index_and_table_that_is_named_is_there():
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, relkind IN ('i', 'I') FROM pg_class")
        there = dict(cursor.fetchall())
    wrong = {
        name: index
        for name, statement in each()
        for index in statement.indexes
        if not there.get(index)
    } | {
        name: table
        for name, statement in each()
        for table in statement.tables
        if there.get(table) is not False or table not in statement.sql
    }
    assert wrong == {}


def test_each_is_used_and_what_is_used_is_there():
    used = {(package, noun, name) for _, package, noun, name in uses()}
    there = {
        (*file, statement.name) for file, all in found().items() for statement in all
    }
    assert used == there


def test_a_package_takes_only_its_own():
    wrong = [
        f"{path.relative_to(ROOT)}: {package}/{noun}"
        for path, package, noun, _ in uses()
        if not ".".join(path.relative_to(ROOT).parts).startswith(f"{package}.")
    ]
    assert wrong == []


def test_files_are_written_in_one_way():
    wrong = []
    for package, noun in found():
        path = ROOT / package.replace(".", "/") / "sql" / f"{noun}.sql"
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if (
                len(line) > LONGEST_LINE
                or line != line.rstrip()
                or "\t" in line
                or IN_LOWER_CASE.search(ASIDE.sub("", line))
            ):
                wrong.append(f"{path.relative_to(ROOT)}:{number}: {line}")
    assert wrong == []


def test_no_statement_is_left_in_python():
    left = {
        str(path.relative_to(ROOT))
        for _, path in own_python()
        if "models" not in path.parts
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if LOOKS_LIKE_SQL.search(node.value)
    }
    assert left == {*GENERATED}


ONE = "-- name: one\n-- The number one.\n-- parameters: a int\nSELECT %(a)s AS a;\n"


def test_a_file_is_read():
    assert parse(f"{ONE}\n-- name: two\n-- Twice.\n-- indexes: a, b\nSELECT 2;\n") == (
        Statement("one", "The number one.", "SELECT %(a)s AS a", ("a int",)),
        Statement("two", "Twice.", "SELECT 2", (), ("a", "b")),
    )


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1;",
        f"SELECT 1;\n{ONE}",
        ONE + ONE,
        "-- name: one\nSELECT 1;",
        "-- name: one\n-- Without its end.\nSELECT 1",
        "-- name: one\n-- Empty.\n",
    ],
)
def test_what_is_not_written_so_is_refused(text):
    with pytest.raises(ValueError):
        parse(text)


def test_a_name_that_is_not_there_is_an_error():
    loaded = Statements("app/sql/numbers.sql", parse(ONE))
    assert loaded.one == "SELECT %(a)s AS a"
    with pytest.raises(AttributeError, match=r"app/sql/numbers.sql has no .*'two'"):
        _ = loaded.two


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    ["SELECT nothing", "SELECT %(a)s + %(a)s::date", "SELECT FROM no_such_table"],
)
def test_what_the_server_does_not_understand_is_found(sql):
    wrong = Statement("wrong", "Is wrong.", sql, ("a int",))
    with pytest.raises(psycopg.Error), prepared(wrong):
        pass


@pytest.mark.django_db
def test_rows_are_read_by_name():
    two = "SELECT n AS number, n * %(by)s AS product FROM generate_series(1, 2) n"
    assert [row.product for row in fetch_all(two, {"by": 3})] == [3, 6]
    assert fetch_all(two, {"by": 3}, dict) == [
        {"number": 1, "product": 3},
        {"number": 2, "product": 6},
    ]
    assert fetch_one(two, {"by": 5}).product == 5
    assert fetch_one("SELECT 1 AS one WHERE false") is None
    assert execute("CREATE TEMP TABLE t AS SELECT 1 FROM generate_series(1, 3)") == 3
