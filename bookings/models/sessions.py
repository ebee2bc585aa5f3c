"""What is taught: a type (Vinyasa), a weekly class (Tuesdays 07:00 in Studio 1) and its
dated sessions."""

from zoneinfo import ZoneInfo

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Func, Q

from bookings.models import occupancy
from bookings.models.revisions import COUNTS_REVISIONS, revises
from bookings.models.rooms import Room
from bookings.models.trainers import Trainer
from gymsite.core import search
from gymsite.core.models import Branch, bumps, refuses
from gymsite.core.models.branches import Weekday, check_time_zone


class TsTzRange(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


# FOR SHARE: the insert waits for whoever switches one off at this moment, and whoever
# does so later waits for the insert.
PARENTS_IN_USE = """
    PERFORM FROM core_branch b, bookings_room r, bookings_trainer t, bookings_gymclass c
    WHERE b.id = NEW.branch_id AND r.id = NEW.room_id AND t.id = NEW.trainer_id AND c.id = NEW.gym_class_id
        AND b.is_active AND r.is_active AND t.is_active AND c.status = 'active'
    FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a session needs a branch, a room, a trainer and a class in use'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'bookings_classsession_parents_in_use';
    END IF;
    RETURN NEW;
"""

TAKES_TIME = (
    occupancy.where_it_stands(
        "starts_at", "ends_at", "trainer_id", "room_id", states=("scheduled",)
    )
    + occupancy.SEES_THE_LATEST
    + occupancy.take(occupancy.TRAINER, "NEW.trainer_id", alone=False)
    + occupancy.take(occupancy.ROOM, "NEW.room_id", alone=False)
    + occupancy.unless(
        occupancy.appointments(
            "trainer_id = NEW.trainer_id", "busy_from", "busy_until"
        ),
        "bookings_session_trainer_has_no_appointment",
        "the trainer has an appointment then",
    )
    + occupancy.unless(
        occupancy.appointments("room_id = NEW.room_id"),
        "bookings_session_room_has_no_appointment",
        "the room holds an appointment then",
    )
    + "RETURN NEW;"
)


class Level(models.TextChoices):
    ALL = "all", "All levels"
    BEGINNER = "beginner", "Beginner"
    IMPROVER = "improver", "Improver"
    ADVANCED = "advanced", "Advanced"


class ClassType(models.Model):
    """A kind of class, such as Vinyasa or Spin Intervals; ``subject`` groups kinds
    (Yoga, Spin) for the filter."""

    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    subject = models.CharField(max_length=40)
    description = models.TextField(max_length=1000, blank=True)
    minutes = models.PositiveSmallIntegerField()

    class Meta:
        ordering = [search.folded("name"), "id"]
        triggers = [bumps("timetable")]

    def __str__(self) -> str:
        return self.name


class GymClass(models.Model):
    """A weekly slot, kept as wall time of its branch, so that 07:00 is 07:00 on both
    sides of a clock change."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        ENDED = "ended", "Ended"

    TRANSITIONS = {
        Status.ACTIVE: {Status.PAUSED, Status.ENDED},
        Status.PAUSED: {Status.ACTIVE, Status.ENDED},
        Status.ENDED: set(),
    }

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="classes")
    class_type = models.ForeignKey(ClassType, models.PROTECT, related_name="classes")
    room = models.ForeignKey(Room, models.PROTECT, related_name="classes")
    trainer = models.ForeignKey(
        Trainer, models.PROTECT, related_name="classes", db_index=False
    )
    name = models.CharField(max_length=80)
    code = models.CharField(max_length=16, unique=True)
    level = models.CharField(max_length=8, choices=Level.choices, default=Level.ALL)
    weekday = models.PositiveSmallIntegerField(
        choices=Weekday.choices, validators=[MaxValueValidator(6)]
    )
    starts = models.TimeField(help_text="Wall time of the branch.")
    minutes = models.PositiveSmallIntegerField()
    capacity = models.PositiveSmallIntegerField()
    status = models.CharField(
        max_length=6, choices=Status.choices, default=Status.ACTIVE
    )

    class Meta:
        verbose_name = "class"
        verbose_name_plural = "classes"
        constraints = [
            models.CheckConstraint(
                condition=Q(capacity__gt=0), name="bookings_gymclass_holds_somebody"
            ),
            models.CheckConstraint(
                condition=Q(minutes__gt=0, minutes__lte=600),
                name="bookings_gymclass_lasts",
            ),
            models.CheckConstraint(
                condition=Q(weekday__lte=6), name="bookings_gymclass_weekday"
            ),
        ]
        indexes = [
            # dependents: a trainer's active classes
            models.Index(
                fields=["trainer", "status"], name="bookings_class_of_trainer"
            ),
            # queries.rooms.use_on: what happens in each room on a weekday
            models.Index(
                fields=["weekday", "room", "starts"], name="bookings_class_weekday_room"
            ),
            # queries.sessions.about: a class by its name
            search.index("name", name="bookings_class_search"),
        ]
        triggers = [bumps("timetable"), revises("gym_class_id", "name")]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class ClassSession(models.Model):
    """One dated occurrence of a class. Instants are UTC, computed from the slot;
    ``session_date`` is the branch's date.

    ``time_zone`` is the clock it is or was held by: its branch's, which sessions ahead
    follow and past ones outlive (operations.time_zones). Whoever shows or reckons its
    local time goes by that.

    ``booked_count``, ``waitlist_length`` and ``waitlist_last`` are kept by triggers on
    bookings and waitlist entries and refuse to be written by anything else, so they are
    true from every path. ``revision`` grows with every change that a calendar shows
    (revisions.py); ``revised_at`` is when it last did.
    """

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", "Scheduled"
        CANCELLED = "cancelled", "Cancelled"

    TRANSITIONS = {Status.SCHEDULED: {Status.CANCELLED}, Status.CANCELLED: set()}

    branch = models.ForeignKey(
        Branch, models.PROTECT, related_name="sessions", db_index=False
    )
    gym_class = models.ForeignKey(
        GymClass, models.PROTECT, related_name="sessions", db_index=False
    )
    room = models.ForeignKey(Room, models.PROTECT, related_name="sessions")
    trainer = models.ForeignKey(
        Trainer, models.PROTECT, related_name="sessions", db_index=False
    )
    substitute_for = models.ForeignKey(
        Trainer, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    session_date = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    time_zone = models.CharField(
        max_length=40, validators=[check_time_zone], editable=False
    )
    own_start = models.TimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="The wall time that this one was moved to, instead of its class's.",
    )
    moved_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When it was last moved to its wall time.",
    )
    topic = models.CharField(max_length=120, blank=True)
    status = models.CharField(
        max_length=9, choices=Status.choices, default=Status.SCHEDULED
    )
    capacity = models.PositiveSmallIntegerField()
    booked_count = models.SmallIntegerField(default=0, db_default=0, editable=False)
    waitlist_length = models.SmallIntegerField(default=0, db_default=0, editable=False)
    waitlist_last = models.IntegerField(default=0, db_default=0, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancel_reason = models.CharField(max_length=200, blank=True, editable=False)
    revision = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    revised_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "session"
        constraints = [
            models.CheckConstraint(
                condition=Q(booked_count__gte=0, booked_count__lte=F("capacity")),
                name="bookings_session_places",
            ),
            models.CheckConstraint(
                condition=~Q(status="cancelled") | Q(booked_count=0, waitlist_length=0),
                name="bookings_session_cancelled_is_empty",
            ),
            models.CheckConstraint(
                condition=Q(waitlist_length__gte=0),
                name="bookings_session_waitlist_counted",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="bookings_session_ends_after_start",
            ),
            models.CheckConstraint(
                condition=~Q(time_zone=""), name="bookings_session_goes_by_a_clock"
            ),
            # by expressions, so that it is an index, which is replaced while in use
            models.UniqueConstraint(
                "gym_class", "session_date", name="bookings_session_one_a_date"
            ),
            ExclusionConstraint(
                name="bookings_session_room_free",
                expressions=[
                    ("room", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(status="scheduled"),
            ),
            ExclusionConstraint(
                name="bookings_session_trainer_free",
                expressions=[
                    ("trainer", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(status="scheduled"),
            ),
        ]
        indexes = [
            # queries.sessions.day: the sessions of a branch's day in order
            models.Index(
                fields=["branch", "session_date", "starts_at"],
                name="bookings_session_branch_day",
            ),
            # queries.sessions.upcoming: the API's list of all branches by time, keyset
            # on (starts_at, id)
            models.Index(fields=["starts_at", "id"], name="bookings_session_by_time"),
            # queries.timetable.trainer_week, queries.training_week.times
            models.Index(
                fields=["trainer", "starts_at"], name="bookings_session_trainer_time"
            ),
            # queries.timetable.classes_about: a class by the words of its topic
            GinIndex(
                SearchVector("topic", config="english"),
                name="bookings_session_topic",
                condition=~Q(topic=""),
            ),
        ]
        triggers = [
            COUNTS_REVISIONS,
            pgtrigger.Trigger(
                name="parents_in_use",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.status = 'scheduled'"),
                func=PARENTS_IN_USE,
            ),
            pgtrigger.Trigger(
                name="takes_time",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf(
                    "status", "starts_at", "ends_at", "trainer_id", "room_id"
                ),
                condition=pgtrigger.Condition("NEW.status = 'scheduled'"),
                func=TAKES_TIME,
            ),
            refuses(
                "counts_kept_by_triggers",
                pgtrigger.UpdateOf("booked_count", "waitlist_length", "waitlist_last"),
                "these counts follow bookings and waitlist entries",
                pgtrigger.Condition(
                    "pg_trigger_depth() = 0 AND (OLD.booked_count, "
                    "OLD.waitlist_length, OLD.waitlist_last) IS DISTINCT FROM "
                    "(NEW.booked_count, NEW.waitlist_length, NEW.waitlist_last)"
                ),
            ),
            refuses(
                "past_keeps_its_clock",
                pgtrigger.UpdateOf("time_zone"),
                "a session that has begun keeps the zone it was held in",
                pgtrigger.Condition(
                    "OLD.time_zone IS DISTINCT FROM NEW.time_zone AND (NEW.moved_at IS "
                    "NULL OR NEW.moved_at IS NOT DISTINCT FROM OLD.moved_at OR "
                    "NEW.moved_at >= least(OLD.starts_at, NEW.starts_at))"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gym_class_id} on {self.session_date}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)
