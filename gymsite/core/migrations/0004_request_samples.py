"""Sampled requests, partitioned by month: the database's key is (id, at), Django goes by id alone."""

import django.contrib.postgres.indexes
from django.db import migrations, models
from django.utils import timezone

from gymsite.core import partitions
from gymsite.core.periods import next_month

CREATE = """
CREATE SEQUENCE core_requestsample_id_seq;
CREATE TABLE core_requestsample (
    id bigint NOT NULL DEFAULT nextval('core_requestsample_id_seq'),
    at timestamptz NOT NULL,
    endpoint varchar(160) NOT NULL,
    status smallint NOT NULL CONSTRAINT core_requestsample_status_check CHECK (status >= 0),
    milliseconds double precision NOT NULL,
    database_milliseconds double precision NOT NULL,
    queries smallint NOT NULL CONSTRAINT core_requestsample_queries_check CHECK (queries >= 0),
    hits smallint NOT NULL CONSTRAINT core_requestsample_hits_check CHECK (hits >= 0),
    misses smallint NOT NULL CONSTRAINT core_requestsample_misses_check CHECK (misses >= 0),
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
ALTER SEQUENCE core_requestsample_id_seq OWNED BY core_requestsample.id;
CREATE INDEX core_requestsample_at ON core_requestsample USING brin (at) WITH (pages_per_range = 16);
"""


def make_partitions(apps, schema_editor):
    today = timezone.now().date()
    partitions.ensure("core_requestsample", today, next_month(next_month(today)))


class Migration(migrations.Migration):
    dependencies = [("core", "0003_sessions_protect")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(CREATE, "DROP TABLE core_requestsample")],
            state_operations=[
                migrations.CreateModel(
                    name="RequestSample",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("at", models.DateTimeField()),
                        ("endpoint", models.CharField(max_length=160)),
                        ("status", models.PositiveSmallIntegerField()),
                        ("milliseconds", models.FloatField()),
                        ("database_milliseconds", models.FloatField()),
                        ("queries", models.PositiveSmallIntegerField()),
                        ("hits", models.PositiveSmallIntegerField(default=0)),
                        ("misses", models.PositiveSmallIntegerField(default=0)),
                    ],
                ),
                migrations.AddIndex(
                    "requestsample",
                    django.contrib.postgres.indexes.BrinIndex(
                        fields=["at"], name="core_requestsample_at", pages_per_range=16
                    ),
                ),
            ],
        ),
        migrations.RunPython(make_partitions, migrations.RunPython.noop),
    ]
