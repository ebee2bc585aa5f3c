"""Gives the database's own functions the search path that their tables are in.

Without one they use the caller's: pg_restore's is empty, and a trigger that fires there
finds no table.
"""

from typing import Any

from gymsite.postgres.statements import statements

SQL = statements("gymsite.core", "functions")


def give_search_path(apps: Any, schema_editor: Any) -> None:
    """Give each function that needs a search path and has none its own.

    A migration calls it by ``RunPython``, after whatever makes or changes a trigger or
    a function.
    """
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(SQL.without_path)
        for (signature,) in cursor.fetchall():
            cursor.execute(
                f"ALTER FUNCTION {signature} SET search_path = public, pg_temp"
            )
