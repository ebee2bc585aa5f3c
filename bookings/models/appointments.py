"""A trainer's time that one client has booked."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from bookings.models import occupancy
from bookings.models.appointment_parents import PARENTS_IN_USE
from bookings.models.appointment_payments import (
    CREDIT_BACK_IF_LOST,
    PAID_IN_ONE_WAY,
    PAYMENT_TRIGGERS,
)
from bookings.models.bookings import HOLDS_PLACE
from bookings.models.occupancy import OCCUPIES
from bookings.models.policies import BookingPolicy
from bookings.models.rooms import Room
from bookings.models.services import LONGEST_MINUTES, Service
from bookings.models.sessions import TsTzRange
from bookings.models.trainers import Trainer
from gymsite.core import money
from gymsite.core.models import Branch, User, refuses
from gymsite.payments.models import Payment
from memberships.models import Allowance

ENDED = ("cancelled", "late_cancelled", "declined")
COST_NOTHING = ("cancelled", "declined")
OVER = ("completed", "no_show")

OTHER_TIMES = (
    occupancy.where_it_stands(
        "starts_at",
        "ends_at",
        "busy_from",
        "busy_until",
        "room_id",
        states=OCCUPIES,
    )
    + occupancy.SEES_THE_LATEST
    + occupancy.take(occupancy.TRAINER, "NEW.trainer_id", alone=True)
    + f"""
    IF NEW.room_id IS NOT NULL THEN
        {occupancy.take(occupancy.ROOM, "NEW.room_id", alone=True)}
    END IF;
"""
    + occupancy.take(occupancy.PERSON, "NEW.client_id", alone=True)
    + occupancy.unless(
        """
        SELECT FROM bookings_classsession s WHERE s.trainer_id = NEW.trainer_id AND s.status = 'scheduled'
            AND tstzrange(s.starts_at, s.ends_at) && tstzrange(NEW.busy_from, NEW.busy_until)
""",
        "bookings_appointment_trainer_teaches_not",
        "the trainer teaches a class then",
    )
    + occupancy.unless(
        """
        SELECT FROM bookings_availabilityexception e WHERE e.trainer_id = NEW.trainer_id AND e.kind <> 'extra'
            AND tstzrange(e.starts_at, e.ends_at) && tstzrange(NEW.busy_from, NEW.busy_until)
""",
        "bookings_appointment_trainer_not_blocked",
        "the trainer is away then",
    )
    + occupancy.unless(
        """
        SELECT FROM bookings_classsession s WHERE s.room_id = NEW.room_id AND s.status = 'scheduled'
            AND tstzrange(s.starts_at, s.ends_at) && tstzrange(NEW.starts_at, NEW.ends_at)
""",
        "bookings_appointment_room_holds_no_class",
        "the room holds a class then",
    )
    + occupancy.unless(
        f"""
        SELECT FROM bookings_booking b WHERE b.member_id = NEW.client_id AND b.status IN {HOLDS_PLACE}
            AND b.starts_at < NEW.ends_at AND b.ends_at > NEW.starts_at
            AND b.starts_at > NEW.starts_at - {occupancy.LONGEST}
