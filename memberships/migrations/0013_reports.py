from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ('core', '0024_reports'),
        ('memberships', '0012_currencies_checked'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='membership',
            index=models.Index(fields=['branch', 'starts_on'], include=('ends_on', 'member'), name='memberships_by_month'),
        ),
    ]
