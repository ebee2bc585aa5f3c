"""The brand and its branches."""

import zoneinfo
from datetime import date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from gymsite.core import money, search
from gymsite.core.models.triggers import bumps
from gymsite.core.periods import local_day

MIDNIGHT = time()


class Weekday(models.IntegerChoices):
    """Numbered as ``date.weekday()`` does."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


@cache
def known_time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def check_time_zone(name: str) -> None:
    if name not in known_time_zones():
        raise ValidationError(
            f"{name} is not a time zone. Use a name such as Europe/London.",
            code="time_zone",
        )


class Brand(models.Model):
    """The one row that says who this site belongs to; its hue re-skins every page."""

    name = models.CharField(max_length=60, default="Northside")
    mark = models.CharField(
        max_length=2, blank=True, help_text="One or two letters for small places."
    )
    hue = models.PositiveSmallIntegerField(
        default=152,
        validators=[MaxValueValidator(359)],
        help_text="0 to 359; every colour derives from it.",
    )
    currency = models.CharField(
        max_length=3, default="GBP", validators=[money.check_currency]
    )
    support_email = models.EmailField(blank=True)
    contact = models.TextField(
        max_length=2000,
        blank=True,
        help_text="On the contact page, above the branches.",
    )
    terms = models.TextField(
        max_length=20_000,
        blank=True,
        help_text="A page of its own. An empty line ends a paragraph.",
    )
    privacy = models.TextField(
        max_length=20_000, blank=True, help_text="The same, about personal data."
    )

    class Meta:
        verbose_name_plural = "brand"
        constraints = [
            money.currency_known("core_brand"),
            models.CheckConstraint(condition=Q(id=1), name="core_brand_is_one_row"),
            models.CheckConstraint(
                condition=Q(hue__gte=0, hue__lte=359),
                name="core_brand_hue_on_the_wheel",
            ),
        ]
        triggers = [bumps("brand")]

    def __str__(self) -> str:
        return self.name


class Branch(models.Model):
    """One gym of the brand.

    Members and timetables go by its wall clock.
    """

    name = models.CharField(max_length=60)
    slug = models.SlugField(max_length=40, unique=True)
    time_zone = models.CharField(
        max_length=40, default="Europe/London", validators=[check_time_zone]
    )
    address = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = [search.folded("name"), "id"]
        verbose_name_plural = "branches"
        triggers = [bumps("branches")]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def today(self, now: datetime) -> date:
        """The date on the branch's calendar at an instant.

        "Today", "late" and "overdue" mean this date there.
        """
        return local_day(now, self.zone)


class BranchHours(models.Model):
    """Opening hours of one weekday, in the branch's wall time.

    Closing at 00:00 is the end of the day.
    """

    branch = models.ForeignKey(
        Branch, models.CASCADE, related_name="hours", db_index=False
    )
    weekday = models.PositiveSmallIntegerField(
        choices=Weekday.choices, validators=[MinValueValidator(0), MaxValueValidator(6)]
    )
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        ordering = ["branch", "weekday"]
        verbose_name = verbose_name_plural = "opening hours"
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "weekday"], name="core_branchhours_one_a_weekday"
            ),
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")) | Q(closes=MIDNIGHT),
                name="core_branchhours_close_after_opening",
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{Weekday(self.weekday).label} {self.opens:%H:%M} to {self.closes_shown}"
        )

    @property
    def closes_shown(self) -> str:
        return "midnight" if self.closes == MIDNIGHT else f"{self.closes:%H:%M}"
