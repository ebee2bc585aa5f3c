"""The field that offers free times of trainers, as one list on a page of staff."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

from bookings.queries.availability import TrainerSlots
from gymsite.core.periods import clock, local_day
from gymsite.core.text import is_key

SHOWN = 25  # trainers of one list
Slot = tuple[int, datetime]  # a trainer, and when they are free


class SlotField(forms.ChoiceField):
    """One of the free times that are shown, or none. Whether it is free still is for
    the operation to say, in its words."""

    def __init__(self, **kwargs: Any) -> None:
        unseen = [("", "Show free times first")]
        super().__init__(required=False, choices=unseen, **kwargs)

    def clean(self, value: Any) -> Slot | None:  # type: ignore[override]
        if not value:
            return None
        trainer, _, text = str(value).partition("@")
        try:
            start = datetime.fromisoformat(text)
        except ValueError:
            start = None
        if start is None or start.tzinfo is None or not is_key(trainer):
            raise ValidationError("Choose one of the times shown.")
        return int(trainer), start

    def offer(self, groups: Iterable[tuple[str, list[tuple[str, str]]]]) -> None:
        found = list(groups)
        first = "Choose" if found else "None is free"
        self.choices = [("", first), *found]


def by_day(one: TrainerSlots, zone: ZoneInfo) -> list[tuple[str, list]]:
    """One trainer's free times, day by day."""
    days: dict[date, list[tuple[str, str]]] = {}
    for start in one.starts:
        days.setdefault(local_day(start, zone), []).append(_choice(one, start, zone))
    return [(f"{day:%a} {day.day} {day:%b}", found) for day, found in days.items()]


def by_trainer(free: list[TrainerSlots], zone: ZoneInfo) -> list[tuple[str, list]]:
    """Several trainers' free times of one day; SHOWN of them."""
    open_ones = [one for one in free if one.starts][:SHOWN]
    return [
        (one.trainer_name, [_choice(one, start, zone) for start in one.starts])
        for one in open_ones
    ]


def _choice(one: TrainerSlots, start: datetime, zone: ZoneInfo) -> tuple[str, str]:
    value = f"{one.trainer_id}@{start:%Y-%m-%dT%H:%M}Z"
    return value, clock(start.astimezone(zone))
