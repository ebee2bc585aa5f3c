"""What staff do to classes, rooms and trainers: pause, end, switch off and on."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Model
from django.http import HttpRequest

from bookings.models import GymClass, Room, Trainer
from bookings.operations.closing import Ahead, move_class, switch_room, switch_trainer
from gymsite.backoffice import Action, ReasonForm, reason_for
from gymsite.core import dependents

KEEPS_CLASS = (
    "Keep them: it ends with the last one, and no other class gets their room."
)
KEEPS_TRAINER = (
    "Keep them: each session needs a substitute (the start page lists them), "
    "appointments stay as they are."
)
TOLD = "Everybody who booked reads this."


def ahead_form(keeps: str) -> type[ReasonForm]:
    """A reason, and what becomes of the sessions ahead."""
    choices = (
        (Ahead.KEEP.value, keeps),
        (
            Ahead.CALL_OFF.value,
            "Call them off and tell everybody; classes and money go back.",
        ),
    )
    field = forms.TypedChoiceField(
        choices=choices,
        coerce=Ahead,
        widget=forms.RadioSelect,
        label="The sessions and appointments ahead",
    )
    reason = forms.CharField(max_length=200, help_text=TOLD)
    return type("AheadForm", (ReasonForm,), {"ahead": field, "reason": reason})


def hanging(of: str) -> Callable[[Sequence[Model], datetime], dict[str, str]]:
    def facts(rows: Sequence[Model], now: datetime) -> dict[str, str]:
        return dependents.shown(of, rows, now)

    return facts


def turn_room(*, on: bool) -> Any:
    def run(
        request: HttpRequest, row: Room, given: dict[str, Any], now: datetime
    ) -> str:
        asked = {"reason": given["reason"], "actor_id": request.user.pk, "now": now}
        switch_room(room_id=row.pk, on=on, **asked)
        said = (
            "in use again" if on else "not used any more; its sessions are called off"
        )
        return f"{row} is {said}."

    return run


def turn_trainer(*, on: bool) -> Any:
    def run(
        request: HttpRequest, row: Trainer, given: dict[str, Any], now: datetime
    ) -> str:
        asked = {"reason": given["reason"], "actor_id": request.user.pk, "now": now}
        ahead = given.get("ahead", Ahead.KEEP)
        switch_trainer(trainer_id=row.pk, on=on, ahead=ahead, **asked)
        return f"{row} teaches {'again' if on else 'no more'}."

    return run


def move(status: GymClass.Status) -> Any:
    def run(
        request: HttpRequest, row: GymClass, given: dict[str, Any], now: datetime
    ) -> str:
        asked = {"reason": given["reason"], "actor_id": request.user.pk, "now": now}
        ahead = given.get("ahead", Ahead.KEEP)
        moved = move_class(gym_class_id=row.pk, status=status, ahead=ahead, **asked)
        return f"{moved} is {moved.get_status_display().lower()}."

    return run


ROOM_ACTIONS = (
    Action(
        "off",
        "Switch off",
        turn_room(on=False),
        form=reason_for(TOLD),
        facts=hanging("bookings.room"),
        loses=True,
        explain="It gets no new sessions; what is ahead in it is called off.",
    ),
    Action("on", "Switch on", turn_room(on=True), form=ReasonForm),
)
TRAINER_ACTIONS = (
    Action(
        "off",
        "Switch off",
        turn_trainer(on=False),
        form=ahead_form(KEEPS_TRAINER),
        facts=hanging("bookings.trainer"),
        loses=True,
        explain="They get no new sessions.",
    ),
    Action("on", "Switch on", turn_trainer(on=True), form=ReasonForm),
)
CLASS_ACTIONS = (
    Action(
        "pause",
        "Pause",
        move(GymClass.Status.PAUSED),
        form=ahead_form("Keep them."),
        facts=hanging("bookings.gymclass"),
        explain="It gets no new sessions until it is resumed.",
    ),
    Action(
        "resume",
        "Resume",
        move(GymClass.Status.ACTIVE),
        form=ReasonForm,
        explain="It gets its sessions again within minutes.",
    ),
    Action(
        "end",
        "End",
        move(GymClass.Status.ENDED),
        form=ahead_form(KEEPS_CLASS),
        facts=hanging("bookings.gymclass"),
        loses=True,
        explain="For good. Called off, its room and time are free for other classes.",
    ),
)
