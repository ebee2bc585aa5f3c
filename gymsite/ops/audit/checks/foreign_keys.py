"""Foreign keys whose own side has no index: a delete of what they point at reads their
whole table."""

from functools import cache

from django.apps import apps
from django.db import models

from gymsite.ops.audit.model import Check, Finding, Level, Row

# Other packages' tables, and why their keys are left as they are.
OTHERS = {
    "procrastinate_jobs.worker_id": "procrastinate makes its own tables, and deletes a worker when that stops",
}
NEVER_DELETED = (
    "meant so in the model (db_index=False, PROTECT): nothing here deletes what it "
    "points at"
)
FEW = 1_000  # rows that are read in no time

# a partial index serves when it leaves out no more than the rows that point at nothing
SQL = """
SELECT conrelid::regclass || '.' || array_to_string(columns, ', ') AS subject, conrelid::regclass::text AS table,
    array_to_string(columns, ', ') AS columns, confrelid::regclass::text AS target, conname AS constraint,
    greatest(reltuples, 0)::bigint AS rows
FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid
CROSS JOIN LATERAL (
    SELECT array_agg(quote_ident(attname) ORDER BY place) AS columns
    FROM unnest(conkey) WITH ORDINALITY key (number, place)
    JOIN pg_attribute ON attrelid = conrelid AND attnum = number
) named
WHERE contype = 'f' AND conparentid = 0 AND NOT EXISTS (
    SELECT FROM pg_index i WHERE i.indrelid = conrelid AND i.indisvalid
        AND (i.indkey::int2[])[0:cardinality(conkey) - 1] @> conkey
        AND (i.indpred IS NULL OR pg_get_expr(i.indpred, conrelid) = '(' || columns[1] || ' IS NOT NULL)')
)
ORDER BY rows DESC, 1
"""


def judge(row: Row) -> Finding | None:
    subject, says = (
        row["subject"],
        (
            f"Nothing finds the rows ({row['rows']:,}) that point at a row of "
            f"{row['target']}."
        ),
    )
    if reason := OTHERS.get(subject) or (
        NEVER_DELETED if subject in protected() else ""
    ):
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
    """table.column of every foreign key whose model asks for no index and refuses
    deletes of its target."""
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
    SQL,
    judge,
)
