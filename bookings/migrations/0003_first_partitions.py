"""Room for the first check-ins; the daily job bookings.make_partitions and the seed make further months."""

from django.db import migrations
from django.utils import timezone

from gymsite.core import partitions
from gymsite.core.periods import next_month


def make_partitions(apps, schema_editor):
    today = timezone.now().date()
    partitions.ensure("bookings_checkin", today, next_month(next_month(today)))


class Migration(migrations.Migration):
    dependencies = [("bookings", "0002_checkin")]

    operations = [migrations.RunPython(make_partitions, migrations.RunPython.noop)]
