from django.db import migrations

from gymsite.core import partitions


def make_default(apps, schema_editor):
    partitions.ensure_default("core_requestsample")


class Migration(migrations.Migration):
    """A default partition takes the samples of a month that nobody has made."""

    dependencies = [("core", "0013_stamps")]
    operations = [migrations.RunPython(make_default, migrations.RunPython.noop)]
