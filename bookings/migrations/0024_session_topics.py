from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.contrib.postgres.search import SearchVector
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("bookings", "0023_appointment_revised_at")]
    operations = [
        AddIndexConcurrently(
            "classsession",
            GinIndex(
                SearchVector("topic", config="english"),
                name="bookings_session_topic",
                condition=~models.Q(topic=""),
            ),
        ),
    ]
