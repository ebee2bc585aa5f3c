from django.db import migrations

from gymsite.core import partitions


def make_default(apps, schema_editor):
    partitions.ensure_default("bookings_checkin")


class Migration(migrations.Migration):
    """A default partition takes the check-ins of a month that nobody has made: a door is no place to fail."""

    dependencies = [("bookings", "0012_first_payment")]
    operations = [migrations.RunPython(make_default, migrations.RunPython.noop)]
