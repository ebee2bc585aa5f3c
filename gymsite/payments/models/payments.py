"""Money that a member was asked for. What was bought points at its payment, never the other way round."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from gymsite.core import money
from gymsite.core.models import Branch


class Payment(models.Model):
    """One amount through one gateway. Amounts are integer minor units of ``currency`` (ISO 4217)."""

    class Status(models.TextChoices):
        PENDING = "pending", "To be paid"
        PAID = "paid", "Paid"
        FAILED = "failed", "Failed"
        REFUNDED = "refunded", "Refunded"

    TRANSITIONS = {
        Status.PENDING: {Status.PAID, Status.FAILED},
        Status.PAID: {Status.REFUNDED},
        Status.FAILED: set(),
        Status.REFUNDED: set(),
    }

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="payments", db_index=False)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING)
    amount_minor = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    gateway = models.CharField(max_length=20)
    gateway_reference = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "gateway_reference"],
                condition=~Q(gateway_reference=""),
                name="payments_payment_reference_unique",
            ),
            models.CheckConstraint(
                condition=~Q(status="paid") | Q(paid_at__isnull=False), name="payments_payment_paid_has_time"
            ),
        ]
        indexes = [
            # a member's payment history; reference report 3: (user, status)
            models.Index(fields=["member", "status"], name="payments_payment_member"),
            # the work queue of failed payments; reference report 3: (status, created_at)
            models.Index(fields=["status", "created_at"], name="payments_payment_status"),
        ]

    def __str__(self) -> str:
        return f"{money.shown(self.amount_minor, self.currency)}, {self.get_status_display()}"
