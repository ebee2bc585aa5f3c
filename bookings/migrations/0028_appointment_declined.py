"""A request that is declined is not one that was cancelled.

The constraint holds for new rows at once, for those there in the next migration.
"""

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

# Back, while no trigger holds the states and no constraint their times.
CALLED_CANCELLED = (
    "UPDATE bookings_appointment SET status = 'cancelled' WHERE status = 'declined'"
)


class Migration(migrations.Migration):

    dependencies = [
        ('bookings', '0027_renamed_in_calendars'),
        ('core', '0024_reports'),
        ('memberships', '0014_packs_of_appointments'),
        ('payments', '0005_reports'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='appointment',
            name='follows_its_states',
        ),
        migrations.RemoveConstraint(
            model_name='appointment',
            name='bookings_appointment_cancelled_has_time',
        ),
        migrations.RunSQL(migrations.RunSQL.noop, CALLED_CANCELLED),
        migrations.AlterField(
            model_name='appointment',
            name='status',
            field=models.CharField(choices=[('requested', 'Requested'), ('booked', 'Booked'), ('confirmed', 'Confirmed'), ('checked_in', 'Checked in'), ('completed', 'Completed'), ('no_show', 'No-show'), ('cancelled', 'Cancelled'), ('late_cancelled', 'Cancelled late'), ('declined', 'Declined')], default='booked', max_length=14),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointment',
            trigger=pgtrigger.compiler.Trigger(name='follows_its_states', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (('requested', 'booked'), ('requested', 'cancelled'), ('requested', 'declined'), ('booked', 'cancelled'), ('booked', 'checked_in'), ('booked', 'completed'), ('booked', 'confirmed'), ('booked', 'late_cancelled'), ('booked', 'no_show'), ('confirmed', 'cancelled'), ('confirmed', 'checked_in'), ('confirmed', 'completed'), ('confirmed', 'late_cancelled'), ('confirmed', 'no_show'), ('checked_in', 'completed'), ('checked_in', 'no_show'), ('completed', 'no_show'), ('no_show', 'checked_in'), ('no_show', 'completed')))", func="\n            RAISE EXCEPTION 'an appointment does not go that way'\n            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_TABLE_NAME || '_follows_its_states';\n        ", hash='d7602be1d7e4e850696f1feb202930911873ee2d', operation='UPDATE OF "status"', pgid='pgtrigger_follows_its_states_4eb25', table='bookings_appointment', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cancelled_at__isnull', False), ('status__in', ('cancelled', 'late_cancelled', 'declined'))), models.Q(models.Q(('status__in', ('cancelled', 'late_cancelled', 'declined')), _negated=True), ('cancelled_at__isnull', True)), _connector='OR'), name='bookings_appointment_cancelled_has_time'),
        ),
    ]
