"""Whether the database has what the models declare: indexes, constraints, triggers.

The models' own DDL makes every table once more, as a temporary one in a transaction
that is always rolled back, and PostgreSQL's wording of what came of it is held against
its wording of what is live. No live table is locked. It needs no right but TEMPORARY,
which everybody has unless it was taken away.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from gymsite.ops.audit.model import Finding, Level, Result, State
from gymsite.postgres.rows import execute, fetch_all, fetch_one
from gymsite.postgres.statements import statements

NAME = "declared"
SAYS = (
    "Every index, constraint and trigger that a model declares is there, valid, and "
    "what the model says."
)

SQL = statements("gymsite.ops.audit", "verify")
SCHEMAS = re.compile(r"\b(?:pg_temp(?:_\d+)?|public)\.|\bONLY ")


@dataclass(frozen=True, slots=True)
class Thing:
    """An index or a constraint as PostgreSQL words it, without its schema."""

    table: str
    kind: str
    name: str
    definition: str
    valid: bool
    partitioned: bool

    @property
    def key(self) -> tuple[str, str, str]:
        return self.table, self.kind, self.name

    @property
    def body(self) -> str:
        """The definition but for its name and validity, which are told apart."""
        return self.definition.replace(
            f"INDEX {self.name} ON", "INDEX ON", 1
        ).removesuffix(" NOT VALID")


class Rollback(Exception):
    """Takes the temporary tables away again."""


def result() -> Result:
    """What differs, as the result of one check."""
    try:
        declared, live = expected(), present()
    except DatabaseError as error:
        return Result(NAME, SAYS, State.UNAVAILABLE, str(error).strip().splitlines()[0])
    findings = (*Comparison(declared, live).findings(), *_triggers())
    state = State.FINDING if any(finding.level for finding in findings) else State.OK
    figures = tuple(
        {"subject": thing.name, "table": thing.table, "kind": thing.kind}
        for thing in declared
    )
    sums = (
        f"{len(declared)} indexes and constraints, {len(list(pgtrigger.registered()))} "
        "triggers"
    )
    return Result(NAME, SAYS, state, "", sums, findings, figures)


def expected() -> list[Thing]:
    """What the models' DDL makes."""
    found: list[Thing] = []
    try:
        with transaction.atomic():
            execute("SET LOCAL search_path = pg_temp, public")
            with connection.schema_editor(atomic=False) as editor:
                for model in own_models():
                    editor.create_model(model)
            found = _things(fetch_one("SELECT pg_my_temp_schema() AS oid").oid)
            raise Rollback
    except Rollback:
        return found


def present() -> list[Thing]:
    """What is live, of the same tables."""
    tables = {
        model._meta.db_table for model in apps.get_models(include_auto_created=True)
    }
    with transaction.atomic():
        schema = fetch_one("SELECT current_schema()::regnamespace::oid AS oid").oid
        execute("SET LOCAL search_path = public")
        return [thing for thing in _things(schema) if thing.table in tables]


def own_models() -> Iterator[type[models.Model]]:
    """Every model whose table Django makes."""
    for model in apps.get_models():
        if model._meta.managed and not model._meta.proxy and not model._meta.swapped:
            yield model


def _things(schema: int) -> list[Thing]:
    bare = (
        replace(thing, definition=SCHEMAS.sub("", thing.definition))
        for thing in fetch_all(SQL.things, {"schema": schema}, Thing)
    )
    return sorted(bare, key=lambda thing: thing.key)


