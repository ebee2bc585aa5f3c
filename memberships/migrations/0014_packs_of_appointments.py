"""A pack may include appointments: the entitlements say so of each membership."""

from importlib import import_module

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

BEFORE = import_module("memberships.migrations.0010_entitlements").ENTITLEMENTS
ENTITLEMENTS = BEFORE.replace(
    "was_paid boolean\n)", "was_paid boolean, includes_appointments boolean\n)"
).replace(
    "p.status IN ('paid', 'refunded')\n           )\n",
    "p.status IN ('paid', 'refunded')\n           ),\n           m.includes_appointments\n",
)
DROP = "DROP FUNCTION memberships_entitlements(bigint, date);"


class Migration(migrations.Migration):

    dependencies = [("memberships", "0013_reports")]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='membership',
            name='keeps_its_terms',
        ),
        migrations.AddField(
            model_name='membership',
            name='includes_appointments',
            field=models.BooleanField(db_default=False, default=False, help_text='A pack of appointments, with trainers, and of no classes.'),
        ),
        migrations.AddField(
            model_name='plan',
            name='includes_appointments',
            field=models.BooleanField(db_default=False, default=False, help_text='A pack of appointments, with trainers, and of no classes.'),
        ),
        migrations.AlterField(
            model_name='membership',
            name='classes',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Classes a period, or classes or appointments in the pack.', null=True),
        ),
        migrations.AlterField(
            model_name='plan',
            name='classes',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Classes a period, or classes or appointments in the pack.', null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='keeps_its_terms', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            RAISE EXCEPTION 'a membership keeps its member and the terms that were bought'\n            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_TABLE_NAME || '_keeps_its_terms';\n        ", hash='8616bf19ae27bfcfbb8703b9b5566dd7d8165ba1', operation='UPDATE OF "member_id", "plan_id", "plan_name", "only_branch_id", "is_base", "kind", "period", "classes", "valid_days", "price_minor", "currency", "booking_window_days", "includes_classes", "includes_appointments", "includes_pool", "includes_vip", "includes_private_rooms"', pgid='pgtrigger_keeps_its_terms_ba14a', table='memberships_membership', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('includes_appointments', False), models.Q(('includes_classes', False), ('kind', 'pack')), _connector='OR'), name='memberships_membership_appointments_in_packs'),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(('includes_appointments', False), models.Q(('includes_classes', False), ('kind', 'pack')), _connector='OR'), name='memberships_plan_appointments_in_packs'),
        ),
        migrations.RunSQL(DROP + ENTITLEMENTS, DROP + BEFORE),
    ]
