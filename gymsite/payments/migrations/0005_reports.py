from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ('core', '0024_reports'),
        ('payments', '0004_webhooks'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='ledgerentry',
            index=models.Index(fields=['branch', 'at'], include=('payment', 'kind', 'amount_minor', 'currency'), name='payments_ledgerentry_time'),
        ),
    ]
