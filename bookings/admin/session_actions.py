"""Staff call a session off, change its places or trainer, and book members in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse

from bookings.models import Booking, ClassSession, Trainer, WaitlistEntry
from bookings.operations import bookings, sessions
from gymsite.backoffice import (
    Action,
    ActionForm,
    NamedField,
    ReasonForm,
    calling,
    reason_for,
)
from gymsite.core import references
from gymsite.core.errors import DomainError
from gymsite.core.models import User
from gymsite.core.periods import when


def _named(session: ClassSession) -> str:
    return f"{session.gym_class.name}, {when(session.starts_at, session.zone)}"


def what_is_cancelled(rows: Sequence[ClassSession], now: datetime) -> dict[str, Any]:
    keys = [row.pk for row in rows]
    booked = Booking.objects.filter(session__in=keys, status=Booking.Status.BOOKED)
    waiting = WaitlistEntry.objects.filter(
        session__in=keys, status=WaitlistEntry.Status.WAITING
    )
    counted = {"booked": booked.count(), "waiting": waiting.count()}
    return {
        "Booked, to be told": counted["booked"],
        "Waiting, to be told": counted["waiting"],
        "Classes given back to limited plans": booked.filter(
            allowance__isnull=False
        ).count()
        + waiting.filter(allowance__isnull=False).count(),
        "Cancelled already": sum(
            row.status == ClassSession.Status.CANCELLED for row in rows
        ),
    }


class CapacityForm(ActionForm):
    capacity = forms.IntegerField(
        min_value=1, max_value=1000, help_text="New places go to the first in line."
    )


def change_capacity(
    request: HttpRequest, row: ClassSession, given: dict[str, Any], now: datetime
) -> str:
    sessions.change_capacity(
        session_id=row.pk, capacity=given["capacity"], actor_id=request.user.pk, now=now
    )
    moved = row.waitlist_length - ClassSession.objects.values_list(
        "waitlist_length", flat=True
    ).get(pk=row.pk)
    return f"{_named(row)} has {given['capacity']} places; {moved} left the waitlist."


def seats(rows: Sequence[ClassSession], now: datetime) -> dict[str, Any]:
    (row,) = rows
    return {
        "Places": row.capacity,
        "Booked": row.booked_count,
        "Waiting": row.waitlist_length,
    }


class TrainerForm(ActionForm):
    trainer = forms.ModelChoiceField(Trainer.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        visible = self.model_admin.admin_site.get_model_admin(Trainer).get_queryset(
            self.request
        )
        self.fields["trainer"].queryset = visible.filter(is_active=True)


def substitute(
    request: HttpRequest, row: ClassSession, given: dict[str, Any], now: datetime
) -> str:
    sessions.substitute_trainer(
        session_id=row.pk,
        trainer_id=given["trainer"].pk,
        actor_id=request.user.pk,
        now=now,
    )
    return f"{given['trainer']} teaches {_named(row)}."


def who_teaches(rows: Sequence[ClassSession], now: datetime) -> dict[str, Any]:
    (row,) = rows
    return {
        "Teaches now": row.trainer,
        "Regular trainer": row.substitute_for or row.trainer,
        "Booked": row.booked_count,
    }


class RescheduleForm(ReasonForm):
    """Another time of its day, another room, or both."""

    starts = forms.TimeField(
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="On the same date, by the branch's clock.",
    )
    room = NamedField(of=ClassSession._meta.get_field("room"))
    field_order = ("starts", "room", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if row := self.row():
            self.fields["starts"].initial = row.starts_at.astimezone(row.zone).time()
            self.fields["room"].initial = row.room_id


def reschedule(
    request: HttpRequest, row: ClassSession, given: dict[str, Any], now: datetime
) -> str:
    moved = sessions.reschedule_session(
        session_id=row.pk,
        starts=given["starts"],
        room_id=given["room"].pk,
        actor_id=request.user.pk,
        reason=given["reason"],
        now=now,
    )
    return f"{_named(moved)} is in {moved.room}. Everybody it reaches is being told."


def whom_it_reaches(rows: Sequence[ClassSession], now: datetime) -> dict[str, Any]:
    (row,) = rows
    return {
        "Now": f"{when(row.starts_at, row.zone)}, {row.room}",
        "Booked, to be told": row.booked_count,
        "Waiting, to be told": row.waitlist_length,
    }


class MemberForm(ActionForm):
    member = NamedField(of=Booking._meta.get_field("member"))


def book(
    request: HttpRequest, row: ClassSession, given: dict[str, Any], now: datetime
) -> str:
    return booked_in(request, session=row, member=given["member"], now=now)


def booked_in(
    request: HttpRequest, *, session: ClassSession, member: User, now: datetime
) -> str:
    """Book a member in; a refusal comes with the whole list of rules behind a link."""
    try:
        booking = bookings.book_session(
            session_id=session.pk,
            member_id=member.pk,
            source=Booking.Source.STAFF,
            actor_id=request.user.pk,
            now=now,
        )
    except DomainError as refusal:
        refusal.trace_url = why_url(member_id=member.pk, session_id=session.pk)  # type: ignore[attr-defined]
        raise
    return (
        f"{member} is booked for {_named(session)}: "
        f"{references.shown(booking.reference)}."
    )


def why_url(*, member_id: int, session_id: int) -> str:
    """The page that shows every rule for a member and a session."""
    page = reverse("admin:bookings_classsession_why")
    return f"{page}?member={member_id}&session={session_id}"


ACTIONS = (
    Action(
        "cancel",
        "Call off and tell everybody",
        calling(
            sessions.cancel_session,
            "session_id",
            lambda row, _: (
                f"{_named(row)} is called off. Everybody booked or waiting is being "
                "told."
            ),
        ),
        form=reason_for("Everybody who booked reads this."),
        facts=what_is_cancelled,
        explain=(
            "Every place and turn is given back, and everybody is told in the site and "
            "by e-mail."
        ),
        loses=True,
    ),
    Action(
        "capacity",
        "Change the places",
        change_capacity,
        form=CapacityForm,
        facts=seats,
        single=True,
    ),
    Action(
        "reschedule",
        "Move to another time or room",
        reschedule,
        form=RescheduleForm,
        facts=whom_it_reaches,
        single=True,
        explain=(
            "Places and turns are kept, and cancelling becomes free. Who is booked "
            "elsewhere at the new time gives the place back, free of charge."
        ),
    ),
    Action(
        "substitute",
        "Let another trainer teach",
        substitute,
        form=TrainerForm,
        facts=who_teaches,
        single=True,
    ),
    Action("book", "Book a member in", book, form=MemberForm, facts=seats, single=True),
)
