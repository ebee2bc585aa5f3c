"""The SQL of indexes, constraints and triggers as the models declare them.

PostgreSQL's own wording of a definition changes a little each time it is parsed again
(an IN list gets other brackets), so where a model declares a thing its SQL is used, and
the new table is the same to the letter.
"""

import re
from functools import cache
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import connection

_CREATE_TRIGGER = re.compile(
    r"CREATE\s+(?:CONSTRAINT\s+)?TRIGGER.*?EXECUTE PROCEDURE [^;]*", re.DOTALL
)


@cache
def statements() -> dict[tuple[str, str], str]:
    """(table, name) to the statement that makes that index, constraint or trigger."""
    found = {}
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        for model in apps.get_models():
            table = model._meta.db_table
            for part in (*model._meta.constraints, *model._meta.indexes):
                found[table, part.name] = str(part.create_sql(model, editor))
    declared: Any = pgtrigger.registered()  # pairs of a model's class and a trigger
    for owner, trigger in declared:
        if made := _CREATE_TRIGGER.search(trigger.compile(owner).install_sql):
            found[owner._meta.db_table, trigger.get_pgid(owner)] = made.group()
    return found
