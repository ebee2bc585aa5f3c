"""What the database refuses by name, found in the models and provoked by raw SQL."""

import re
from typing import Any

from django.apps import apps
from django.db import Error, connection, models, transaction

APPS = ("core", "payments", "memberships", "bookings", "catalog", "partners")


def named(*labels: str) -> set[str]:
    """Every constraint and refusing trigger that the models of the apps declare."""
    return {
        name
        for label in labels
        for model in apps.get_app_config(label).get_models()
        for name in _of(model)
    }


def update(table: str, what: str) -> str:
    """The statement that changes one row."""
    return f"UPDATE {table} SET {what} WHERE id = %(id)s"


def _of(model: type[models.Model]) -> set[str]:
    triggers = getattr(model._meta, "triggers", [])
    refusing = {
        name
        for trigger in triggers
        if "CONSTRAINT =" in (trigger.func or "")
        for name in _written_out(trigger.func)
        or [f"{model._meta.db_table}_{trigger.name}"]
    }
    return {constraint.name for constraint in model._meta.constraints} | refusing


def of_currencies() -> set[str]:
    """The constraints of every table with a currency (see tests/test_currencies.py)."""
    return {name for name in named(*APPS) if name.endswith("_currency_known")}


def _written_out(func: str) -> list[str]:
    """The names that a trigger gives in full; one may refuse for several reasons."""
    return re.findall(r"CONSTRAINT = '([a-z0-9_]+)'", func)


def refused_by(statement: str, **values: Any) -> str | None:
    """The name that the database refuses a statement with, or None.

    Nothing stays of the statement either way.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # this checks foreign keys, too
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(statement, values)
            transaction.set_rollback(True)
    except Error as error:
        return error.__cause__.diag.constraint_name
    return None


def copied(table: str, **changes: str) -> str:
    """A statement that inserts a copy of row %(id)s of a table.

    SQL expressions take the place of some columns.
    """
    with connection.cursor() as cursor:
        columns = [
            column.name
            for column in connection.introspection.get_table_description(cursor, table)
        ]
    if "id" in columns:
        columns.remove("id")
    chosen = ", ".join(changes.get(column, column) for column in columns)
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {table} "
        "WHERE id = %(id)s"
    )
