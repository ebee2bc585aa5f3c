from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

TABLES = ('ledgerentry', 'payment')


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_currencies_known")]

    operations = [
        ValidateConstraint(table, f"payments_{table}_currency_known") for table in TABLES
    ]
