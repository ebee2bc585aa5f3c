from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ('core', '0023_currencies_known'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='user',
            index=models.Index(fields=['role', 'is_active', '-id'], name='core_user_role_active'),
        ),
        AddIndexConcurrently(
            model_name='user',
            index=models.Index(fields=['date_joined', 'is_active'], include=('role', 'home_branch'), name='core_user_joined'),
        ),
    ]
