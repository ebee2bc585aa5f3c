"""After a test that commits nothing of it stays, and nothing else is missing."""

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from tests.admin_rows import a_bit_of_everything
from tests.constraints import refused_by
from tests.emptying import KEPT, empty_tables
from tests.factories import UserFactory

TABLES = """
SELECT oid::regclass::text FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    AND relname <> ALL (%s)
"""


def filled() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES, [KEPT])
        names = [name for (name,) in cursor.fetchall()]
        found = set()
        for name in names:
            cursor.execute(f"SELECT EXISTS (SELECT FROM {name})")
            found |= {name} if cursor.fetchone()[0] else set()
    return found


@pytest.mark.django_db(transaction=True)
def test_every_table_is_emptied_but_for_those_of_the_code():
    a_bit_of_everything(UserFactory(role="owner"))
    assert {"core_event", "payments_ledgerentry", "bookings_checkin"} < filled()
    assert "procrastinate_jobs" in filled()
    empty_tables()
    assert filled() == set()
    assert ContentType.objects.exists()
    assert Permission.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_guards_the_tables_is_there_again():
    a_bit_of_everything(UserFactory(role="owner"))
    empty_tables()
    a_bit_of_everything(UserFactory(role="owner"))
    assert refused_by("DELETE FROM core_event") == "core_event_append_only"
