"""Staff give a pack back what was used up for nothing, once."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from gymsite.core.functions import give_search_path


class Migration(migrations.Migration):

    dependencies = [
        ('bookings', '0031_session_key'),
        ('core', '0025_answer_alerts'),
        ('memberships', '0014_packs_of_appointments'),
        ('payments', '0008_refunds_checked'),
    ]

    operations = [
        migrations.AddField(
            model_name='appointment',
            name='credit_returned_at',
            field=models.DateTimeField(blank=True, editable=False, help_text='When staff gave the pack back what was used up for nothing.', null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appointment',
            trigger=pgtrigger.compiler.Trigger(name='gives_credit_back_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.credit_returned_at IS NOT NULL)', func="\n            RAISE EXCEPTION 'a credit goes back to its pack once'\n            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_TABLE_NAME || '_gives_credit_back_once';\n        ", hash='92163f0b2b8e339bc8220519171f4c0d2c99a38b', operation='UPDATE OF "credit_returned_at"', pgid='pgtrigger_gives_credit_back_once_8b1da', table='bookings_appointment', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(('credit_returned_at__isnull', True), models.Q(('allowance__isnull', False), ('status__in', ('late_cancelled', 'no_show'))), _connector='OR'), name='bookings_appointment_credit_back_if_lost'),
        ),
        migrations.RunPython(give_search_path, migrations.RunPython.noop),
    ]
