from django.db import migrations

from gymsite.core.functions import give_search_path


class Migration(migrations.Migration):
    """Functions know their tables whatever path they are called under, such as pg_restore's empty one."""

    dependencies = [
        ("bookings", "0016_stamps_side_by_side"),
        ("core", "0020_stamps_side_by_side"),
        ("memberships", "0009_stamps_side_by_side"),
        ("payments", "0001_initial"),
    ]
    operations = [migrations.RunPython(give_search_path, migrations.RunPython.noop)]
