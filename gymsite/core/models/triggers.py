"""The kinds of trigger that models declare.

They refuse what must never happen, and move a cache's version on.
"""

import pgtrigger

# 64 random bits, from a random UUID, whose bits the server draws as for cryptography
NEW_STAMP = "hashtextextended(gen_random_uuid()::text, 0)"


def refuses(
    name: str,
    operation: pgtrigger.Operation,
    message: str,
    condition: pgtrigger.Condition | None = None,
    level: pgtrigger.Level = pgtrigger.Row,
) -> pgtrigger.Trigger:
    """A trigger that refuses ``operation`` as a constraint would.

    The constraint that it names is ``<table>_<name>``, so that errors can map it.
    """
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
    refuses(
        "append_only",
        pgtrigger.Update | pgtrigger.Delete,
        "history is only ever added to",
    ),
    refuses(
        "never_truncated",
        pgtrigger.Truncate,
        "history is never thrown away",
        level=pgtrigger.Statement,
    ),
]


def stamp_anew(*versions: str) -> str:
    """The statement that stamps versions anew, with a value that never comes again.

    The value is random, since a count would come again: a standby that lost commits, or
    a restored backup, counts on from an earlier number and would reach one that stood
    for other content.

    The statement adds a stamp and deletes those that nobody else is deleting, so two
    transactions that change what pages show at the same moment don't wait for each
    other. A version is all of its stamps: every transaction that commits adds one, and
    only one that adds another deletes it.
    """
    names = ", ".join(f"'{name}'" for name in versions)
    rows = ", ".join(f"('{name}', {NEW_STAMP})" for name in versions)
    return f"""WITH gone AS (
                DELETE FROM core_dataversion WHERE id = ANY (ARRAY(
                    SELECT id FROM core_dataversion WHERE name IN ({names}) FOR UPDATE SKIP LOCKED))
            )
            INSERT INTO core_dataversion (name, value) VALUES {rows}"""


def bumps(version: str) -> pgtrigger.Trigger:
    """A trigger that stamps ``version`` anew whenever a statement changes the table.

    The database does it, so that no path (admin, shell, SQL) can leave a stale page
    behind.
    """
    return pgtrigger.Trigger(
        name=f"bumps_{version}",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert
        | pgtrigger.Update
        | pgtrigger.Delete
        | pgtrigger.Truncate,
        func=f"""
            {stamp_anew(version)};
            RETURN NULL;
        """,
    )
