"""Visits. Check-ins grow for ever, so their table is partitioned by month (migration
0002) and nothing points at it."""

from django.db import models

from bookings.models.bookings import Booking
from gymsite.core.models import Branch, User


class CheckIn(models.Model):
    """One visit of one member to one branch. ``booking`` is the class it was for, if
    any.

    The database's key is (id, at), since a partitioned key must hold the partition
    column; ``id`` alone comes from one sequence and is what Django goes by.
    """

    class Method(models.TextChoices):
        DESK = "desk", "Front desk"
        KIOSK_PIN = "kiosk_pin", "Kiosk, PIN"
        KIOSK_CODE = "kiosk_code", "Kiosk, code"
        API = "api", "API"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    member = models.ForeignKey(
        User, models.PROTECT, related_name="checkins", db_index=False
    )
    booking = models.ForeignKey(
        Booking, models.PROTECT, null=True, related_name="+", db_index=False
    )
    method = models.CharField(max_length=10, choices=Method.choices)

    class Meta:
        verbose_name = "check-in"
        indexes = [
            # queries.checkins.of_member: visits, newest first, keyset on (at, id)
            models.Index(
                fields=["member", "-at", "-id"], name="bookings_checkin_member"
            ),
            # the front desk's list of a branch's day, and occupancy by hour
            models.Index(fields=["branch", "at"], name="bookings_checkin_branch"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} at {self.at}"


class CheckInNonce(models.Model):
    """A number that the kiosk makes for each scan, so that a repeated request finds the
    first one's check-in."""

    nonce = models.UUIDField(primary_key=True)
    checkin_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        # tasks.forget
        indexes = [models.Index(fields=["at"], name="bookings_nonce_at")]

    def __str__(self) -> str:
        return str(self.nonce)


class PinAttempt(models.Model):
    """One try of a PIN at a kiosk; ``member`` is empty when the number is nobody's."""

    at = models.DateTimeField()
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    member = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False
    )
    member_number = models.CharField(max_length=12)
    succeeded = models.BooleanField()

    class Meta:
        # PIN statistics of a branch by time
        indexes = [
            models.Index(fields=["branch", "at"], name="bookings_pinattempt_branch")
        ]

    def __str__(self) -> str:
        return f"{self.member_number} at {self.at}"
