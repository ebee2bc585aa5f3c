"""What members are told of their bookings, by the clock of the session."""

from datetime import datetime

from django.db.models import F
from django.urls import reverse

from bookings import cancelling
from bookings.event_kinds import BookingEvent
from bookings.models import (
    HOLDS_PLACE,
    Appointment,
    Booking,
    ClassSession,
    Trainer,
    WaitlistEntry,
)
from bookings.queries import waitlist
from gymsite.core.models import Event
from gymsite.core.periods import when
from gymsite.notifications import notice_kinds
from gymsite.notifications.operations import notify

BOOKINGS = notice_kinds.Topic("bookings", "Bookings", "you book classes there")
# What these say is of no use once the session or the appointment has begun.
ENDS_AT_THE_START = {
    BookingEvent.BOOKED,
    BookingEvent.PROMOTED,
    BookingEvent.TRAINER_SUBSTITUTED,
    BookingEvent.SESSION_MOVED,
    BookingEvent.ROOM_CHANGED,
    BookingEvent.PLACE_FREED,
    BookingEvent.APPOINTMENT_REQUESTED,
    BookingEvent.APPOINTMENT_BOOKED,
    BookingEvent.APPOINTMENT_ACCEPTED,
    BookingEvent.APPOINTMENT_MOVED,
    BookingEvent.APPOINTMENT_REMINDED,
}
WAITLISTS = notice_kinds.Topic(
    "waitlists", "Waitlists", "you wait for a place in a class"
)
# What a notice says of them. Half of what handing out an event costs would be reading
# all their columns.
OF_SESSION = (
    "branch_id",
    "trainer_id",
    "substitute_for_id",
    "starts_at",
    "time_zone",
    "cancel_reason",
    "gym_class__name",
    "room__name",
    "branch__name",
)
OF_BOOKING = (
    "reference",
    "status",
    "starts_at",
    "free_until",
    "allowance_id",
    *(f"session__{name}" for name in OF_SESSION),
)


def register() -> None:
    notice_kinds.declare(
        BOOKINGS,
        {
            BookingEvent.BOOKED: (notify_booked, _booking_stands),
            BookingEvent.PROMOTED: (notify_promoted, _booking_stands),
            BookingEvent.CANCELLED: (notify_cancelled, None),
            BookingEvent.LATE_CANCELLED: (notify_cancelled, None),
            BookingEvent.CLASS_CALLED_OFF: (notify_called_off, None),
            BookingEvent.TRAINER_SUBSTITUTED: (notify_substituted, _session_is_ahead),
            BookingEvent.SESSION_MOVED: (notify_session_moved, _session_is_ahead),
            BookingEvent.ROOM_CHANGED: (notify_room_changed, _session_is_ahead),
        },
    )
    notice_kinds.declare(
        WAITLISTS,
        {
            BookingEvent.WAITLIST_CLOSED: (notify_waitlist_closed, None),
            BookingEvent.WAITLIST_ENDED: (notify_waitlist_ended, None),
            BookingEvent.PASSED_OVER: (notify_passed_over, None),
            BookingEvent.PLACE_FREED: (notify_place_freed, _place_is_free),
        },
    )


def _booking_stands(booking_id: int, user_id: int, now: datetime) -> bool:
    return Booking.objects.filter(
        pk=booking_id, status=Booking.Status.BOOKED, starts_at__gt=now
    ).exists()


def _session_is_ahead(session_id: int, user_id: int, now: datetime) -> bool:
    ahead = ClassSession.objects.filter(
        pk=session_id, status=ClassSession.Status.SCHEDULED, starts_at__gt=now
    )
    return ahead.exists()


def _place_is_free(session_id: int, user_id: int, now: datetime) -> bool:
    """Whether the session still has a place and the reader still waits for one."""
    free = ClassSession.objects.filter(pk=session_id, booked_count__lt=F("capacity"))
    still_waits = WaitlistEntry.objects.filter(
        session=session_id, member=user_id, status=WaitlistEntry.Status.WAITING
    )
    return (
        _session_is_ahead(session_id, user_id, now)
        and free.exists()
        and still_waits.exists()
    )


def _session(session_id: int) -> ClassSession:
    told = ClassSession.objects.select_related("gym_class", "branch", "room").only(
        *OF_SESSION
    )
    return told.get(pk=session_id)


def _notify_member(
    event: Event, session: ClassSession, *, title: str, body: str, url: str
) -> None:
    """Tell the member that the event is about."""
    assert event.member_id is not None  # every kind registered above names one
    tell(event.member_id, event, session, title=title, body=body, url=url)


def tell(
    user_id: int,
    event: Event,
    thing: ClassSession | Appointment,
    *,
    title: str,
    body: str,
    url: str,
) -> None:
    """Tell somebody what happened to a session or an appointment."""
    notify(
        user_id,
        kind=event.kind,
        title=title,
        body=body,
        url=url,
        at=event.at,
        branch_id=thing.branch_id,
        subject_id=event.subject_id,
        until=thing.starts_at if event.kind in ENDS_AT_THE_START else None,
    )


def _what(session: ClassSession) -> str:
    return f"{session.gym_class.name}, {when(session.starts_at, session.zone)}"


def _booking_of(event: Event) -> tuple[Booking, ClassSession]:
    told = Booking.objects.select_related(
        "session__gym_class", "session__branch", "session__room"
    ).only(*OF_BOOKING)
    booking = told.get(pk=event.subject_id)
    return booking, booking.session


