"""When a trainer takes appointments: hours by weekday, and what is otherwise on some
days."""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    DateRangeField,
    IntegerRangeField,
    RangeBoundary,
    RangeOperators,
)
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Case, F, Func, Q, When
from django.db.models.functions import Cast, ExtractHour, ExtractMinute

from bookings.models import occupancy
from bookings.models.sessions import TsTzRange
from bookings.models.trainers import Trainer
from gymsite.core.models import Branch
from gymsite.core.models.branches import MIDNIGHT, Weekday


class DateRange(Func):
    function = "DATERANGE"
    output_field = DateRangeField()


class MinuteRange(Func):
    function = "INT4RANGE"
    output_field = IntegerRangeField()


def _minute(column: str) -> Cast:
    return Cast(ExtractHour(column) * 60 + ExtractMinute(column), models.IntegerField())


class Availability(models.Model):
    """Hours of one weekday in which a trainer takes appointments at a branch, in its
    wall time. Ending at 00:00 is the end of the day.

    ``valid_until`` is the last date that they hold on, NULL for no end.
    """

    trainer = models.ForeignKey(
        Trainer, models.PROTECT, related_name="availability", db_index=False
    )
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    weekday = models.PositiveSmallIntegerField(
        choices=Weekday.choices, validators=[MaxValueValidator(6)]
    )
    starts = models.TimeField()
    ends = models.TimeField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "availability"
        ordering = ["trainer", "weekday", "starts", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__lte=6), name="bookings_availability_weekday"
            ),
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")) | Q(ends=MIDNIGHT),
                name="bookings_availability_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="bookings_availability_holds_some_day",
            ),
            ExclusionConstraint(
                name="bookings_availability_never_overlaps",
                expressions=[
                    ("trainer", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (
                        MinuteRange(
                            _minute("starts"),
                            Case(
                                When(ends=MIDNIGHT, then=1440),
                                default=_minute("ends"),
                            ),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        DateRange(
                            "valid_from",
                            "valid_until",
                            RangeBoundary(inclusive_upper=True),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(is_active=True),
            ),
        ]
        indexes = [
            # a trainer's hours by weekday, for free slots
            models.Index(
                fields=["trainer", "weekday"], name="bookings_availability_day"
            ),
            # schedule management: a trainer's hours that hold and those that don't
            models.Index(
                fields=["trainer", "is_active"], name="bookings_availability_active"
            ),
            # who works on a weekday, whoever it is
            models.Index(
                fields=["weekday", "is_active"], name="bookings_availability_weekdays"
            ),
        ]

    def __str__(self) -> str:
        until = "midnight" if self.ends == MIDNIGHT else f"{self.ends:%H:%M}"
        return f"{Weekday(self.weekday).label} {self.starts:%H:%M} to {until}"


class AvailabilityException(models.Model):
    """Some time that is not as the weekday says: ``holiday`` and ``block`` take no
    appointment, ``extra`` hours do. Instants."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", "Holiday"
        BLOCK = "block", "Blocked"
        EXTRA = "extra", "Extra hours"

    trainer = models.ForeignKey(
        Trainer, models.PROTECT, related_name="exceptions", db_index=False
    )
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="bookings_exception_ends_after_start",
            ),
            # also for free slots: a trainer's exceptions within a time
            ExclusionConstraint(
                name="bookings_exception_once",
                expressions=[
                    ("trainer", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                    ("kind", RangeOperators.EQUAL),
                ],
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="takes_time",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("trainer_id", "kind", "starts_at", "ends_at"),
                condition=pgtrigger.Condition("NEW.kind <> 'extra'"),
                func=occupancy.SEES_THE_LATEST
                + occupancy.take(occupancy.TRAINER, "NEW.trainer_id", alone=True)
                + occupancy.unless(
                    occupancy.appointments(
                        "trainer_id = NEW.trainer_id",
                        "busy_from",
                        "busy_until",
                    ),
                    "bookings_exception_meets_no_appointment",
                    "the trainer has an appointment then",
                )
                + "RETURN NEW;",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} from {self.starts_at:%Y-%m-%d %H:%M}"
