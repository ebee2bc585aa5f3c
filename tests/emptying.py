"""Empties the tables after a test that commits.

Django would truncate all of them, which makes nearly 500 files anew, and then look for
missing content types and permissions: a quarter of a second, of which this takes a
fiftieth. Rows are deleted where there are any, and those two kinds stay.
"""

from django.db import connection, transaction

KEPT = ["django_migrations", "django_content_type", "auth_permission", "core_cache"]
# Who still writes is waited for, as TRUNCATE does. As a replica the server asks no
# foreign key and runs no trigger: some forbid exactly this.
EMPTY = """
DO $empty$
DECLARE filled regclass;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR filled IN
        SELECT oid FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
            AND relname <> ALL ({kept}) AND pg_relation_size(oid) > 0
        ORDER BY relname
    LOOP
        EXECUTE format('LOCK TABLE ONLY %s IN EXCLUSIVE MODE', filled);
        EXECUTE format('DELETE FROM ONLY %s', filled);
    END LOOP;
END $empty$
"""


def empty_tables() -> None:
    kept = "ARRAY[{}]".format(", ".join(f"'{name}'" for name in KEPT))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(EMPTY.format(kept=kept))
