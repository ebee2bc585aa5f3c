"""Sessions in order of time."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, F, Func, IntegerField, Model, Q, QuerySet
from django.db.models.functions import Cast

from bookings.errors import SessionNotFound
from bookings.models import ClassSession, ClassType, GymClass, Trainer
from gymsite.core.models import Branch
from gymsite.core.search import fold, folded, holding, resembling
from gymsite.core.text import is_key


def sessions() -> QuerySet[ClassSession]:
    """Sessions with what a row of the timetable shows."""
    return ClassSession.objects.select_related(
        "gym_class__class_type", "room", "trainer", "branch", "substitute_for"
    )


def session_for_page(session_id: int) -> ClassSession:
    """A session with all that its page names; raises SessionNotFound."""
    found = sessions().filter(pk=session_id).first()
    if found is None:
        raise SessionNotFound(
            "The link may be old.", remedy="The timetable shows what is on."
        )
    return found


def as_rows(rows: QuerySet[ClassSession]) -> QuerySet[Any]:
    """The same sessions as bare values, for lists of many."""
    return rows.select_related(None).values_list(
        "id",
        "gym_class__name",
        "gym_class__class_type__name",
        "gym_class__level",
        "trainer__name",
        "room__name",
        "branch__name",
        "time_zone",
        "starts_at",
        "ends_at",
        "capacity",
        "booked_count",
        "waitlist_length",
        named=True,
    )


def day(branch_id: int, on: date) -> QuerySet[ClassSession]:
    """One branch's day in order (bookings_session_branch_day)."""
    return (
        sessions()
        .filter(branch_id=branch_id, session_date=on)
        .order_by("starts_at", "id")
    )


def upcoming(now: datetime) -> QuerySet[ClassSession]:
    """Scheduled sessions ahead; page by (starts_at, id), bookings_session_by_time."""
    return sessions().filter(starts_at__gt=now, status=ClassSession.Status.SCHEDULED)


HOUR = Func(
    F("time_zone"),
    F("starts_at"),
    template="extract(hour FROM timezone(%(expressions)s))",
)
LOCAL_HOUR = Cast(HOUR, IntegerField())
FURTHEST = timedelta(days=60)


def next_day(
    branch_id: int,
    after: date,
    *,
    subject: str,
    trainer: str,
    level: str,
    hours: tuple[int, int] | None,
) -> date | None:
    """The first of the 60 days after ``after`` with a session that fits, or None.

    An empty value asks nothing. ``subject`` and ``trainer`` (a slug) are from
    ``choices``, ``hours`` the first hour there and the one after the last. The day's
    index (bookings_session_branch_day) stops at the first that fits.
    """
    found = ClassSession.objects.filter(
        branch_id=branch_id,
        session_date__gt=after,
        session_date__lte=after + FURTHEST,
        status=ClassSession.Status.SCHEDULED,
    )
    asked = {
        "gym_class__class_type__subject": subject,
        "trainer__slug": trainer,
        "gym_class__level": level,
    }
    found = found.filter(**{name: value for name, value in asked.items() if value})
    if hours:
        found = found.alias(hour=LOCAL_HOUR).filter(
            hour__gte=hours[0], hour__lt=hours[1]
        )
    return (
        found.order_by("session_date", "starts_at")
        .values_list("session_date", flat=True)
        .first()
    )


def last_day(branch_id: int) -> date | None:
    """The last day that a branch's timetable reaches."""
    dates = ClassSession.objects.filter(branch_id=branch_id).order_by(
        "-session_date", "-starts_at"
    )
    return dates.values_list("session_date", flat=True).first()


def search(
    now: datetime,
    *,
    text: str,
    branch: str,
    class_type: str,
    level: str | None,
    on: date | None,
    free: bool,
) -> QuerySet[ClassSession]:
    """Sessions ahead that fit, an empty value asks nothing; page it as ``upcoming``."""
    found = upcoming(now)
    if text:
        found = found.filter(about(text))
    if branch:
        found = found.filter(branch__in=_named(Branch, branch))
    if class_type:
        found = found.filter(gym_class__class_type__in=_named(ClassType, class_type))
    if level:
        found = found.filter(gym_class__level=level)
    if on:
        found = found.filter(session_date=on)
    return found.filter(booked_count__lt=F("capacity")) if free else found


def about(text: str) -> Q:
    """Class, type or trainer by name (bookings_class_search).

    As lists of few keys: the sessions are then read in order of time and compared by
    key, and the reading stops when the page is full.
    """
    exact, like = _where(holding, text), _where(resembling, text)
    nothing_fits = Q(*(~Exists(keys) for keys in exact))
    return _any(exact) | (nothing_fits & _any(like))


def _where(find: Callable[..., QuerySet], text: str) -> list[QuerySet]:
    """The keys of classes, of types and of trainers."""
    tables: tuple[type[Model], ...] = (GymClass, ClassType, Trainer)
    return [
        find(table._default_manager.order_by(), text, "name").values("pk")
        for table in tables
    ]


def _any(keys: list[QuerySet]) -> Q:
    classes, types, trainers = keys
    of_types = GymClass.objects.filter(class_type__in=types).values("pk")
    return (
        Q(gym_class__in=classes) | Q(gym_class__in=of_types) | Q(trainer__in=trainers)
    )


def _named(model: type[Model], word: str) -> QuerySet[Any]:
    """The row that people mean by an id, a slug or a name."""
    means = Q(slug__iexact=word) | Q(folded_text=fold(word))
    if is_key(word):
        means |= Q(pk=int(word))
    return (
        model._default_manager.alias(folded_text=folded("name"))
        .filter(means)
        .values("pk")
    )
