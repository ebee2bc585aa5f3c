from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

TABLES = ('billingperiod', 'membership', 'plan')


class Migration(migrations.Migration):
    dependencies = [("memberships", "0011_currencies_known")]

    operations = [
        ValidateConstraint(table, f"memberships_{table}_currency_known") for table in TABLES
    ]
