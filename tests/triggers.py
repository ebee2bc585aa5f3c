"""Triggers with a word of theirs taken out, for a race's negative control."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

FUNCTIONS = """
SELECT DISTINCT pg_get_functiondef(f.oid) FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid
WHERE t.tgname LIKE %s AND t.tgrelid::regclass::text LIKE %s AND strpos(f.prosrc, %s) > 0
"""


@contextmanager
def without(words: str, *, triggers: str, table: str = "%") -> Iterator[None]:
    """Take ``words`` out of the functions of pgtrigger's ``triggers`` meanwhile.

    ``triggers`` is a pattern of LIKE, as is ``table``.
    """
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS, [f"pgtrigger_{triggers}_%", table, words])
        definitions = [definition for (definition,) in cursor.fetchall()]
        assert definitions, "there is nothing to take out"
        for definition in definitions:
            cursor.execute(definition.replace(words, ""))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for definition in definitions:
                cursor.execute(definition)
