from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from bookings.models.revisions import revises, revises_appointments
from gymsite.core.models import Branch, bumps


class Room(models.Model):
    """A place where classes happen. Its number is unique in the whole brand, as on the
    doors."""

    class Kind(models.TextChoices):
        STUDIO = "studio", "Studio"
        SPIN = "spin", "Spin studio"
        REFORMER = "reformer", "Reformer room"
        WEIGHTS = "weights", "Weights floor"
        RING = "ring", "Boxing ring"
        POOL = "pool", "Pool"
        PRIVATE = "private", "Private room"

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="rooms")
    number = models.PositiveIntegerField(unique=True)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    capacity = models.PositiveSmallIntegerField()
    equipment = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(capacity__gt=0), name="bookings_room_holds_somebody"
            )
        ]
        triggers = [
            bumps("timetable"),
            revises("room_id", "name"),
            revises_appointments("room_id", "name"),
        ]

    def __str__(self) -> str:
        return self.name
