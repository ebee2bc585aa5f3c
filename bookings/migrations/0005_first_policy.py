"""A gym starts with the rules of the house as they stand in BookingPolicy's defaults; the admin adds newer ones."""

from django.db import migrations
from django.utils import timezone


def add_policy(apps, schema_editor):
    policies = apps.get_model("bookings", "BookingPolicy").objects
    if not policies.exists():
        policies.create(created_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("bookings", "0004_class_search")]

    operations = [migrations.RunPython(add_policy, migrations.RunPython.noop)]
