from django.contrib.postgres.fields import ArrayField
from django.db import models

from bookings.models.revisions import revises, revises_appointments
from gymsite.core.models import Branch, User, bumps
from gymsite.core.search import folded


class Trainer(models.Model):
    """A person who teaches, as members see them."""

    user = models.OneToOneField(User, models.PROTECT, related_name="trainer")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="trainers")
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=80, unique=True)
    bio = models.TextField(max_length=1000, blank=True)
    specialities = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    credentials = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = [folded("name"), "id"]
        triggers = [
            bumps("timetable"),
            revises("trainer_id", "name"),
            revises_appointments("trainer_id", "name"),
        ]

    def __str__(self) -> str:
        return self.name
