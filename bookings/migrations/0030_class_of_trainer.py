from django.contrib.postgres.operations import (
    AddIndexConcurrently,
    RemoveIndexConcurrently,
)
from django.db import migrations, models


class Migration(migrations.Migration):
    """The same without what it covered, for which nobody reads it (docs/reports.md)."""

    atomic = False
    dependencies = [("bookings", "0029_appointment_declined_in_time")]
    operations = [
        AddIndexConcurrently(
            "gymclass",
            models.Index(fields=["trainer", "status"], name="bookings_class_of_trainer"),
        ),
        RemoveIndexConcurrently("gymclass", "bookings_class_trainer"),
    ]