class Comparison:
    """Of what is declared with what is live."""

    def __init__(self, declared: Iterable[Thing], live: Iterable[Thing]) -> None:
        self.declared = list(declared)
        self.live = {thing.key: thing for thing in live}
        self.matched: set[tuple[str, str, str]] = set()

    def findings(self) -> list[Finding]:
        found = [finding for thing in self.declared if (finding := self._judge(thing))]
        return [*found, *self._undeclared()]

    @cached_property
    def _named(self) -> set[str]:
        """The names that models chose; what has none is told by its definition."""
        return {
            part.name
            for model in own_models()
            for part in (*model._meta.indexes, *model._meta.constraints)
        }

    def _judge(self, thing: Thing) -> Finding | None:
        other = self.live.get(thing.key) or (
            None if thing.name in self._named else self._alike(thing)
        )
        if other is None:
            return _missing(thing)
        self.matched.add(other.key)
        if other.body != thing.body and not _is_partitioned_key(thing, other):
            return _another(thing, other)
        return None if other.valid else _invalid(other)

    def _alike(self, thing: Thing) -> Thing | None:
        return next(
            (
                other
                for other in self.live.values()
                if other.key not in self.matched
                and (other.table, other.kind) == (thing.table, thing.kind)
                and (other.body == thing.body or _is_partitioned_key(thing, other))
            ),
            None,
        )

    def _undeclared(self) -> Iterator[Finding]:
        tables = {thing.table for thing in self.declared}
        for thing in self.live.values():
            if thing.table in tables and thing.key not in self.matched:
                yield Finding(
                    Level.INFO,
                    _subject(thing),
                    f"No model declares it: {thing.definition}",
                    "Declare it in the model's Meta, where the next reader looks for "
                    "it, or drop it.",
                )


def _subject(thing: Thing) -> str:
    return f"{thing.table}: {thing.kind} {thing.name}"


def _missing(thing: Thing) -> Finding:
    return Finding(
        Level.CRITICAL,
        _subject(thing),
        f"The model declares it and the database has none: {thing.definition}",
        "manage.py migrate; if that has nothing to do, somebody dropped it: "
        + _remake(thing),
    )


def _another(thing: Thing, other: Thing) -> Finding:
    return Finding(
        Level.CRITICAL,
        _subject(thing),
        f"The model says {thing.definition}; the database has {other.definition}",
        f"{_drop(other)} then {_remake(thing)}",
    )


def _invalid(thing: Thing) -> Finding:
    remedy = (
        f"REINDEX INDEX CONCURRENTLY {thing.name};"
        if thing.kind in ("index", "unique", "primary key", "exclusion")
        else f"ALTER TABLE {thing.table} VALIDATE CONSTRAINT {thing.name};"
    )
    return Finding(
        Level.CRITICAL,
        _subject(thing),
        "It is there and not valid: it holds for new rows only.",
        remedy,
    )


def _remake(thing: Thing) -> str:
    if thing.kind == "index":
        return (
            re.sub(r"\bINDEX ", "INDEX CONCURRENTLY ", thing.definition, count=1) + ";"
        )
    return f"ALTER TABLE {thing.table} ADD CONSTRAINT {thing.name} {thing.definition};"


def _drop(thing: Thing) -> str:
    if thing.kind == "index":
        return f"DROP INDEX CONCURRENTLY {thing.name};"
    return f"ALTER TABLE {thing.table} DROP CONSTRAINT {thing.name};"


def _is_partitioned_key(thing: Thing, other: Thing) -> bool:
    """A partitioned table's key also holds what the table is partitioned by."""
    longer = other.body.startswith(thing.body.removesuffix(")") + ", ")
    return other.partitioned and thing.kind == "primary key" and longer


def _triggers() -> Iterator[Finding]:
    """pgtrigger keeps a hash of what it made as the trigger's comment."""
    declared: Any = pgtrigger.registered()  # pairs of a model's class and a trigger
    for model, trigger in declared:
        status, enabled = trigger.get_installation_status(model)
        if status != "INSTALLED" or not enabled:
            what = (
                "it is switched off"
                if status == "INSTALLED"
                else f"it is {status.lower()}"
            )
            yield Finding(
                Level.CRITICAL,
                f"{model._meta.db_table}: trigger {trigger.name}",
                f"The model declares it, and in the database {what}: what it forbids "
                "can be done.",
                f"manage.py pgtrigger install {trigger.get_uri(model)}"
                if status != "INSTALLED"
                else f"manage.py pgtrigger enable {trigger.get_uri(model)}",
            )
