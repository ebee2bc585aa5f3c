"""A trainer's week, and classes by their topic."""

from collections.abc import Iterable
from datetime import date, timedelta
from hashlib import sha256
from typing import Annotated, Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from ninja import Query, Router
from pydantic import AfterValidator, BaseModel, Field

from bookings import access
from bookings.api.appointments import AppointmentStatus
from bookings.api.sessions import ClassLevel
from bookings.models import ClassSession
from bookings.queries import timetable
from gymsite.core import periods
from gymsite.rest.answers import LocalTime, TimeZone, as_json
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.schemas import Day, Digits, Id, Problem, choice_of
from gymsite.rest.stopwatch import Stopwatch
from gymsite.web import request_counters
from gymsite.web.fragments import MEGABYTE, Fragments
from gymsite.web.http import JSON

router = Router(tags=["Trainers"])
WEEKS = Fragments("weeks", most_bytes=8 * MEGABYTE)
FORMAT = 1  # of the answer: with a new one nobody's copy is good any more
SLOW = 0.2  # seconds
FRESH = "private, max-age=300, stale-while-revalidate=600"
SessionStatus = Annotated[str, choice_of("SessionStatus", ClassSession.Status)]


def _monday(day: date) -> date:
    meant = periods.monday(day)
    if day != meant:
        raise ValueError(
            f"{day.isoformat()} is no Monday. Its week starts on {meant.isoformat()}."
        )
    return day


class WeekWanted(BaseModel):
    """``q``: instead of a trainer's week the classes of all, or of ``trainer``, whose
    topic has these words."""

    week_start: Annotated[Day, AfterValidator(_monday)] = Field(
        alias="weekStart", description="A Monday.", examples=["2026-11-30"]
    )
    trainer: Annotated[Id, Digits] | None = Field(
        None, description="A trainer's id; for trainers themselves if left out."
    )
    q: str = Field("", max_length=100)


class TimetableSession(BaseModel):
    """``booked_count`` is how many have a place. ``substitute_for_id`` is the trainer
    who would have taught it."""

    id: int
    name: str = Field(examples=["Vinyasa Flow"])
    code: str
    level: ClassLevel
    class_type: str
    topic: str
    status: SessionStatus
    time_zone: TimeZone
    starts_at: LocalTime
    ends_at: LocalTime
    room: str
    branch: str
    trainer_id: int
    trainer: str
    substitute_for_id: int | None
    booked_count: int
    capacity: int
    waitlist_length: int


class TimetableAppointment(BaseModel):
    """``name`` is the service's."""

    id: int
    reference: str
    name: str = Field(examples=["Personal training"])
    client_id: int
    client: str
    status: AppointmentStatus
    time_zone: TimeZone
    starts_at: LocalTime
    ends_at: LocalTime
    room: str | None
    branch: str


class TimetableDay(BaseModel):
    day: date
    sessions: list[TimetableSession]
    appointments: list[TimetableAppointment]


class TimetableWeek(BaseModel):
    """Seven days from ``week_start`` on, of the branches' calendars. No trainer where
    it answers ``q`` about all."""

    week_start: date
    trainer_id: int | None
    trainer: str | None
    days: list[TimetableDay]


@router.get(
    "",
    response={200: TimetableWeek, 404: Problem},
    operation_id="read_timetable",
    summary="A trainer's week",
)
def week(request: ApiRequest, wanted: Query[WeekWanted]) -> HttpResponse:
    """Classes and appointments of one's own as a trainer, or of ``trainer`` for staff
    of the branch. With ``q`` anybody finds classes by their topic."""
    watch = Stopwatch()
    with connection.execute_wrapper(watch):
        content, tag, is_hit = _found(request, wanted)
    response = _conditional(request, content, quote_etag(f"{FORMAT}-{tag}"))
    watch.mark(response, request.get_full_path(), is_hit=is_hit, slow=SLOW)
    return response


def _found(request: ApiRequest, wanted: WeekWanted) -> tuple[bytes, str, bool]:
    """The answer, what it is known by, and whether it was kept."""
    if words := wanted.q.strip():
        rows = timetable.classes_about(
            words, wanted.week_start, trainer_id=wanted.trainer
        )
        sessions = [row._asdict() for row in rows]
        content = _drawn(wanted.week_start, sessions, trainer_id=wanted.trainer)
        return content, sha256(content).hexdigest(), False
    trainer = access.trainer_run_by(request.auth, wanted.trainer)
    return kept_week(trainer.pk, wanted.week_start)


def kept_week(trainer_id: int, monday: date) -> tuple[bytes, str, bool]:
    """A trainer's week as JSON, its version, and whether this process had it."""
    key = (trainer_id, monday)
    version, content = WEEKS.get(key) or (None, b"")
    found = timetable.trainer_week(trainer_id, monday, kept=version)
    request_counters.looked(hits=found.is_kept, misses=not found.is_kept)
    if not found.is_kept:
        content = _drawn(
            monday,
            found.sessions,
            found.appointments,
            trainer_id=trainer_id,
            trainer=found.trainer,
        )
        WEEKS.keep(key, (found.version, content))
    return content, found.version, found.is_kept


def _drawn(
    monday: date,
    sessions: Iterable[dict[str, Any]],
    appointments: Iterable[dict[str, Any]] = (),
    *,
    trainer_id: int | None,
    trainer: str | None = None,
) -> bytes:
    days: dict[date, dict[str, list[Any]]] = {
        monday + timedelta(days=n): {"sessions": [], "appointments": []}
        for n in range(7)
    }
    for session in sessions:
        days[session["day"]]["sessions"].append(session)
    for one in appointments:
        client = f"{one['first_name']} {one['last_name']}".strip()
        days[one["day"]]["appointments"].append(one | {"client": client})
    shown = {
        "week_start": monday,
        "trainer_id": trainer_id,
        "trainer": trainer,
        "days": [{"day": day, **rows} for day, rows in days.items()],
    }
    return as_json(TimetableWeek, shown)


def _conditional(request: HttpRequest, content: bytes, etag: str) -> HttpResponse:
    """304 where the client has it already."""
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(content, content_type=JSON)
    response["ETag"] = etag
    response["Cache-Control"] = FRESH
    return response
