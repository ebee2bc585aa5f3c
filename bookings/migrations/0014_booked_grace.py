"""Who books after the cutoff may cancel free of charge for some minutes.

Bookings keep the rules that they were made under: policies that bookings may have been made under give no such minutes,
and are followed by newer ones that do.
"""

from django.db import migrations, models
from django.utils import timezone

# No row is updated, which the trigger never_changed would refuse.
ADD = """
DO $$
BEGIN
    EXECUTE format(
        'ALTER TABLE bookings_bookingpolicy ADD COLUMN booked_grace_minutes integer NOT NULL DEFAULT %s'
        ' CHECK (booked_grace_minutes >= 0)',
        CASE WHEN EXISTS (SELECT FROM bookings_booking) THEN 0 ELSE 10 END);
    ALTER TABLE bookings_bookingpolicy ALTER COLUMN booked_grace_minutes DROP DEFAULT;
END
$$
"""


def follow(apps, schema_editor):
    policies = apps.get_model("bookings", "BookingPolicy").objects
    for policy in list(policies.order_by("branch_id", "-id").distinct("branch_id").filter(booked_grace_minutes=0)):
        policy.pk, policy.booked_grace_minutes = None, 10
        policy.created_at = timezone.now()
        policy.save(force_insert=True)


class Migration(migrations.Migration):
    dependencies = [("bookings", "0013_visits_without_a_month")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(ADD, "ALTER TABLE bookings_bookingpolicy DROP COLUMN booked_grace_minutes")],
            [
                migrations.AddField(
                    model_name="bookingpolicy",
                    name="booked_grace_minutes",
                    field=models.PositiveIntegerField(
                        default=10, help_text="Who books later than the cutoff may cancel free for this."
                    ),
                )
            ],
        ),
        migrations.RunPython(follow, migrations.RunPython.noop),
    ]
