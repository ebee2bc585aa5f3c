"""Rooms and what happens in them on a weekday."""

from typing import Any

from django.db.models import Prefetch, QuerySet

from bookings.models import GymClass, Room


def rooms() -> QuerySet[Room]:
    """Rooms in use with their branch, by number."""
    return (
        Room.objects.filter(is_active=True).select_related("branch").order_by("number")
    )


def as_rows() -> QuerySet[Any]:
    """The same rooms as bare values."""
    return (
        Room.objects.filter(is_active=True)
        .order_by("number")
        .values_list(
            "id",
            "number",
            "name",
            "branch__name",
            "kind",
            "capacity",
            "equipment",
            named=True,
        )
    )


def _classes(weekday: int) -> QuerySet[GymClass]:
    """A weekday's active classes, Monday being 0 (bookings_class_weekday_room)."""
    return GymClass.objects.filter(
        weekday=weekday, status=GymClass.Status.ACTIVE
    ).order_by("room", "starts")


def classes_on(weekday: int, room_ids: list[int]) -> dict[int, list[Any]]:
    """The classes of a weekday as bare values, by room."""
    found: dict[int, list[Any]] = {}
    fields = (
        "id",
        "room_id",
        "name",
        "class_type__name",
        "trainer__name",
        "level",
        "starts",
        "minutes",
        "capacity",
    )
    for row in (
        _classes(weekday).filter(room__in=room_ids).values_list(*fields, named=True)
    ):
        found.setdefault(row.room_id, []).append(row)
    return found


def use_on(weekday: int) -> QuerySet[Room]:
    """Rooms with ``classes_of_day``, for pages; two queries."""
    in_order = _classes(weekday).select_related("class_type", "trainer")
    return rooms().prefetch_related(
        Prefetch("classes", queryset=in_order, to_attr="classes_of_day")
    )
