"""Staff give a branch another time zone, once they have seen what that moves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from bookings.operations import time_zones
from bookings.queries import wall_times
from gymsite.backoffice import Action, ReasonForm, offer
from gymsite.core.models import Branch
from gymsite.core.models.branches import known_time_zones
from gymsite.core.periods import when

LOOK = "Confirm once more if this is what you want: "


class ZoneForm(ReasonForm):
    """Asks for the zone, then shows what it would move.

    ``shown`` is what was shown, so that nobody confirms more.
    """

    time_zone = forms.ChoiceField(label="New time zone")
    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = [
            (name, name) for name in sorted(known_time_zones())
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if branch := self.row():
            said = preview(
                branch, cleaned.get("time_zone", branch.time_zone), timezone.now()
            )
            if cleaned.get("shown") != said:
                self.add_error(None, LOOK + said)
                self.show("shown", said)
        return cleaned


def preview(branch: Branch, time_zone: str, now: datetime) -> str:
    """What another zone would move; the same words as long as the same would move."""
    zone = ZoneInfo(time_zone)
    found = [move for move in wall_times.moves(branch, zone, now) if move.shifts]
    counted = wall_times.what_moves(found)
    example = ""
    if found:
        first = min(found, key=lambda move: move.before)
        minutes = round((first.after - first.before).total_seconds() / 60)
        hours, rest = divmod(abs(minutes), 60)
        example = (
            f" The next one, on {when(first.before, branch.zone)}, starts {hours} h "
            f"{rest:02} min {'later' if minutes > 0 else 'earlier'}."
        )
    return (
        f"{len(found)} sessions move to the same time of day in {time_zone}.{example} "
        f"{counted.booked} places and {counted.waiting} turns move with them, and "
        f"their members are told. {counted.clashing} are booked elsewhere at the new "
        f"time: their places here are given back. {counted.taken} sessions meet a "
        "taken room or trainer and stay until you have made room. "
        f"{wall_times.staying(branch, zone, now)} start too soon to be moved."
    )


def change_zone(
    request: HttpRequest, row: Branch, given: dict[str, Any], now: datetime
) -> str:
    branch = time_zones.change_time_zone(
        branch_id=row.pk,
        time_zone=given["time_zone"],
        actor_id=request.user.pk,
        reason=given["reason"],
        now=now,
    )
    return (
        f"{branch} goes by {branch.time_zone}. Sessions ahead are being moved to their "
        "wall time."
    )


def clock(rows: Sequence[Branch], now: datetime) -> dict[str, Any]:
    (row,) = rows
    return {"Time zone now": row.time_zone}


offer(
    Branch,
    Action(
        "zone",
        "Change the time zone",
        change_zone,
        form=ZoneForm,
        facts=clock,
        single=True,
        explain=(
            "Sessions ahead keep their time of day and are moved; what has been stays. "
            "First you see what moves."
        ),
        loses=True,
    ),
)
