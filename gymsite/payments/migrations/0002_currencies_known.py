"""No currency but those of ISO 4217: new rows at once, those there in the next one.

Tables that grow are read without keeping writers out (VALIDATE).
"""

import gymsite.core.money
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations

TABLES = ('ledgerentry', 'payment')


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0023_currencies_known"),
        ("payments", "0001_initial"),
    ]

    operations = [
        AddConstraintNotValid(
            table, gymsite.core.money.currency_known(f"payments_{table}")
        )
        for table in TABLES
    ]
