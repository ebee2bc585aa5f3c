"""The timetable: sessions ahead, and searching them."""

from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from ninja import Query, Router
from pydantic import BaseModel, BeforeValidator, Field, ValidationInfo

from bookings.models import Level
from bookings.queries import sessions
from gymsite.core.pagination import keyset_page
from gymsite.rest.answers import LocalTime, TimeZone, answer, source
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.schemas import Day, PageInput, PageOf, choice_of

router = Router(tags=["Classes"])
ClassLevel = Annotated[str, choice_of("ClassLevel", Level)]


def _left(capacity: int, info: ValidationInfo) -> int:
    return max(0, capacity - info.data["booked_count"])


class SessionDetails(BaseModel):
    """One dated session; times with the offset of its branch."""

    id: int
    name: str = source("gym_class__name", examples=["Vinyasa Flow"])
    class_type: str = source("gym_class__class_type__name")
    level: ClassLevel = source("gym_class__level")
    trainer: str = source("trainer__name")
    room: str = source("room__name")
    branch: str = source("branch__name")
    time_zone: TimeZone
    starts_at: LocalTime = Field(examples=["2026-11-24T19:00:00+00:00"])
    ends_at: LocalTime
    capacity: int
    booked_count: int
    places_left: Annotated[int, BeforeValidator(_left)] = source("capacity")
    waitlist_length: int


class Search(PageInput):
    """Every filter that is given must hold. Branches and class types go by id, slug or
    name."""

    q: str = Field(
        "",
        max_length=100,
        description="Part of the class's name, its type or its trainer.",
    )
    branch: str = Field("", max_length=60)
    class_type: str = Field("", max_length=60)
    level: Annotated[Level, choice_of("ClassLevel", Level)] | None = None
    date: Day | None = Field(None, description="The branch's date, as YYYY-MM-DD.")
    free: bool = Field(False, description="Only sessions with places left.")


def _page(wanted: QuerySet[Any], page: PageInput) -> HttpResponse:
    rows = sessions.as_rows(wanted)
    found = keyset_page(rows, ("starts_at", "id"), cursor=page.cursor, limit=page.limit)
    return answer(PageOf[SessionDetails], found)


@router.get(
    "/",
    response=PageOf[SessionDetails],
    operation_id="list_sessions",
    summary="Sessions ahead",
)
def ahead(request: ApiRequest, page: Query[PageInput]) -> HttpResponse:
    """Every scheduled session of every branch that has not started, soonest first."""
    return _page(sessions.upcoming(timezone.now()), page)


@router.get(
    "/search",
    response=PageOf[SessionDetails],
    operation_id="search_sessions",
    summary="Search sessions ahead",
)
def search(request: ApiRequest, wanted: Query[Search]) -> HttpResponse:
    """Sessions ahead that fit, soonest first."""
    found = sessions.search(
        timezone.now(),
        text=wanted.q.strip(),
        branch=wanted.branch.strip(),
        class_type=wanted.class_type.strip(),
        level=wanted.level,
        on=wanted.date,
        free=wanted.free,
    )
    return _page(found, wanted)
