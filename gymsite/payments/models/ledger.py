"""The money ledger: insert-only, corrected by a reversing entry."""

from django.db import models
from django.db.models import Q

from gymsite.core.models import APPEND_ONLY, Branch

from .payments import Payment


class LedgerEntry(models.Model):
    """One movement of money: a charge is positive, a refund negative, in minor units of ``currency``."""

    class Kind(models.TextChoices):
        CHARGE = "charge", "Charge"
        REFUND = "refund", "Refund"

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    amount_minor = models.IntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()
    reverses = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by", db_index=False
    )

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="charge", amount_minor__gte=0) | Q(kind="refund", amount_minor__lte=0),
                name="payments_ledgerentry_sign_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind="refund", reverses__isnull=False) | Q(kind="charge", reverses__isnull=True),
                name="payments_ledgerentry_refund_reverses",
            ),
        ]
        # the ledger page of a branch, newest first
        indexes = [models.Index(fields=["branch", "-id"], name="payments_ledgerentry_branch")]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor} {self.currency}"
