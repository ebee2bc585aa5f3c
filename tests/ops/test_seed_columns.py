"""Every seeded column is given, has a default, or it is said who has to give it."""

from contextlib import contextmanager
from datetime import UTC, date, datetime

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.utils import timezone

from bookings.models import ClassSession
from gymsite.ops.seed import catalog, defaults, generate, run, scale
from gymsite.ops.seed.columns import Table
from gymsite.ops.seed.plan import Plan
from tests.ops.databases import migrated

DAY = date(2026, 11, 20)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("seed")]


@contextmanager
def field_of_sessions(field: models.Field, sql: str):
    """A database whose sessions have one more column, and the model with it."""
    with migrated("columns"), connection.cursor() as cursor:
        cursor.execute(
            f"ALTER TABLE bookings_classsession ADD COLUMN audience {sql} NOT NULL"
        )
        field.contribute_to_class(ClassSession, "audience")
        try:
            yield
        finally:
            ClassSession._meta.local_fields.remove(field)
            ClassSession._meta._expire_cache()
            del ClassSession.audience


def test_a_field_with_a_default_needs_no_change_of_the_seed():
    with field_of_sessions(
        models.CharField(max_length=20, default="all"), "varchar(20)"
    ):
        run.seed(run.Request(0.01, 1, DAY, profile="gym"), lambda job, rows: None)
        with connection.cursor() as cursor:
            cursor.execute("SELECT DISTINCT audience FROM bookings_classsession")
            assert cursor.fetchall() == [("all",)]


def test_of_a_field_without_one_it_is_said_which_function_has_to_give_it():
    place = r"session_table in gymsite/ops/seed/tables/sessions\.py"
    said = rf"bookings_classsession\.audience .*: {place} has to give it"
    with (
        field_of_sessions(models.CharField(max_length=20), "varchar(20)"),
        pytest.raises(CommandError, match=said),
    ):
        call_command("seed", scale=0.01, profile="gym")


def wanted(table: str) -> set[str]:
    """The columns that the database neither makes by itself nor leaves empty."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s "
            "AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO' "
            "AND is_generated = 'NEVER'",
            [table],
        )
        return {name for (name,) in cursor.fetchall()}


def test_what_is_given_and_what_has_a_default_are_all_columns_of_model_and_table():
    plan = Plan(1, DAY, scale.sizes(0.01, "all"), "all")
    with run.connect() as live:
        types = {
            name: found.columns
            for name, found in catalog.blueprints(live, list(generate.TABLES)).items()
        }
    for table in generate.tables(plan, 0.01):
        fields = defaults.model_of(table.name)._meta.local_concrete_fields
        assert types[table.name].keys() == {field.column for field in fields}
        defaults.fill(table, types[table.name])
        assert defaults.maker(table.name)
        assert wanted(table.name) - table.columns.keys() == set()


def test_a_column_that_went_is_said_too():
    table = Table("bookings_room", {"id": np.array([1]), "colour": "red"})
    with pytest.raises(
        defaults.NotGiven,
        match=r"no column colour, which room_table in .*timetable\.py gives",
    ):
        defaults.fill(table, {"id": "int8"})


@pytest.mark.parametrize(
    ("field", "kind", "encoded"),
    [
        (models.CharField(default="x"), "varchar", "x"),
        (models.CharField(blank=True), "varchar", ""),
        (models.BooleanField(default=False), "bool", False),
        (models.SmallIntegerField(default=3, db_default=3), "int2", 3),
        (models.DateField(default=date(2000, 1, 3)), "date", 2),
        (
            models.DateTimeField(default=datetime(2000, 1, 1, 0, 0, 1, tzinfo=UTC)),
            "timestamptz",
            1_000_000,
        ),
        (models.JSONField(default=dict), "jsonb", b"\x01{}"),
    ],
)
def test_a_default_is_encoded_as_its_column_is(field, kind, encoded):
    assert defaults.default_of(field, kind, "core_user") == encoded


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        (models.CharField(), "varchar"),
        # one instant for all would be another each time
        (models.DateTimeField(default=timezone.now), "timestamptz"),
        (models.DecimalField(default=1), "numeric"),
    ],
)
def test_what_is_no_default_for_every_row_is_asked_for(field, kind):
    field.set_attributes_from_name("motto")
    place = r"user_table in gymsite/ops/seed/tables/core\.py"
    said = rf"core_user\.motto .*: {place} has to give it"
    with pytest.raises(defaults.NotGiven, match=said):
        defaults.default_of(field, kind, "core_user")
