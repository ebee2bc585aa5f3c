"""Foreign keys without an index: a delete of their target reads a whole table."""

from functools import cache

from django.apps import apps
from django.db import models

from gymsite.ops.audit.model import Check, Finding, Level, Row
from gymsite.postgres.statements import statements

# Other packages' tables, and why their keys are left as they are.
OTHERS = {
    "procrastinate_jobs.worker_id": (
        "procrastinate makes its own tables, and deletes a worker when that stops"
    ),
}
NEVER_DELETED = (
    "meant so in the model (db_index=False, PROTECT): nothing here deletes what it "
    "points at"
)
FEW = 1_000  # rows that are read in no time

SQL = statements("gymsite.ops.audit", "foreign_keys")


def judge(row: Row) -> Finding | None:
    subject = row["subject"]
    says = (
        f"Nothing finds the rows ({row['rows']:,}) that point at a row of "
        f"{row['target']}."
    )
    never = NEVER_DELETED if subject in protected() else ""
    if reason := OTHERS.get(subject, never):
        return Finding(Level.ACCEPTED, subject, says, reason)
    name = f"{row['table']}_{row['columns'].replace(', ', '_')}"[:60]
    return Finding(
        Level.WARNING if row["rows"] >= FEW else Level.INFO,
        subject,
        f"{says} A delete there reads all of {row['table']}.",
        f"CREATE INDEX CONCURRENTLY {name} ON {row['table']} ({row['columns']}); and "
        "declare it in the model's Meta, or let the model protect what it points at.",
    )


@cache
def protected() -> frozenset[str]:
    """table.column of every key without an index whose target is never deleted.

    So its model asks: ``db_index=False``, and PROTECT or RESTRICT.
    """
    return frozenset(
        f"{model._meta.db_table}.{field.column}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey)
        and not getattr(field, "db_index", True)
        and field.remote_field.on_delete in (models.PROTECT, models.RESTRICT)
    )


CHECK = Check(
    "foreign_keys",
    "Every foreign key has an index, or what it points at is never deleted.",
    SQL.figures,
    judge,
)
