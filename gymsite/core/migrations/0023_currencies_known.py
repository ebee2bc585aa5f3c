"""``is_currency(text)``: what ISO 4217 knows. gymsite.core.money says the same.

Each table with a column ``currency`` has a CHECK of it. A newer currency is one more
migration that runs ``is_currency_sql()``: no table is read again.
"""

import gymsite.core.money
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0022_shared_reads")]

    operations = [
        migrations.RunSQL(
            gymsite.core.money.is_currency_sql(), "DROP FUNCTION is_currency(text)"
        ),
        migrations.AddConstraint(
            model_name="brand",
            constraint=models.CheckConstraint(
                condition=gymsite.core.money.IsCurrency(models.F("currency")),
                name="core_brand_currency_known",
            ),
        ),
    ]
