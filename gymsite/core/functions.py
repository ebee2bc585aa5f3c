"""The database's own functions, each with the search path that its names of tables are
meant in.

Without it they read the caller's: pg_restore's is empty, and a trigger that fires there
finds no table.
"""

from typing import Any

from gymsite.postgres.statements import statements

SQL = statements("gymsite.core", "functions")


def give_search_path(apps: Any, schema_editor: Any) -> None:
    """For ``RunPython``, after whatever makes or changes a trigger or a function."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(SQL.without_path)
        for (signature,) in cursor.fetchall():
            cursor.execute(
                f"ALTER FUNCTION {signature} SET search_path = public, pg_temp"
            )
