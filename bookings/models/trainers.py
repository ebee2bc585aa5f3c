from django.contrib.postgres.fields import ArrayField
from django.db import models

from bookings.models.revisions import revises, revises_appointments
from gymsite.core.models import Branch, User, bumps
from gymsite.core.search import folded


class TrainerPhoto(models.Model):
    """A trainer's photo as it is served: WebP made of what staff uploaded.

    It lies beside the data, so that a backup holds both. ``digest`` is of the trainer
    and the content, so what stands at an address never changes.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    content = models.BinaryField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return self.digest


class Trainer(models.Model):
    """A person who teaches, as members see them."""

    user = models.OneToOneField(User, models.PROTECT, related_name="trainer")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="trainers")
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=80, unique=True)
    bio = models.TextField(max_length=1000, blank=True)
    specialities = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    credentials = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    photo = models.OneToOneField(
        TrainerPhoto, models.PROTECT, null=True, blank=True, editable=False
    )
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
