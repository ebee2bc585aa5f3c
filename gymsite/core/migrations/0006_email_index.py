from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Without locking the members of a site that is in use."""

    atomic = False
    dependencies = [("core", "0005_audits")]
    operations = [
        AddIndexConcurrently("user", models.Index(fields=["email"], name="core_user_email")),
    ]
