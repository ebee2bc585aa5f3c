"""What a gym sells: how many classes, which doors it opens, for how much."""

from django.db import models
from django.db.models import Q

from gymsite.core.models import Branch, bumps


class Plan(models.Model):
    """Terms on sale. A change concerns new memberships' prices only; what was bought keeps its allowance."""

    class Kind(models.TextChoices):
        UNLIMITED = "unlimited", "Unlimited classes"
        PER_PERIOD = "per_period", "Classes each period"
        PACK = "pack", "Class pack"

    class Period(models.TextChoices):
        WEEK = "week", "week"
        MONTH = "month", "month"

    name = models.CharField(max_length=60)
    slug = models.SlugField(max_length=60, unique=True)
    summary = models.CharField(max_length=160, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    period = models.CharField(
        max_length=5,
        choices=Period.choices,
        default=Period.MONTH,
        help_text="What is paid and, if limited, counted by.",
    )
    classes = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Classes a period, or in the pack.")
    valid_days = models.PositiveSmallIntegerField(null=True, blank=True, help_text="How long a pack lasts.")
    price_minor = models.PositiveIntegerField(help_text="In minor units: 4900 is 49.00.")
    currency = models.CharField(max_length=3, default="GBP")
    branch = models.ForeignKey(
        Branch, models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: good at every branch."
    )
    booking_window_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How far ahead its members book; empty: the house rule."
    )
    includes_classes = models.BooleanField(default=True)
    includes_pool = models.BooleanField(default=False)
    includes_vip = models.BooleanField(default=False)
    includes_private_rooms = models.BooleanField(default=False)
    is_on_sale = models.BooleanField(default=True)
    rank = models.PositiveSmallIntegerField(default=0, help_text="Low comes first on the plans page.")

    class Meta:
        ordering = ["rank", "id"]
        triggers = [bumps("plans")]
        constraints = [  # a CHECK lets NULL pass: "isnull=False" is not said twice
            models.CheckConstraint(
                condition=Q(kind="unlimited", classes__isnull=True)
                | Q(~Q(kind="unlimited"), classes__isnull=False, classes__gt=0),
                name="memberships_plan_classes_fit_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind="pack", valid_days__isnull=False, valid_days__gt=0)
                | Q(~Q(kind="pack"), valid_days__isnull=True),
                name="memberships_plan_packs_expire",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_base(self) -> bool:
        return self.kind != self.Kind.PACK
