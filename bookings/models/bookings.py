"""A member's place in a session."""

from datetime import timedelta

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from bookings.models import occupancy
from bookings.models.policies import BookingPolicy
from bookings.models.sessions import ClassSession, TsTzRange
from gymsite.core.models import Branch, User, refuses
from memberships.models import Allowance, Membership

# The states in which a booking holds one of the session's places.
HOLDS_PLACE = ("booked", "attended", "no_show")
# No policy opens check-in longer before the start.
LONGEST_OPENING = timedelta(minutes=180)

TAKES_TIME = (
    occupancy.where_it_stands("starts_at", "ends_at", states=HOLDS_PLACE)
    + occupancy.SEES_THE_LATEST
    + occupancy.take(occupancy.PERSON, "NEW.member_id", alone=False)
    + occupancy.unless(
        f"""
        SELECT FROM bookings_appointment a WHERE a.client_id = NEW.member_id AND a.status IN {occupancy.OCCUPIES}
            AND a.starts_at < NEW.ends_at AND a.ends_at > NEW.starts_at
            AND a.starts_at > NEW.starts_at - {occupancy.LONGEST}
""",
        "bookings_booking_member_has_no_appointment",
        "the member has an appointment then",
    )
    + "RETURN NEW;"
)


class Booking(models.Model):
    """One place, with the facts of its decision frozen: free to cancel until when, paid
    by what, under which policy.

    ``starts_at`` and ``ends_at`` are the session's, copied so that the database itself
    can refuse two bookings of a member at one time; an operation that moves a session
    moves them with it.
    """

    class Status(models.TextChoices):
        BOOKED = "booked", "Booked"
        ATTENDED = "attended", "Attended"
        NO_SHOW = "no_show", "No-show"
        CANCELLED = "cancelled", "Cancelled"
        LATE_CANCELLED = "late_cancelled", "Cancelled late"

    TRANSITIONS = {
        Status.BOOKED: {
            Status.ATTENDED,
            Status.NO_SHOW,
            Status.CANCELLED,
            Status.LATE_CANCELLED,
        },
        # called off after the doors opened
        Status.ATTENDED: {Status.BOOKED, Status.NO_SHOW, Status.CANCELLED},
        Status.NO_SHOW: {Status.BOOKED, Status.ATTENDED},
        Status.CANCELLED: set(),
        Status.LATE_CANCELLED: set(),
    }

    class Source(models.TextChoices):
        PAGE = "page", "Page"
        API = "api", "API"
        STAFF = "staff", "Staff"
        WAITLIST = "waitlist", "Waitlist"

    reference = models.CharField(max_length=11, editable=False)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    session = models.ForeignKey(
        ClassSession, models.PROTECT, related_name="bookings", db_index=False
    )
    member = models.ForeignKey(
        User, models.PROTECT, related_name="bookings", db_index=False
    )
    membership = models.ForeignKey(
        Membership, models.PROTECT, related_name="+", db_index=False
    )
    allowance = models.ForeignKey(
        Allowance, models.PROTECT, null=True, related_name="+", db_index=False
    )
    policy = models.ForeignKey(
        BookingPolicy, models.PROTECT, related_name="+", db_index=False
    )
    status = models.CharField(
        max_length=14, choices=Status.choices, default=Status.BOOKED
    )
    source = models.CharField(max_length=8, choices=Source.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    booked_at = models.DateTimeField()
    free_until = models.DateTimeField(help_text="Cancelling is free until then.")
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=200, blank=True, db_default="")
    attended_at = models.DateTimeField(
        null=True, help_text="When they came in or were marked as there."
    )
    missed_at = models.DateTimeField(
        null=True, help_text="When it was said that they did not come."
    )
    sequence = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Grows with each change, for calendars."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reference"], name="bookings_booking_reference_unique"
            ),
            models.UniqueConstraint(
                fields=["session", "member"],
                condition=Q(status__in=HOLDS_PLACE),
                name="bookings_booking_one_active",
            ),
            ExclusionConstraint(
                name="bookings_booking_one_place_at_a_time",
                expressions=[
                    ("member", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=HOLDS_PLACE),
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="bookings_booking_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=("cancelled", "late_cancelled"),
                    cancelled_at__isnull=False,
                )
                | Q(
                    ~Q(status__in=("cancelled", "late_cancelled")),
                    cancelled_at__isnull=True,
                ),
                name="bookings_booking_cancelled_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="attended")
                | Q(
                    attended_at__isnull=False,
                    attended_at__gte=F("starts_at") - LONGEST_OPENING,
                ),
                name="bookings_booking_attended_in_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="no_show")
                | Q(missed_at__isnull=False, missed_at__gte=F("starts_at")),
                name="bookings_booking_missed_in_time",
            ),
        ]
        indexes = [
            # queries.bookings: upcoming and past by keyset on (starts_at, id)
            models.Index(
                fields=["member", "starts_at", "id"],
                name="bookings_booking_member_time",
            ),
            # the roster of a session, whatever the status; also serves the foreign key
            models.Index(fields=["session", "status"], name="bookings_booking_session"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="counts_places",
                when=pgtrigger.After,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("status")
                | pgtrigger.Delete,
                declare=[("before", "int := 0"), ("after", "int := 0")],
                func=f"""
                    IF TG_OP <> 'INSERT' THEN before := (OLD.status IN {HOLDS_PLACE})::int; END IF;
                    IF TG_OP <> 'DELETE' THEN after := (NEW.status IN {HOLDS_PLACE})::int; END IF;
                    IF after <> before THEN
                        UPDATE bookings_classsession SET booked_count = booked_count + after - before
                        WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.session_id ELSE NEW.session_id END;
                    END IF;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="takes_time",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("status", "starts_at", "ends_at"),
                condition=pgtrigger.Condition(f"NEW.status IN {HOLDS_PLACE}"),
                func=TAKES_TIME,
            ),
            refuses(
                "keeps_its_place",
                pgtrigger.UpdateOf("session_id", "member_id"),
                "a booking stays with its member and session",
            ),
        ]

    def __str__(self) -> str:
        return self.reference
