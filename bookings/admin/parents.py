"""What staff do to classes, rooms and trainers: pause, end, switch off and on."""

from django import forms

from bookings.models import GymClass
from bookings.operations.closing import Ahead, move_class, switch_room, switch_trainer
from gymsite.backoffice import Action, ReasonForm, calling, hanging, reason_for
from gymsite.backoffice.actions import Run

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


def moving(status: GymClass.Status) -> Run:
    return calling(
        move_class,
        "gym_class_id",
        lambda row, moved: f"{moved} is {moved.get_status_display().lower()}.",
        status=status,
    )


ROOM_ACTIONS = (
    Action(
        "off",
        "Switch off",
        calling(
            switch_room,
            "room_id",
            lambda row, _: f"{row} is not used any more; its sessions are called off.",
            on=False,
        ),
        form=reason_for(TOLD),
        facts=hanging("bookings.room"),
        loses=True,
        explain="It gets no new sessions; what is ahead in it is called off.",
    ),
    Action(
        "on",
        "Switch on",
        calling(
            switch_room, "room_id", lambda row, _: f"{row} is in use again.", on=True
        ),
        form=ReasonForm,
    ),
)
TRAINER_ACTIONS = (
    Action(
        "off",
        "Switch off",
        calling(
            switch_trainer,
            "trainer_id",
            lambda row, _: f"{row} teaches no more.",
            on=False,
        ),
        form=ahead_form(KEEPS_TRAINER),
        facts=hanging("bookings.trainer"),
        loses=True,
        explain="They get no new sessions.",
    ),
    Action(
        "on",
        "Switch on",
        calling(
            switch_trainer,
            "trainer_id",
            lambda row, _: f"{row} teaches again.",
            on=True,
        ),
        form=ReasonForm,
    ),
)
CLASS_ACTIONS = (
    Action(
        "pause",
        "Pause",
        moving(GymClass.Status.PAUSED),
        form=ahead_form("Keep them."),
        facts=hanging("bookings.gymclass"),
        explain="It gets no new sessions until it is resumed.",
    ),
    Action(
        "resume",
        "Resume",
        moving(GymClass.Status.ACTIVE),
        form=ReasonForm,
        explain="It gets its sessions again within minutes.",
    ),
    Action(
        "end",
        "End",
        moving(GymClass.Status.ENDED),
        form=ahead_form(KEEPS_CLASS),
        facts=hanging("bookings.gymclass"),
        loses=True,
        explain="For good. Called off, its room and time are free for other classes.",
    ),
)
