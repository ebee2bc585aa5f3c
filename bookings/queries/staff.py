"""What staff look at: sessions that need somebody, and four weeks in numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet

from bookings.models import OCCUPIES, Appointment, ClassSession, GymClass
from gymsite.core.periods import days_around, instant, local_day, when
from gymsite.postgres.rows import fetch_all
from gymsite.postgres.statements import statements

NEEDS_TRAINER = Q(status="scheduled") & (
    Q(trainer__is_active=False) | Q(trainer__user__is_active=False)
)
PLACES_FOR_THE_WAITING = Q(
    status="scheduled", waitlist_length__gt=0, booked_count__lt=F("capacity")
)

SQL = statements("bookings", "staff")


LONGEST_BUFFER = timedelta(minutes=240)  # bookings_service_buffers
# a week is an hour longer when clocks go back
LONGEST_WEEK = timedelta(days=7, hours=1)


@dataclass(frozen=True, slots=True)
class Taught:
    """The sums of one class type's sessions in one hour, by their own zone."""

    day: date
    hour: int
    class_type: str
    booked: int
    places: int
    waited: int


def made_ahead(gym_class_id: int, now: datetime) -> tuple[int, date | None]:
    """How many sessions of a class lie ahead, and the day of the last one."""
    ahead = ClassSession.objects.filter(
        gym_class_id=gym_class_id, status="scheduled", starts_at__gt=now
    )
    found = ahead.aggregate(count=Count("pk"), last=Max("session_date"))
    return found["count"], found["last"]


def without_session(now: datetime) -> QuerySet[GymClass]:
    """Active classes without a session in seven days (bookings_session_one_a_date)."""
    until = now + LONGEST_WEEK
    made = ClassSession.objects.filter(
        gym_class=OuterRef("pk"),
        session_date__range=days_around(now, until),
        starts_at__gt=now,
        starts_at__lte=until,
    )
    return GymClass.objects.filter(~Exists(made), status=GymClass.Status.ACTIVE)


def why_without_session(classes: Sequence[GymClass], now: datetime) -> dict[int, str]:
    """Why the next date of each class has no session, by key; two queries for all.

    Wants ``branch``, ``room`` and ``trainer__user`` with them.
    """
    if not classes:
        return {}
    nexts = {one.pk: _next_time(one, now) for one in classes}
    # bookings_gymclass_lasts
    first = min(starts for starts, _ in nexts.values()) - timedelta(minutes=600)
    last = max(ends for _, ends in nexts.values())
    rooms = {one.room_id for one in classes}
    trainers = {one.trainer_id for one in classes}
    # bookings_session_by_time
    about_then = ClassSession.objects.filter(
        Q(room__in=rooms) | Q(trainer__in=trainers),
        starts_at__gt=first,
        starts_at__lt=last,
        status="scheduled",
    )
    rivals: list[ClassSession | Appointment] = [
        *about_then.select_related("gym_class").order_by("starts_at"),
        *_appointments(rooms, trainers, first, last),
    ]
    return {one.pk: _why(one, nexts[one.pk], rivals) for one in classes}


def _appointments(
    rooms: set[int], trainers: set[int], first: datetime, last: datetime
) -> QuerySet[Appointment]:
    """Those that are in the way then (bookings_appt_by_time)."""
    about_then = Appointment.objects.filter(
        Q(room__in=rooms) | Q(trainer__in=trainers),
        starts_at__gt=first,
        starts_at__lt=last + LONGEST_BUFFER,
        status__in=OCCUPIES,
    )
    return about_then.order_by("starts_at")


def _next_time(gym_class: GymClass, now: datetime) -> tuple[datetime, datetime]:
    """When a class begins next, and ends then."""
    zone, length = gym_class.branch.zone, timedelta(minutes=gym_class.minutes)
    day = local_day(now, zone)
    day += timedelta(days=(gym_class.weekday - day.weekday()) % 7)
    starts = instant(day, gym_class.starts, zone)
    if starts <= now:
        starts = instant(day + timedelta(days=7), gym_class.starts, zone)
    return starts, starts + length


def _why(
    one: GymClass,
    at: tuple[datetime, datetime],
    rivals: list[ClassSession | Appointment],
) -> str:
    for is_on, said in (
        (
            one.status == GymClass.Status.ACTIVE,
            f"It is {one.get_status_display().lower()}.",
        ),
        (one.branch.is_active, f"{one.branch} is closed."),
        (one.room.is_active, f"{one.room} is switched off."),
        (one.trainer.is_active, f"{one.trainer} does not teach any more."),
        (one.trainer.user.is_active, f"{one.trainer}'s account is closed."),
    ):
        if not is_on:
            return said
    for rival in rivals:
        if said := _in_the_way(one, at, rival):
            return f"{said}, {when(rival.starts_at, one.branch.zone)}."
    return "Its sessions are made within a day."


def _in_the_way(
    one: GymClass, at: tuple[datetime, datetime], rival: ClassSession | Appointment
) -> str:
    """What of the class another session or an appointment has then, or nothing."""
    if isinstance(rival, Appointment):
        taken_by, does = "an appointment", "has an appointment"
        busy = rival.busy_from < at[1] and rival.busy_until > at[0]
    elif rival.gym_class_id == one.pk:
        return ""
    else:
        taken_by, does = rival.gym_class.name, f"teaches {rival.gym_class.name}"
        busy = rival.starts_at < at[1] and rival.ends_at > at[0]
    meets = rival.starts_at < at[1] and rival.ends_at > at[0]
    if meets and rival.room_id == one.room_id:
        return f"{one.room} is taken by {taken_by}"
    if busy and rival.trainer_id == one.trainer_id:
        return f"{one.trainer} {does} then"
    return ""


def visits_by_hour(
    branch_ids: Sequence[int], since: datetime, until: datetime
) -> dict[tuple[int, int], int]:
    """Check-ins by (weekday, hour) in the branches' own time, Monday being 0."""
    values = {"branches": list(branch_ids), "since": since, "until": until}
    found = fetch_all(SQL.visits_by_hour, values)
    return {(row.weekday, row.hour): row.visits for row in found}


def sessions_taught(
    branch_ids: Sequence[int], since: datetime, until: datetime
) -> list[Taught]:
    """Sessions that took place, summed by day, hour and class type."""
    values = {"branches": list(branch_ids), "since": since, "until": until}
    return fetch_all(SQL.sessions_taught, values, Taught)
