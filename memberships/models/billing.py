"""What was asked for a membership, a row for each period that is paid for."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from gymsite.core import money
from gymsite.core.models import Branch
from gymsite.payments.models import Payment
from memberships.models.memberships import Membership


class BillingPeriod(models.Model):
    """The price of one membership from ``starts_on`` to ``ends_on``, both included; a
    pack has a single one.

    ``amount_minor`` is in minor units of ``currency``; a free period has no payment.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    membership = models.ForeignKey(
        Membership, models.PROTECT, related_name="periods", db_index=False
    )
    starts_on = models.DateField()
    ends_on = models.DateField()
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    payment = models.OneToOneField(
        Payment, models.PROTECT, null=True, blank=True, related_name="billing_period"
    )

    class Meta:
        constraints = [
            money.currency_known("memberships_billingperiod"),
            models.UniqueConstraint(
                fields=["membership", "starts_on"],
                name="memberships_billingperiod_one_a_period",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="memberships_billingperiod_ends_after_start",
            ),
        ]

        triggers = [
            # A payment's amount never changes: the trigger checks it once.
            pgtrigger.Trigger(
                name="is_what_is_paid",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("payment_id", "amount_minor", "currency"),
                condition=pgtrigger.Condition("NEW.payment_id IS NOT NULL"),
                func="""
                    IF NOT EXISTS (
                        SELECT FROM payments_payment p
                        WHERE p.id = NEW.payment_id
                            AND (p.amount_minor, p.currency) = (NEW.amount_minor, NEW.currency)
                    ) THEN
                        RAISE EXCEPTION 'a period costs what is paid for it'
                        USING ERRCODE = 'integrity_constraint_violation',
                            CONSTRAINT = 'memberships_billingperiod_is_what_is_paid';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.starts_on} to {self.ends_on}"
