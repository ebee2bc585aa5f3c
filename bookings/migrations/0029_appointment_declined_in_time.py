from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("bookings", "0028_appointment_declined")]

    operations = [
        ValidateConstraint("appointment", "bookings_appointment_cancelled_has_time")
    ]
