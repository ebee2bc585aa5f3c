"""The kinds of trigger that models declare: refusing what must never happen, and moving a cache's version on."""

import pgtrigger


def refuses(
    name: str,
    operation: pgtrigger.Operation,
    message: str,
    condition: pgtrigger.Condition | None = None,
    level: pgtrigger.Level = pgtrigger.Row,
) -> pgtrigger.Trigger:
    """A trigger that refuses ``operation`` as a constraint ``<table>_<name>`` would, so that errors can map it."""
    return pgtrigger.Trigger(
        name=name,
        level=level,
        when=pgtrigger.Before,
        operation=operation,
        condition=condition,
        func=f"""
            RAISE EXCEPTION '{message}'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_TABLE_NAME || '_{name}';
        """,
    )


# History that can be edited is not history.
APPEND_ONLY = [
    refuses("append_only", pgtrigger.Update | pgtrigger.Delete, "history is only ever added to"),
    refuses("never_truncated", pgtrigger.Truncate, "history is never thrown away", level=pgtrigger.Statement),
]


def bumps(version: str) -> pgtrigger.Trigger:
    """Moves the DataVersion ``version`` on whenever a statement changes the table.

    From the database, so that no path (admin, shell, SQL) can leave a stale page behind.
    """
    return pgtrigger.Trigger(
        name=f"bumps_{version}",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            INSERT INTO core_dataversion (name, value) VALUES ('{version}', 1)
            ON CONFLICT (name) DO UPDATE SET value = core_dataversion.value + 1;
            RETURN NULL;
        """,
    )
