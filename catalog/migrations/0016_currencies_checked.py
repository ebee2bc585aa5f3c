from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

TABLES = ('cartitem', 'order', 'pricechange', 'product', 'purchaseorder', 'rental', 'rentalkind', 'supplieroffer')


class Migration(migrations.Migration):
    dependencies = [("catalog", "0015_currencies_known")]

    operations = [
        ValidateConstraint(table, f"catalog_{table}_currency_known") for table in TABLES
    ]
