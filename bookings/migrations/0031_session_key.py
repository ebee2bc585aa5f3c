from django.db import migrations, models

NAME = "bookings_session_one_a_date"
ON = "bookings_classsession (gym_class_id, session_date)"
COVERED = " INCLUDE (starts_at, ends_at, topic, status)"


def replaced_by(columns):
    """At each moment one of both holds."""
    return [
        f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {NAME}_next ON {ON}{columns}",
        f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}",
        f"ALTER INDEX {NAME}_next RENAME TO {NAME}",
    ]


class Migration(migrations.Migration):
    """The same without what it covered, for which nobody reads it (docs/reports.md)."""

    atomic = False
    dependencies = [("bookings", "0030_class_of_trainer")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint("classsession", NAME),
                migrations.AddConstraint(
                    "classsession",
                    models.UniqueConstraint("gym_class", "session_date", name=NAME),
                ),
            ],
            database_operations=[
                migrations.RunSQL(step, back)
                for step, back in zip(
                    replaced_by(""), reversed(replaced_by(COVERED)), strict=True
                )
            ],
        ),
    ]
