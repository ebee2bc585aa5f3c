"""Every table with a currency holds one of ISO 4217, whoever writes.

One function of the database checks it, and knows what gymsite.core.money knows.
"""

import string
from itertools import product

import pytest
from django.apps import apps
from django.db import connection

from gymsite.core import money
from tests.admin_rows import a_bit_of_everything
from tests.constraints import of_currencies, refused_by
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

TABLES = sorted(
    model._meta.db_table
    for model in apps.get_models()
    if any(field.column == "currency" for field in model._meta.concrete_fields)
)


@pytest.fixture
def rows(db):
    a_bit_of_everything(UserFactory(role="owner"))
    with connection.cursor() as cursor:
        # triggers would refuse first, for something else that does not fit
        cursor.execute("SET LOCAL session_replication_role = replica")


def test_every_table_with_a_currency_has_the_constraint():
    assert of_currencies() == {f"{table}_currency_known" for table in TABLES}
    assert len(TABLES) > 9


@pytest.mark.parametrize("table", TABLES)
def test_another_currency_is_refused_by_its_name(rows, table):
    for code in ("XXX", "gbp", "£", ""):
        statement = f"UPDATE {table} SET currency = %(code)s"
        assert refused_by(statement, code=code) == f"{table}_currency_known"
    assert refused_by(f"UPDATE {table} SET currency = 'JPY'") is None


def test_the_database_knows_the_currencies_that_the_code_knows():
    """If it fails, add a migration that runs ``money.is_currency_sql()``."""
    codes = ["".join(letters) for letters in product(string.ascii_uppercase, repeat=3)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code FROM unnest(%s::text[]) code WHERE is_currency(code)", [codes]
        )
        known = {code for (code,) in cursor.fetchall()}
    assert known == money.CURRENCIES | money.FORMER


def test_all_rows_were_looked_at():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE NOT convalidated "
            "AND conname LIKE '%_currency_known'"
        )
        assert cursor.fetchall() == []


def test_what_went_out_of_use_is_kept_and_not_typed():
    assert not money.FORMER & money.CURRENCIES
    assert money.typed(100, "BGN") == "1.00"
