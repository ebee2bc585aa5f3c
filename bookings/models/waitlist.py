"""Who waits for a place in a full session, in the order of joining."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from bookings.models.bookings import Booking
from bookings.models.sessions import ClassSession
from gymsite.core.models import Branch, User, refuses
from memberships.models import Allowance, Membership


class WaitlistEntry(models.Model):
    """One turn in the line. The database gives ``position`` (1, 2, 3 … a session, never
    reused) as it writes the row.

    What members see ("3rd of 7") is its rank among those who still wait. A limited
    plan's class is reserved meanwhile.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        PROMOTED = "promoted", "Promoted"
        LEFT = "left", "Left"
        PASSED_OVER = "passed_over", "Passed over"
        CLOSED = "closed", "Closed"

    TRANSITIONS = {
        Status.WAITING: {
            Status.PROMOTED,
            Status.LEFT,
            Status.PASSED_OVER,
            Status.CLOSED,
        },
        Status.PROMOTED: set(),
        Status.LEFT: set(),
        Status.PASSED_OVER: set(),
        Status.CLOSED: set(),
    }

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    session = models.ForeignKey(
        ClassSession, models.PROTECT, related_name="waitlist", db_index=False
    )
    member = models.ForeignKey(
        User, models.PROTECT, related_name="waitlist_entries", db_index=False
    )
    membership = models.ForeignKey(
        Membership, models.PROTECT, related_name="+", db_index=False
    )
    allowance = models.ForeignKey(
        Allowance, models.PROTECT, null=True, related_name="+", db_index=False
    )
    booking = models.OneToOneField(
        Booking, models.PROTECT, null=True, related_name="waitlist_entry"
    )
    position = models.PositiveIntegerField(default=0)
    status = models.CharField(
        max_length=11, choices=Status.choices, default=Status.WAITING
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    joined_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "waitlist entries"
        constraints = [
            models.UniqueConstraint(
                fields=["session", "position"],
                name="bookings_waitlistentry_position_unique",
            ),
            models.UniqueConstraint(
                fields=["session", "member"],
                condition=Q(status="waiting"),
                name="bookings_waitlistentry_one_active",
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", ended_at__isnull=True)
                | Q(~Q(status="waiting"), ended_at__isnull=False),
                name="bookings_waitlistentry_ended_has_time",
            ),
            models.CheckConstraint(
                condition=Q(status="promoted", booking__isnull=False)
                | Q(~Q(status="promoted"), booking__isnull=True),
                name="bookings_waitlistentry_promoted_is_booked",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="bookings_waitlistentry_ends_after_start",
            ),
        ]
        indexes = [
            # queries.waitlist.head: first in line without a sort
            models.Index(
                fields=["session", "position"],
                condition=Q(status="waiting"),
                name="bookings_waitlist_head",
            ),
            # queries.bookings: what a member waits for, by time; also what overlaps a
            # promotion
            models.Index(
                fields=["member", "starts_at"],
                condition=Q(status="waiting"),
                name="bookings_waitlist_member",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="takes_position",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    UPDATE bookings_classsession
                    SET waitlist_last = waitlist_last + 1, waitlist_length = waitlist_length + 1
                    WHERE id = NEW.session_id RETURNING waitlist_last INTO NEW.position;
                    RETURN NEW;
                """,
                condition=pgtrigger.Condition("NEW.status = 'waiting'"),
            ),
            pgtrigger.Trigger(
                name="leaves_line",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("status") | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.status = 'waiting'"),
                func="""
                    IF TG_OP = 'UPDATE' AND NEW.status = 'waiting' THEN RETURN NULL; END IF;
                    UPDATE bookings_classsession SET waitlist_length = waitlist_length - 1 WHERE id = OLD.session_id;
                    RETURN NULL;
                """,
            ),
            refuses(
                "ends_once",
                pgtrigger.UpdateOf("status"),
                "a waitlist entry ends once",
                pgtrigger.Condition(
                    "OLD.status <> 'waiting' AND NEW.status <> OLD.status"
                ),
            ),
            refuses(
                "keeps_its_turn",
                pgtrigger.UpdateOf("session_id", "member_id", "position"),
                "a waitlist entry stays with its member, session and position",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position} in session {self.session_id}"
