"""Rooms and their weekly use."""

from enum import StrEnum
from typing import Annotated

from django.http import HttpResponse
from ninja import Path, Query, Router
from pydantic import BaseModel, BeforeValidator, Field

from bookings.api.sessions import ClassLevel
from bookings.models import Room
from bookings.queries import rooms as reads
from gymsite.core.errors import NotFound
from gymsite.core.pagination import Page, keyset_page
from gymsite.rest.answers import Beside, answer, source
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.schemas import Digits, PageInput, PageOf, Problem, choice_of

router = Router(tags=["Rooms"])
RoomKind = Annotated[str, choice_of("RoomKind", Room.Kind)]
LARGEST_NUMBER = 2**31 - 1


class Weekday(StrEnum):
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


WallTime = Annotated[
    str,
    BeforeValidator(lambda starts: f"{starts:%H:%M}"),
    Field(examples=["07:00"], pattern=r"^\d\d:\d\d$"),
]


class RoomDetails(BaseModel):
    """``number`` is the one on the door, unique in the whole brand."""

    number: int
    name: str
    branch: str = source("branch__name")
    kind: RoomKind
    capacity: int
    equipment: list[str]


class WeeklyClass(BaseModel):
    """A weekly class; ``starts`` is the branch's wall time, ``minutes`` how long it
    lasts."""

    id: int
    name: str
    class_type: str = source("class_type__name")
    trainer: str = source("trainer__name")
    level: ClassLevel
    starts: WallTime
    minutes: int
    capacity: int


class RoomDaySchedule(BaseModel):
    number: int
    name: str
    branch: str = source("branch__name")
    capacity: int
    classes: list[WeeklyClass]


Day = Annotated[
    Weekday,
    BeforeValidator(lambda day: day.lower() if isinstance(day, str) else day),
]
Number = Annotated[int, Field(ge=0, le=LARGEST_NUMBER), Digits]


@router.get(
    "", response=PageOf[RoomDetails], operation_id="list_rooms", summary="Rooms"
)
def every_room(request: ApiRequest, page: Query[PageInput]) -> HttpResponse:
    """Rooms in use, by number."""
    found = keyset_page(
        reads.as_rows(), ("number",), cursor=page.cursor, limit=page.limit
    )
    return answer(PageOf[RoomDetails], found)


@router.get(
    "/{room_or_day}",
    response={200: RoomDetails | PageOf[RoomDaySchedule], 404: Problem},
    operation_id="read_room_or_weekday",
    summary="One room, or a weekday",
)
def room_or_day(
    request: ApiRequest,
    room_or_day: Annotated[
        Number | Day, Path(description="A room's number, or monday … sunday.")
    ],
    page: Query[PageInput],
) -> HttpResponse:
    """A number gives that room; a weekday gives what happens in each room on that day
    of the week, page by page."""
    if isinstance(room_or_day, Weekday):
        return _day(list(Weekday).index(room_or_day), page)
    row = reads.as_rows().filter(number=room_or_day).first()
    if row is None:
        raise NotFound(f"There is no room {room_or_day}.")
    return answer(RoomDetails, row)


def _day(weekday: int, page: PageInput) -> HttpResponse:
    found = keyset_page(
        reads.as_rows(), ("number",), cursor=page.cursor, limit=page.limit
    )
    classes = reads.classes_on(weekday, [row.id for row in found.items])
    days = [Beside(row, classes=classes.get(row.id, [])) for row in found.items]
    return answer(PageOf[RoomDaySchedule], Page(days, found.next))
