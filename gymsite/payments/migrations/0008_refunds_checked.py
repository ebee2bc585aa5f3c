from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0007_refunds_agree")]

    operations = [
        ValidateConstraint("payment", "payments_payment_refunded_within_amount")
    ]
