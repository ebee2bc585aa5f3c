"""Things lent for some days: kinds of thing, units, and who has which when."""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q

from gymsite.core import money
from gymsite.core.models import Branch, User, bumps, refuses
from gymsite.payments.models import Payment

# The states in which a rental keeps its unit from others.
HOLDS_UNIT = ("booked", "out")


class DateRange(Func):
    function = "DATERANGE"
    output_field = DateRangeField()


class RentalKind(models.Model):
    """A kind of thing to rent: a fee and a late fee a day, and a deposit.

    Amounts are minor units of ``currency``.
    """

    name = models.CharField(max_length=60)
    slug = models.SlugField(max_length=60, unique=True)
    summary = models.CharField(max_length=160, blank=True)
    picture = models.SlugField(max_length=40, blank=True)
    day_fee_minor = models.PositiveIntegerField(default=0)
    late_fee_minor = models.PositiveIntegerField(
        default=0, help_text="For each day that it is late."
    )
    deposit_minor = models.PositiveIntegerField(default=0)
    currency = models.CharField(
        max_length=3, default="GBP", validators=[money.check_currency]
    )
    longest_days = models.PositiveSmallIntegerField(
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(366)],
        help_text="No rental is longer.",
    )
    is_active = models.BooleanField(default=True)
    rank = models.PositiveSmallIntegerField(default=0, help_text="Low comes first.")

    class Meta:
        ordering = ["rank", "id"]
        triggers = [bumps("shop")]
        constraints = [
            money.currency_known("catalog_rentalkind"),
            models.CheckConstraint(
                condition=Q(longest_days__gte=1, longest_days__lte=366),
                name="catalog_rentalkind_longest_days",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RentalUnit(models.Model):
    """One thing, with the code that is written on it."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    kind = models.ForeignKey(
        RentalKind, models.PROTECT, related_name="units", db_index=False
    )
    code = models.CharField(max_length=20)
    is_active = models.BooleanField(
        default=True, help_text="Off: broken, lost or put away."
    )

    class Meta:
        ordering = ["branch", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "code"], name="catalog_rentalunit_code_once"
            )
        ]
        # queries.rentals: the units of a kind at a branch
        indexes = [
            models.Index(
                fields=["kind", "branch"],
                condition=Q(is_active=True),
                name="catalog_rentalunit_kind",
            )
        ]

    def __str__(self) -> str:
        return self.code


class Rental(models.Model):
    """A unit for a member from ``starts_on`` to ``ends_on``, both included.

    At the fees agreed then, in minor units.
    """

    class Status(models.TextChoices):
        BOOKED = "booked", "Booked"
        OUT = "out", "Handed out"
        RETURNED = "returned", "Returned"
        CANCELLED = "cancelled", "Cancelled"

    TRANSITIONS = {
        Status.BOOKED: {Status.OUT, Status.CANCELLED},
        Status.OUT: {Status.RETURNED},
        Status.RETURNED: set(),
        Status.CANCELLED: set(),
    }

    reference = models.CharField(max_length=11, editable=False)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(
        RentalUnit, models.PROTECT, related_name="rentals", db_index=False
    )
    member = models.ForeignKey(
        User, models.PROTECT, related_name="rentals", db_index=False
    )
    status = models.CharField(
        max_length=9, choices=Status.choices, default=Status.BOOKED
    )
    starts_on = models.DateField()
    ends_on = models.DateField()
    fee_minor = models.PositiveBigIntegerField()
    late_fee_minor = models.PositiveIntegerField(
        help_text="Agreed for each day that it is late."
    )
    deposit_minor = models.PositiveIntegerField()
    late_days = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        help_text="Days after the last one, by the branch's clock of then.",
    )
    late_minor = models.PositiveBigIntegerField(
        default=0, db_default=0, help_text="What being late came to."
    )
    currency = models.CharField(max_length=3)
    payment = models.OneToOneField(
        Payment, models.PROTECT, null=True, blank=True, related_name="rental"
    )
    late_payment = models.OneToOneField(
        Payment, models.PROTECT, null=True, blank=True, related_name="late_rental"
    )
    created_at = models.DateTimeField()
    announced_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            money.currency_known("catalog_rental"),
            models.UniqueConstraint(
                fields=["reference"], name="catalog_rental_reference_unique"
            ),
            ExclusionConstraint(
                name="catalog_rental_unit_free",
                expressions=[
                    ("unit", RangeOperators.EQUAL),
                    (
                        DateRange(
                            "starts_on", "ends_on", RangeBoundary(inclusive_upper=True)
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(status__in=HOLDS_UNIT),
            ),
            models.UniqueConstraint(
                fields=["unit"],
                condition=Q(status="out"),
                name="catalog_rental_out_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="catalog_rental_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(status="returned", returned_at__isnull=False)
                | Q(~Q(status="returned"), returned_at__isnull=True),
                name="catalog_rental_returned_has_time",
            ),
            models.CheckConstraint(
                condition=Q(late_minor=F("late_days") * F("late_fee_minor"))
                & (Q(status="returned") | Q(late_days=0)),
                name="catalog_rental_late_costs_its_days",
            ),
        ]
        indexes = [
            # my rentals, newest first, keyset on id
            models.Index(fields=["member", "-id"], name="catalog_rental_member"),
            # the desk's list: what goes out and comes back, what is late
            models.Index(
                fields=["branch", "ends_on"],
                condition=Q(status__in=HOLDS_UNIT),
                name="catalog_rental_branch_due",
            ),
        ]
        triggers = [
            refuses(
                "keeps_its_unit",
                pgtrigger.UpdateOf("unit_id", "member_id"),
                "a rental stays with its unit and member",
            ),
            # A payment never changes its amount, so to look when it is named is enough.
            pgtrigger.Trigger(
                name="is_what_is_paid",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf(
                    "payment_id",
                    "late_payment_id",
                    "fee_minor",
                    "deposit_minor",
                    "currency",
                ),
                condition=pgtrigger.Condition(
                    "NEW.payment_id IS NOT NULL OR NEW.late_payment_id IS NOT NULL"
                ),
                func="""
                    IF EXISTS (
                        SELECT FROM payments_payment p
                        WHERE p.id IN (NEW.payment_id, NEW.late_payment_id) AND (
                            (p.member_id, p.currency) <> (NEW.member_id, NEW.currency)
                            OR p.id = NEW.payment_id AND p.amount_minor <> NEW.fee_minor + NEW.deposit_minor)
                    ) THEN
                        RAISE EXCEPTION 'a rental costs what is paid for it'
                        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'catalog_rental_is_what_is_paid';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.reference
