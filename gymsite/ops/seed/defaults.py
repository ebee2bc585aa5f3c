"""Columns that the seed does not give take their field's default, if it has one."""

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import NOT_PROVIDED, Field

from gymsite.ops.seed import tables
from gymsite.ops.seed.columns import (
    Table,
    day_number,
    instant_number,
    jsonb,
    text_array,
    time_number,
)

AS_IT_IS = ("bool", "int2", "int4", "int8", "varchar", "text")
ENCODED: dict[str, Callable[[Any], Any]] = {
    "date": day_number,
    "time": time_number,
    "timestamptz": instant_number,
    "jsonb": lambda value: jsonb(json.dumps(value)),
    "_varchar": text_array,
}


class NotGiven(ValueError):
    """A table's function gives not what its model has; the message names it."""


def fill(table: Table, types: dict[str, str]) -> None:
    """Add the columns that are missing; ``types`` is {column: PostgreSQL type}.

    Raises NotGiven for a column without a default that is the same in each row, and for
    one that the table has not.
    """
    if strange := table.columns.keys() - types.keys():
        raise NotGiven(
            f"{table.name} has no column {', '.join(sorted(strange))}, which "
            f"{maker(table.name)} gives."
        )
    fields = {
        field.column: field
        for field in model_of(table.name)._meta.local_concrete_fields
    }
    for column, field in fields.items():
        if column not in table.columns and not _made_by_the_database(field):
            table.columns[column] = default_of(field, types[column], table.name)


def model_of(table: str) -> Any:
    return next(
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.db_table == table
    )


def _made_by_the_database(field: Field) -> bool:
    if field.primary_key or field.generated:
        return True
    return not field.has_default() and (
        field.null or field.db_default is not NOT_PROVIDED
    )


def default_of(field: Field, kind: str, table: str) -> Any:
    """A field's default as COPY wants it; raises NotGiven where it has none."""
    default = field.default
    if default is NOT_PROVIDED and field.blank and field.empty_strings_allowed:
        default = ""
    if default in (dict, list):
        default = default()
    if default is None or (kind in AS_IT_IS and not callable(default)):
        return default
    if callable(default) or kind not in ENCODED:
        raise NotGiven(
            f"{table}.{field.column} has no default for every row: {maker(table)} has "
            "to give it."
        )
    return ENCODED[kind](default)


def maker(table: str) -> str:
    """The function that makes a table's rows, and its file."""
    for path in sorted(Path(tables.__path__[0]).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and any(
                isinstance(part, ast.Constant) and part.value == table
                for part in ast.walk(node)
            ):
                return f"{node.name} in {path.relative_to(settings.BASE_DIR)}"
    raise LookupError(f"No function of gymsite/ops/seed/tables makes {table}.")
