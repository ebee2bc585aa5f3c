"""No currency but those of ISO 4217: new rows at once, those there in the next one.

Tables that grow are read without keeping writers out (VALIDATE).
"""

import gymsite.core.money
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations

TABLES = ('billingperiod', 'membership', 'plan')


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0023_currencies_known"),
        ("memberships", "0010_entitlements"),
        ("payments", "0002_currencies_known"),
    ]

    operations = [
        AddConstraintNotValid(
            table, gymsite.core.money.currency_known(f"memberships_{table}")
        )
        for table in TABLES
    ]
