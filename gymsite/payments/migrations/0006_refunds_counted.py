"""What went back of a payment stands on it, counted by the ledger from here on."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from gymsite.core.functions import give_search_path


class Migration(migrations.Migration):
    dependencies = [("payments", "0005_reports")]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="refunded_minor",
            field=models.BigIntegerField(
                db_default=0,
                default=0,
                editable=False,
                help_text="What went back of it, as the ledger's trigger counts.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ledgerentry',
            trigger=pgtrigger.compiler.Trigger(name='adds_to_refunded', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.kind = 'refund')", func='\n                    UPDATE payments_payment SET refunded_minor = refunded_minor - NEW.amount_minor\n                    WHERE id = NEW.payment_id;\n                    RETURN NULL;\n                ', hash='3cce5da7f194bbe4fcfaad2eeff2f59a7b32c93b', operation='INSERT', pgid='pgtrigger_adds_to_refunded_51d83', table='payments_ledgerentry', when='AFTER')),
        ),
        migrations.RunPython(give_search_path, migrations.RunPython.noop),
    ]
