from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("bookings", "0020_session_own_start")]
    operations = [
        AddIndexConcurrently(
            "appointment",
            models.Index(fields=["starts_at", "id"], name="bookings_appt_by_time"),
        ),
    ]