def _costs(booking: Booking, session: ClassSession, event: Event) -> str:
    return cancelling.sentence(cancelling.terms_of(booking, session.zone), event.at)


def notify_booked(event: Event) -> None:
    booking, session = _booking_of(event)
    _notify_member(
        event,
        session,
        title=f"Booked: {_what(session)}",
        body=(
            f"{session.room.name}, {session.branch.name}. "
            f"{_costs(booking, session, event)}"
        ),
        url=reverse("booking", args=[booking.reference]),
    )


def notify_promoted(event: Event) -> None:
    booking, session = _booking_of(event)
    _notify_member(
        event,
        session,
        title=f"A place for you: {_what(session)}",
        body=(
            "You moved up from the waitlist and are booked. "
            f"{_costs(booking, session, event)}"
        ),
        url=reverse("booking", args=[booking.reference]),
    )


def notify_cancelled(event: Event) -> None:
    booking, session = _booking_of(event)
    why = (
        f" {event.data['reason']}"
        if event.data.get("by") == "staff" and event.data.get("reason")
        else ""
    )
    body = f"{cancelling.cancelled(booking)}{why}"
    _notify_member(
        event,
        session,
        title=f"Cancelled: {_what(session)}",
        body=body,
        url=reverse("class-page", args=[session.pk]),
    )


def notify_called_off(event: Event) -> None:
    booking, session = _booking_of(event)
    reason = f"{session.cancel_reason} " if session.cancel_reason else ""
    _notify_member(
        event,
        session,
        title=f"Called off: {_what(session)}",
        body=f"{reason}Sorry! {cancelling.cancelled(booking)}",
        url=reverse("timetable"),
    )


def notify_waitlist_closed(event: Event) -> None:
    session = _session(event.data["session"])
    _notify_member(
        event,
        session,
        title=f"Called off: {_what(session)}",
        body="You were on its waitlist; nothing was used up.",
        url=reverse("timetable"),
    )


def notify_waitlist_ended(event: Event) -> None:
    session = _session(event.data["session"])
    _notify_member(
        event,
        session,
        title=f"No place this time: {_what(session)}",
        body="It has started and no place became free. Nothing was used up.",
        url=reverse("timetable"),
    )


def notify_passed_over(event: Event) -> None:
    session = _session(event.data["session"])
    _notify_member(
        event,
        session,
        title=f"No place this time: {_what(session)}",
        body=f"It was your turn, but: {event.data.get('detail', '')}",
        url=reverse("class-page", args=[session.pk]),
    )


def notify_place_freed(event: Event) -> None:
    """Tell everybody who waits: nobody is promoted so close to the start."""
    session = _session(event.subject_id)
    for member_id in waitlist.in_line(session.pk).values_list("member_id", flat=True):
        tell(
            member_id,
            event,
            session,
            title=f"A place is free: {_what(session)}",
            body="First come, first served: book it while it lasts.",
            url=reverse("class-page", args=[session.pk]),
        )


def notify_session_moved(event: Event) -> None:
    """Tell everybody who is booked or waits; calendars follow SEQUENCE."""
    session = _session(event.subject_id)
    before = when(datetime.fromisoformat(event.data["before"]), session.zone)
    reason = f"{said} " if (said := event.data.get("reason", "")) else ""
    booked = session.bookings.filter(status__in=HOLDS_PLACE)
    waiting = waitlist.in_line(session.pk)
    for rows, is_what in (
        (booked, "Your place is kept"),
        (waiting, "You keep your turn"),
    ):
        for member_id in rows.values_list("member_id", flat=True):
            tell(
                member_id,
                event,
                session,
                title=f"Moved: {_what(session)}",
                body=(
                    f"It was to start on {before} of the clock there now. "
                    f"{reason}{is_what}. "
                    "You may cancel free of charge."
                ),
                url=reverse("class-page", args=[session.pk]),
            )


def notify_room_changed(event: Event) -> None:
    """Whoever has a place or waits for one hears where it is, unless that has changed
    again by now."""
    session = _session(event.subject_id)
    if session.room_id != event.data["room"]:
        return
    for member_id in _there(session):
        tell(
            member_id,
            event,
            session,
            title=f"In {session.room.name}: {_what(session)}",
            body="It has another room. Everything else stays as it is.",
            url=reverse("class-page", args=[session.pk]),
        )


def notify_substituted(event: Event) -> None:
    """Tell everybody who is booked or waits, unless that has changed again."""
    session = _session(event.subject_id)
    if session.trainer_id != event.data["trainer"]:
        return
    name = Trainer.objects.values_list("name", flat=True).get(pk=session.trainer_id)
    after_all = "" if session.substitute_for_id else " after all"
    for member_id in _there(session):
        tell(
            member_id,
            event,
            session,
            title=f"{name} teaches{after_all}: {_what(session)}",
            body="Everything else stays as it is.",
            url=reverse("class-page", args=[session.pk]),
        )


def _there(session: ClassSession) -> list[int]:
    """The members who have a place in a session, then those who wait."""
    booked = session.bookings.filter(status=Booking.Status.BOOKED).order_by("pk")
    waiting = waitlist.in_line(session.pk)
    return [
        *booked.values_list("member_id", flat=True),
        *waiting.values_list("member_id", flat=True),
    ]
