"""No currency but those of ISO 4217: new rows at once, those there in the next one.

Tables that grow are read without keeping writers out (VALIDATE).
"""

import gymsite.core.money
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations

TABLES = ('cartitem', 'order', 'pricechange', 'product', 'purchaseorder', 'rental', 'rentalkind', 'supplieroffer')


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0014_functions_carry_their_path"),
        ("core", "0023_currencies_known"),
        ("payments", "0002_currencies_known"),
    ]

    operations = [
        AddConstraintNotValid(
            table, gymsite.core.money.currency_known(f"catalog_{table}")
        )
        for table in TABLES
    ]
