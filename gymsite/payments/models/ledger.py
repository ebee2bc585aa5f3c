"""The money ledger: insert-only, corrected by a reversing entry."""

import pgtrigger
from django.db import models
from django.db.models import Q

from gymsite.core import money
from gymsite.core.models import APPEND_ONLY, Branch
from gymsite.payments.models.payments import AGREES_WITH_LEDGER, Payment


class LedgerEntry(models.Model):
    """One movement of money, in minor units of ``currency``.

    A charge is positive, a refund negative.
    """

    class Kind(models.TextChoices):
        CHARGE = "charge", "Charge"
        REFUND = "refund", "Refund"

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()
    reverses = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        db_index=False,
    )

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = [
            money.currency_known("payments_ledgerentry"),
            models.CheckConstraint(
                condition=Q(kind="charge", amount_minor__gte=0)
                | Q(kind="refund", amount_minor__lte=0),
                name="payments_ledgerentry_sign_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind="refund", reverses__isnull=False)
                | Q(kind="charge", reverses__isnull=True),
                name="payments_ledgerentry_refund_reverses",
            ),
        ]
        # the ledger page of a branch, newest first
        indexes = [
            models.Index(fields=["branch", "-id"], name="payments_ledgerentry_branch"),
            # the financial report: a branch's entries of some days
            models.Index(
                fields=["branch", "at"],
                include=["payment", "kind", "amount_minor", "currency"],
                name="payments_ledgerentry_time",
            ),
        ]
        triggers = [
            *APPEND_ONLY,
            # The payment's row is held: no two entries of it are reckoned at once.
            pgtrigger.Trigger(
                name="within_what_was_paid",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("asked", "RECORD"), ("held", "bigint")],
                func="""
                    SELECT amount_minor, currency INTO asked FROM payments_payment
                    WHERE id = NEW.payment_id FOR NO KEY UPDATE;
                    SELECT sum(amount_minor) INTO held FROM payments_ledgerentry WHERE payment_id = NEW.payment_id;
                    IF NEW.currency <> asked.currency
                        OR NEW.kind = 'charge' AND (held IS NOT NULL OR NEW.amount_minor <> asked.amount_minor)
                        OR NEW.kind = 'refund' AND coalesce(held, 0) + NEW.amount_minor < 0
                    THEN
                        RAISE EXCEPTION 'a payment is charged once, and gives back no more than was paid'
                        USING ERRCODE = 'integrity_constraint_violation',
                            CONSTRAINT = 'payments_ledgerentry_within_what_was_paid';
                    END IF;
                    RETURN NEW;
                """,
            ),
            # before agrees_with_payment, by its name
            pgtrigger.Trigger(
                name="adds_to_refunded",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.kind = 'refund'"),
                func="""
                    UPDATE payments_payment SET refunded_minor = refunded_minor - NEW.amount_minor
                    WHERE id = NEW.payment_id;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="agrees_with_payment",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=AGREES_WITH_LEDGER.format(
                    key="payment_id", name="payments_ledgerentry_agrees_with_payment"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor} {self.currency}"
