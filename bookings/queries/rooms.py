"""Rooms and what happens in them on a weekday."""

from django.db.models import Prefetch, QuerySet

from ..models import GymClass, Room


def rooms() -> QuerySet[Room]:
    """Rooms in use with their branch, by number."""
    return Room.objects.filter(is_active=True).select_related("branch").order_by("number")


def use_on(weekday: int) -> QuerySet[Room]:
    """Rooms with ``classes_of_day``: the active weekly classes of 0 (Monday) to 6, in order of time; two queries."""
    classes = GymClass.objects.filter(weekday=weekday, status=GymClass.Status.ACTIVE)
    in_order = classes.select_related("class_type", "trainer").order_by("starts")
    return rooms().prefetch_related(Prefetch("classes", queryset=in_order, to_attr="classes_of_day"))
