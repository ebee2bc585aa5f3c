"""The database's own functions, each with the search path that its names of tables are
meant in.

Without it they read the caller's: pg_restore's is empty, and a trigger that fires there
finds no table.
"""

from typing import Any

# procrastinate's and pgtrigger's come again with their own upgrades, and pgtrigger's
# names no table. A body that was parsed when the function was made (RETURN, BEGIN
# ATOMIC) knows its tables, and with a setting would not be inlined. Nor would a table
# that statements share: it names the schema of what it reads itself.
WITHOUT_PATH = """
SELECT p.oid::regprocedure::text FROM pg_proc p
WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
    AND prosqlbody IS NULL
    AND NOT (proretset AND provolatile = 's' AND prolang = (
        SELECT oid FROM pg_language WHERE lanname = 'sql'))
    AND proname !~ '^(procrastinate_|_pgtrigger_)'
    AND NOT EXISTS (SELECT FROM unnest(proconfig) setting WHERE setting LIKE 'search_path=%')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e')
ORDER BY 1
"""


def give_search_path(apps: Any, schema_editor: Any) -> None:
    """For ``RunPython``, after whatever makes or changes a trigger or a function."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(WITHOUT_PATH)
        for (signature,) in cursor.fetchall():
            cursor.execute(
                f"ALTER FUNCTION {signature} SET search_path = public, pg_temp"
            )