""",
        "bookings_appointment_client_has_no_class",
        "the client is booked for a class then",
    )
    + "RETURN NEW;"
)


class AppointmentStatus(models.TextChoices):
    REQUESTED = "requested", "Requested"
    BOOKED = "booked", "Booked"
    CONFIRMED = "confirmed", "Confirmed"
    CHECKED_IN = "checked_in", "Checked in"
    COMPLETED = "completed", "Completed"
    NO_SHOW = "no_show", "No-show"
    CANCELLED = "cancelled", "Cancelled"
    LATE_CANCELLED = "late_cancelled", "Cancelled late"
    DECLINED = "declined", "Declined"


TRANSITIONS = {
    AppointmentStatus.REQUESTED: {
        AppointmentStatus.BOOKED,
        AppointmentStatus.CANCELLED,
        AppointmentStatus.DECLINED,
    },
    AppointmentStatus.BOOKED: {
        AppointmentStatus.CONFIRMED,
        AppointmentStatus.CHECKED_IN,
        AppointmentStatus.COMPLETED,
        AppointmentStatus.NO_SHOW,
        AppointmentStatus.CANCELLED,
        AppointmentStatus.LATE_CANCELLED,
    },
    AppointmentStatus.CONFIRMED: {
        AppointmentStatus.CHECKED_IN,
        AppointmentStatus.COMPLETED,
        AppointmentStatus.NO_SHOW,
        AppointmentStatus.CANCELLED,
        AppointmentStatus.LATE_CANCELLED,
    },
    AppointmentStatus.CHECKED_IN: {
        AppointmentStatus.COMPLETED,
        AppointmentStatus.NO_SHOW,
    },
    AppointmentStatus.COMPLETED: {AppointmentStatus.NO_SHOW},
    AppointmentStatus.NO_SHOW: {
        AppointmentStatus.CHECKED_IN,
        AppointmentStatus.COMPLETED,
    },
    AppointmentStatus.CANCELLED: set(),
    AppointmentStatus.LATE_CANCELLED: set(),
    AppointmentStatus.DECLINED: set(),
}
ALLOWED = ", ".join(
    f"('{before}', '{after}')"
    for before, afters in TRANSITIONS.items()
    for after in sorted(afters)
)


class Appointment(models.Model):
    """One client with one trainer, with the facts of its decision frozen: price in
    minor units of ``currency``, free to cancel until when, under which policy.

    The client has ``starts_at`` to ``ends_at``, the trainer ``busy_from`` to
    ``busy_until``, longer by the buffers of then: instants by ``time_zone``'s clock.
    """

    Status = AppointmentStatus
    STARTS = (Status.REQUESTED, Status.BOOKED)
    # those that may still be cancelled or moved
    STANDS = (Status.REQUESTED, Status.BOOKED, Status.CONFIRMED)
    TRANSITIONS = TRANSITIONS

    class Source(models.TextChoices):
        PAGE = "page", "Page"
        API = "api", "API"
        STAFF = "staff", "Staff"

    reference = models.CharField(max_length=11, editable=False)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    trainer = models.ForeignKey(
        Trainer, models.PROTECT, related_name="appointments", db_index=False
    )
    client = models.ForeignKey(
        User, models.PROTECT, related_name="appointments", db_index=False
    )
    service = models.ForeignKey(
        Service, models.PROTECT, related_name="appointments", db_index=False
    )
    room = models.ForeignKey(
        Room,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
        db_index=False,
    )
    policy = models.ForeignKey(
        BookingPolicy, models.PROTECT, related_name="+", db_index=False
    )
    payment = models.OneToOneField(
        Payment, models.PROTECT, null=True, blank=True, related_name="appointment"
    )
    allowance = models.ForeignKey(
        Allowance,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="appointments",
        db_index=False,
        help_text="Of the pack that pays it.",
    )
    credit_returned_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When staff gave the pack back what was used up for nothing.",
    )
    status = models.CharField(
        max_length=14, choices=Status.choices, default=Status.BOOKED
    )
    source = models.CharField(max_length=5, choices=Source.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    busy_from = models.DateTimeField(help_text="The trainer's, with the buffer before.")
    busy_until = models.DateTimeField(help_text="… with the buffer after.")
    time_zone = models.CharField(max_length=40, editable=False)
    price_minor = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    booked_at = models.DateTimeField()
    free_until = models.DateTimeField(help_text="Cancelling is free until then.")
    checked_in_at = models.DateTimeField(null=True, blank=True)
    over_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When it was said that it took place, or that nobody came.",
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=200, blank=True, db_default="")
    note = models.CharField(
        max_length=500, blank=True, db_default="", help_text="What the client wrote."
    )
    sequence = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Grows with each change, for calendars."
    )
    revised_at = models.DateTimeField(null=True, blank=True, editable=False)
    reminded_for = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="The start that the client was reminded of.",
    )

    class Meta:
        constraints = [
            money.currency_known("bookings_appointment"),
            models.UniqueConstraint(
                fields=["reference"], name="bookings_appointment_reference_unique"
            ),
            ExclusionConstraint(
                name="bookings_appointment_trainer_free",
                expressions=[
                    ("trainer", RangeOperators.EQUAL),
                    (TsTzRange("busy_from", "busy_until"), RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=OCCUPIES),
            ),
            ExclusionConstraint(
                name="bookings_appointment_room_free",
                expressions=[
                    ("room", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=OCCUPIES, room__isnull=False),
            ),
            ExclusionConstraint(
                name="bookings_appointment_client_free",
                expressions=[
                    ("client", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=OCCUPIES),
            ),
            models.CheckConstraint(
                condition=Q(
                    ends_at__gt=F("starts_at"),
                    ends_at__lte=F("starts_at") + timedelta(minutes=LONGEST_MINUTES),
                ),
                name="bookings_appointment_lasts",
            ),
            models.CheckConstraint(
                condition=Q(
                    busy_from__lte=F("starts_at"), busy_until__gte=F("ends_at")
                ),
                name="bookings_appointment_buffers_around_it",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ENDED, cancelled_at__isnull=False)
                | Q(~Q(status__in=ENDED), cancelled_at__isnull=True),
                name="bookings_appointment_cancelled_has_time",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=OVER,
                    over_at__isnull=False,
                    over_at__gte=F("starts_at"),
                )
                | Q(~Q(status__in=OVER), over_at__isnull=True),
                name="bookings_appointment_over_in_time",
            ),
            PAID_IN_ONE_WAY,
            CREDIT_BACK_IF_LOST,
        ]
        indexes = [
            # queries.timetable.trainer_week, queries.training_week.times; free slots
            models.Index(
                fields=["trainer", "starts_at"], name="bookings_appt_trainer_time"
            ),
            # what a trainer earned, by state
            models.Index(
                fields=["trainer", "status", "starts_at"],
                name="bookings_appt_trainer_status",
            ),
            # a client's own by time, keyset on (starts_at, id); a booking's trigger
            models.Index(
                fields=["client", "starts_at", "id"], name="bookings_appt_client_time"
            ),
            # what a client has open
            models.Index(
                fields=["client", "status"], name="bookings_appt_client_status"
            ),
            # operations.reminders.remind; staff's list by state
            models.Index(
                fields=["status", "starts_at"], name="bookings_appt_status_time"
            ),
            # the financial report by service
            models.Index(
                fields=["service", "starts_at"], name="bookings_appt_service_time"
            ),
            # the admin's list of all branches, soonest first
            models.Index(fields=["starts_at", "id"], name="bookings_appt_by_time"),
            # a branch's day; free slots of all its trainers
            models.Index(
                fields=["branch", "starts_at"], name="bookings_appt_branch_time"
            ),
        ]
        triggers = [
            PARENTS_IN_USE,
            # after parents_in_use, by its name: rows are locked before times
            pgtrigger.Trigger(
                name="takes_time",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf(
                    "status",
                    "starts_at",
                    "ends_at",
                    "busy_from",
                    "busy_until",
                    "room_id",
                ),
                condition=pgtrigger.Condition(f"NEW.status IN {OCCUPIES}"),
                func=OTHER_TIMES,
            ),
            refuses(
                "keeps_its_terms",
                pgtrigger.UpdateOf(
                    "branch_id",
                    "trainer_id",
                    "client_id",
                    "service_id",
                    "policy_id",
                    "price_minor",
                    "currency",
                ),
                "an appointment keeps its people, its service, its price and its rules",
            ),
            refuses(
                "follows_its_states",
                pgtrigger.UpdateOf("status"),
                "an appointment does not go that way",
                pgtrigger.Condition(
                    "OLD.status <> NEW.status AND (OLD.status, NEW.status) "
                    f"NOT IN ({ALLOWED})"
                ),
            ),
            *PAYMENT_TRIGGERS,
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def member_id(self) -> int:
        """Whose it is, as events ask of every row."""
        return self.client_id

    @property
    def zone(self) -> ZoneInfo:
        """The clock that its time was chosen by."""
        return ZoneInfo(self.time_zone)

    @property
    def occupies(self) -> bool:
        """Whether it takes its trainer's time."""
        return self.status in OCCUPIES
