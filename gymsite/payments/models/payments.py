"""Money that a member was asked for. What was bought points at its payment."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from gymsite.core import money
from gymsite.core.models import Branch, User, refuses

# The whole of what a payment says of its ledger, looked at when the transaction ends.
# Of a payment, and of an entry; both have the key of the payment at hand.
AGREES_WITH_LEDGER = """
    IF EXISTS (
        SELECT FROM payments_payment p
        LEFT JOIN payments_ledgerentry e ON e.payment_id = p.id
        WHERE p.id = NEW.{key}
        GROUP BY p.id
        HAVING CASE p.status
            WHEN 'paid' THEN coalesce(sum(e.amount_minor), 0) <= 0
            WHEN 'refunded' THEN count(e.id) = 0 OR sum(e.amount_minor) <> 0
            ELSE count(e.id) > 0 END
            OR p.refunded_minor <> coalesce(-sum(e.amount_minor) FILTER (WHERE e.kind = 'refund'), 0)
    ) THEN
        RAISE EXCEPTION 'a payment is what its ledger says'
        USING ERRCODE = 'integrity_constraint_violation',
            CONSTRAINT = '{name}';
    END IF;
    RETURN NULL;
"""


class Payment(models.Model):
    """One amount through one gateway, in minor units of ``currency`` (ISO 4217).

    ``purpose`` says what it is for and which app settles it, ``thing`` which one of
    those, ``wish`` what is to be made of it (that app's own words). ``key`` goes to the
    gateway: money moves once for each key, however often it is asked. ``look_up_at`` is
    when the sweep asks the gateway what became of it; NULL where nothing is open.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "To be paid"
        PAID = "paid", "Paid"
        FAILED = "failed", "Failed"
        RETURNING = "returning", "Being given back"
        RETURNED = "returned", "Given back"
        REFUNDED = "refunded", "Refunded"

    # FAILED may turn out to have been taken: its request was still on its way.
    TRANSITIONS = {
        Status.PENDING: {Status.PAID, Status.FAILED, Status.RETURNING},
        Status.PAID: {Status.REFUNDED},
        Status.FAILED: {Status.RETURNING},
        Status.RETURNING: {Status.RETURNED},
        Status.RETURNED: set(),
        Status.REFUNDED: set(),
    }

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    member = models.ForeignKey(
        User, models.PROTECT, related_name="payments", db_index=False
    )
    purpose = models.CharField(max_length=20)
    thing = models.CharField(max_length=40)
    wish = models.JSONField(default=dict, db_default={})
    key = models.CharField(max_length=40, editable=False)
    status = models.CharField(
        max_length=9, choices=Status.choices, default=Status.PENDING
    )
    amount_minor = models.PositiveBigIntegerField()
    refunded_minor = models.BigIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="What went back of it, as the ledger's trigger counts.",
    )
    currency = models.CharField(max_length=3)
    gateway = models.CharField(max_length=20)
    gateway_reference = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    look_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            money.currency_known("payments_payment"),
            models.UniqueConstraint(fields=["key"], name="payments_payment_key_unique"),
            models.UniqueConstraint(
                fields=["gateway", "gateway_reference"],
                condition=~Q(gateway_reference=""),
                name="payments_payment_reference_unique",
            ),
            models.UniqueConstraint(
                fields=["purpose", "thing"],
                condition=Q(status="pending"),
                name="payments_payment_one_open_a_thing",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=1),
                name="payments_payment_asks_for_something",
            ),
            models.CheckConstraint(
                condition=Q(
                    refunded_minor__gte=0, refunded_minor__lte=F("amount_minor")
                ),
                name="payments_payment_refunded_within_amount",
            ),
            models.CheckConstraint(
                condition=~Q(status="paid") | Q(paid_at__isnull=False),
                name="payments_payment_paid_has_time",
            ),
            models.CheckConstraint(
                condition=Q(
                    ~Q(gateway="desk"), status="pending", look_up_at__isnull=False
                )
                | Q(status="returning", look_up_at__isnull=False)
                | Q(status="failed")
                | Q(
                    status__in=["paid", "returned", "refunded"], look_up_at__isnull=True
                )
                | Q(gateway="desk", status="pending", look_up_at__isnull=True),
                name="payments_payment_open_is_looked_up",
            ),
        ]
        indexes = [
            # a member's payment history
            models.Index(fields=["member", "status"], name="payments_payment_member"),
            # the work queue of failed payments
            models.Index(
                fields=["status", "created_at"], name="payments_payment_status"
            ),
            # operations.sweep: what the gateway has to be asked about
            models.Index(
                fields=["look_up_at"],
                condition=Q(look_up_at__isnull=False),
                name="payments_payment_look_up",
            ),
        ]
        triggers = [
            refuses(
                "keeps_its_amount",
                pgtrigger.Update,
                "a payment stays what was asked for",
                pgtrigger.Condition(
                    "((OLD.amount_minor, OLD.currency, OLD.key, OLD.purpose, "
                    "OLD.member_id, OLD.gateway) IS DISTINCT FROM "
                    "(NEW.amount_minor, NEW.currency, NEW.key, NEW.purpose, "
                    "NEW.member_id, NEW.gateway))"
                ),
            ),
            refuses(
                "follows_its_states",
                pgtrigger.UpdateOf("status"),
                "a payment does not go back to what it was",
                pgtrigger.Condition(
                    "OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN "
                    "(('pending', 'paid'), ('pending', 'failed'), "
                    "('pending', 'returning'), ('paid', 'refunded'), "
                    "('failed', 'returning'), ('returning', 'returned'))"
                ),
            ),
            pgtrigger.Trigger(
                name="is_in_the_ledger",
                when=pgtrigger.After,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("status", "refunded_minor"),
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Condition(
                    "NEW.status <> 'pending' OR NEW.refunded_minor <> 0"
                ),
                func=AGREES_WITH_LEDGER.format(
                    key="id", name="payments_payment_is_in_the_ledger"
                ),
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{money.shown(self.amount_minor, self.currency)}, "
            f"{self.get_status_display()}"
        )

    @property
    def is_open(self) -> bool:
        """Whether money may still come of it."""
        return self.status == self.Status.PENDING

    @property
    def left_minor(self) -> int:
        """What of a paid one has not gone back."""
        return self.amount_minor - self.refunded_minor
