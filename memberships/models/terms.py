"""What a member gets for a price: terms of a plan, and of a membership as bought."""

from typing import Any

from django.db import models
from django.db.models import Q

from gymsite.core import money

# each has a field, "includes_" and its name
INCLUDABLE = ("classes", "appointments", "pool", "vip", "private_rooms")


class Terms(models.Model):
    """How many classes, which doors, how far ahead, for how much (``price_minor`` in
    minor units of ``currency``).

    A pack includes classes or appointments; ``classes`` is the number of either.
    """

    class Kind(models.TextChoices):
        UNLIMITED = "unlimited", "Unlimited classes"
        PER_PERIOD = "per_period", "Classes each period"
        PACK = "pack", "Class pack"

    class Period(models.TextChoices):
        WEEK = "week", "week"
        MONTH = "month", "month"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    period = models.CharField(
        max_length=5,
        choices=Period.choices,
        default=Period.MONTH,
        help_text="What is paid and, if limited, counted by.",
    )
    classes = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Classes a period, or classes or appointments in the pack.",
    )
    valid_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How long a pack lasts."
    )
    price_minor = models.PositiveIntegerField()
    currency = models.CharField(
        max_length=3, default="GBP", validators=[money.check_currency]
    )
    booking_window_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="How far ahead its members book; empty: the house rule.",
    )
    includes_classes = models.BooleanField(default=True)
    includes_appointments = models.BooleanField(
        default=False,
        db_default=False,
        help_text="A pack of appointments, with trainers, and of no classes.",
    )
    includes_pool = models.BooleanField(default=False)
    includes_vip = models.BooleanField(default=False)
    includes_private_rooms = models.BooleanField(default=False)

    class Meta:
        abstract = True
        constraints = [  # a CHECK lets NULL pass: "isnull=False" is not said twice
            money.currency_known("%(app_label)s_%(class)s"),
            models.CheckConstraint(
                condition=Q(kind="unlimited", classes__isnull=True)
                | Q(~Q(kind="unlimited"), classes__isnull=False, classes__gt=0),
                name="%(app_label)s_%(class)s_classes_fit_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind="pack", valid_days__isnull=False, valid_days__gt=0)
                | Q(~Q(kind="pack"), valid_days__isnull=True),
                name="%(app_label)s_%(class)s_packs_expire",
            ),
            models.CheckConstraint(
                condition=Q(includes_appointments=False)
                | Q(kind="pack", includes_classes=False),
                name="%(app_label)s_%(class)s_appointments_in_packs",
            ),
        ]

    @property
    def included(self) -> tuple[str, ...]:
        """What is included: of ``classes``, ``pool``, ``vip`` and ``private_rooms``."""
        return tuple(name for name in INCLUDABLE if getattr(self, f"includes_{name}"))

    def terms(self) -> dict[str, Any]:
        """Every field of the terms by its name, to be copied."""
        return {
            field.attname: getattr(self, field.attname) for field in Terms._meta.fields
        }
