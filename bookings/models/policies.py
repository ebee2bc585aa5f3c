"""The rules of the house. A policy is never changed, only followed by a newer one.

So bookings keep the one they were made under, and no later change of a rule fines
anybody.
"""

import pgtrigger
from django.db import models
from django.db.models import Q

from gymsite.core.models import Branch, refuses


class BookingPolicy(models.Model):
    """One version of the rules, for one branch or (``branch`` empty) for all. The
    newest of the branch's own counts, else the newest of the brand's. Lengths are in
    the unit of their name.
    """

    branch = models.ForeignKey(
        Branch, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    window_days = models.PositiveSmallIntegerField(
        default=14, help_text="Booking opens this long before the start."
    )
    cutoff_minutes = models.PositiveIntegerField(
        default=720, help_text="Free to cancel until this long before."
    )
    promotion_margin_minutes = models.PositiveIntegerField(
        default=120,
        help_text=(
            "Nobody is promoted later than this before the cutoff, so nobody is "
            "promoted into a fine."
        ),
    )
    promoted_grace_minutes = models.PositiveIntegerField(
        default=30, help_text="A promoted member may leave free for this."
    )
    booked_grace_minutes = models.PositiveIntegerField(
        default=10,
        help_text="Who books later than the cutoff may cancel free for this.",
    )
    unpaid_bookings = models.PositiveSmallIntegerField(
        default=1,
        help_text=(
            "Classes that a new member may book before the desk has taken the first "
            "payment."
        ),
    )
    checkin_opens_minutes = models.PositiveIntegerField(
        default=30, help_text="Check-in counts from this long before."
    )
    checkin_closes_minutes = models.PositiveIntegerField(
        default=30, help_text="… until this long after the start."
    )
    appointment_notice_minutes = models.PositiveIntegerField(
        default=120, help_text="An appointment is booked at least this long before."
    )
    appointment_horizon_days = models.PositiveSmallIntegerField(
        default=42, help_text="… and at most so many days ahead."
    )
    appointment_cutoff_minutes = models.PositiveIntegerField(
        default=1440, help_text="Free to cancel until this long before."
    )
    appointments_on_request = models.BooleanField(
        default=False, help_text="The trainer says yes before one is booked."
    )

    class Meta:
        verbose_name_plural = "booking policies"
        constraints = [
            models.CheckConstraint(
                condition=Q(window_days__gt=0), name="bookings_policy_opens_some_day"
            )
        ]
        # the newest policy of a branch: queries.eligibility
        indexes = [
            models.Index(fields=["branch", "-id"], name="bookings_policy_newest")
        ]
        triggers = [
            refuses(
                "never_changed",
                pgtrigger.Update | pgtrigger.Delete,
                "a policy is followed by a newer one",
            )
        ]

    def __str__(self) -> str:
        return f"Policy {self.pk}"
