"""What went back before, and that payment and ledger agree about it.

Payments first, as whoever writes one does: nobody holds one while they are counted.
"""

import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from gymsite.core.functions import give_search_path

COUNT = """
LOCK TABLE payments_payment IN EXCLUSIVE MODE;
LOCK TABLE payments_ledgerentry IN SHARE ROW EXCLUSIVE MODE;
UPDATE payments_payment p SET refunded_minor = back.amount
FROM (
    SELECT payment_id, -sum(amount_minor) AS amount FROM payments_ledgerentry
    WHERE kind = 'refund' GROUP BY payment_id
) back
WHERE back.payment_id = p.id AND p.refunded_minor <> back.amount
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_refunds_counted")]

    operations = [
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
        pgtrigger.migrations.RemoveTrigger(
            model_name="ledgerentry", name="agrees_with_payment"
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="payment", name="is_in_the_ledger"
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ledgerentry',
            trigger=pgtrigger.compiler.Trigger(name='agrees_with_payment', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n    IF EXISTS (\n        SELECT FROM payments_payment p\n        LEFT JOIN payments_ledgerentry e ON e.payment_id = p.id\n        WHERE p.id = NEW.payment_id\n        GROUP BY p.id\n        HAVING CASE p.status\n            WHEN 'paid' THEN coalesce(sum(e.amount_minor), 0) <= 0\n            WHEN 'refunded' THEN count(e.id) = 0 OR sum(e.amount_minor) <> 0\n            ELSE count(e.id) > 0 END\n            OR p.refunded_minor <> coalesce(-sum(e.amount_minor) FILTER (WHERE e.kind = 'refund'), 0)\n    ) THEN\n        RAISE EXCEPTION 'a payment is what its ledger says'\n        USING ERRCODE = 'integrity_constraint_violation',\n            CONSTRAINT = 'payments_ledgerentry_agrees_with_payment';\n    END IF;\n    RETURN NULL;\n", hash='a50f9d163957c5ab18d510ae0c65d9f1b46681e7', operation='INSERT', pgid='pgtrigger_agrees_with_payment_b4eb7', table='payments_ledgerentry', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='is_in_the_ledger', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.status <> 'pending' OR NEW.refunded_minor <> 0)", constraint='CONSTRAINT', func="\n    IF EXISTS (\n        SELECT FROM payments_payment p\n        LEFT JOIN payments_ledgerentry e ON e.payment_id = p.id\n        WHERE p.id = NEW.id\n        GROUP BY p.id\n        HAVING CASE p.status\n            WHEN 'paid' THEN coalesce(sum(e.amount_minor), 0) <= 0\n            WHEN 'refunded' THEN count(e.id) = 0 OR sum(e.amount_minor) <> 0\n            ELSE count(e.id) > 0 END\n            OR p.refunded_minor <> coalesce(-sum(e.amount_minor) FILTER (WHERE e.kind = 'refund'), 0)\n    ) THEN\n        RAISE EXCEPTION 'a payment is what its ledger says'\n        USING ERRCODE = 'integrity_constraint_violation',\n            CONSTRAINT = 'payments_payment_is_in_the_ledger';\n    END IF;\n    RETURN NULL;\n", hash='dd8761ccf80ffc6830af5d65eff868beecff8cc0', operation='INSERT OR UPDATE OF "status", "refunded_minor"', pgid='pgtrigger_is_in_the_ledger_56b02', table='payments_payment', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        AddConstraintNotValid(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("refunded_minor__gte", 0),
                    ("refunded_minor__lte", models.F("amount_minor")),
                ),
                name="payments_payment_refunded_within_amount",
            ),
        ),
        migrations.RunPython(give_search_path, migrations.RunPython.noop),
    ]
