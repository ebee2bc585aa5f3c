"""What is sold by the hour: personal training and the like."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from bookings.models.revisions import revises_appointments
from bookings.models.trainers import Trainer
from gymsite.core import money
from gymsite.core.models import Branch
from gymsite.core.search import folded

LONGEST_MINUTES = 600
LONGEST_BUFFER = 240


class Service(models.Model):
    """One kind of appointment, of one branch or (``branch`` empty) of all. The price is
    in minor units of ``currency``; lengths are minutes.

    Buffers occupy the trainer before and after, not the client. Appointments start on
    the raster, counted from midnight of the branch. What is changed here changes no
    appointment that is booked.
    """

    branch = models.ForeignKey(
        Branch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services",
        help_text="Empty: at every branch.",
    )
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.TextField(max_length=1000, blank=True)
    minutes = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(5), MaxValueValidator(LONGEST_MINUTES)]
    )
    buffer_before_minutes = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(LONGEST_BUFFER)]
    )
    buffer_after_minutes = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(LONGEST_BUFFER)]
    )
    raster_minutes = models.PositiveSmallIntegerField(
        default=15,
        validators=[MinValueValidator(5), MaxValueValidator(240)],
        help_text="It starts every so many minutes of the day.",
    )
    price_minor = models.PositiveIntegerField()
    currency = models.CharField(
        max_length=3, default="GBP", validators=[money.check_currency]
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = [folded("name"), "id"]
        constraints = [
            money.currency_known("bookings_service"),
            models.CheckConstraint(
                condition=Q(minutes__gte=5, minutes__lte=LONGEST_MINUTES),
                name="bookings_service_lasts",
            ),
            models.CheckConstraint(
                condition=Q(
                    buffer_before_minutes__lte=LONGEST_BUFFER,
                    buffer_after_minutes__lte=LONGEST_BUFFER,
                ),
                name="bookings_service_buffers",
            ),
            models.CheckConstraint(
                condition=Q(raster_minutes__gte=5, raster_minutes__lte=240),
                name="bookings_service_raster",
            ),
        ]
        triggers = [revises_appointments("service_id", "name")]

    def __str__(self) -> str:
        return self.name


class TrainerService(models.Model):
    """A trainer gives a service. What is taken away here cancels no appointment."""

    trainer = models.ForeignKey(
        Trainer, models.PROTECT, related_name="gives", db_index=False
    )
    service = models.ForeignKey(
        Service, models.PROTECT, related_name="given_by", db_index=False
    )

    class Meta:
        constraints = [
            # also for what a trainer gives: queries.availability, queries.slots
            models.UniqueConstraint(
                fields=["trainer", "service"], name="bookings_trainerservice_once"
            )
        ]
        indexes = [
            # who gives a service: queries.availability, of a whole branch
            models.Index(
                fields=["service", "trainer"], name="bookings_trainerservice_givers"
            )
        ]

    def __str__(self) -> str:
        return f"{self.trainer} gives {self.service}"
