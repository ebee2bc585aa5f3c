"""Accounts are closed, never deleted, so a session refuses that too: what was CASCADE in words only is PROTECT."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0002_failed_mails")]

    operations = [
        migrations.AlterField(
            "apisession",
            "user",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="api_sessions",
                to=settings.AUTH_USER_MODEL,
            ),
        )
    ]
