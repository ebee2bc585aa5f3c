from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("bookings", "0032_credit_back")]

    operations = [
        ValidateConstraint("appointment", "bookings_appointment_credit_back_if_lost")
    ]
