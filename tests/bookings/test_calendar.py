"""The calendar as readers of others see it: strictly parsed, with a SEQUENCE that every
visible change raises."""

from datetime import UTC, timedelta

import icalendar
import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookings import icalendars
from bookings.models import Appointment, Booking, ClassSession
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.sessions import cancel_session, substitute_trainer
from bookings.operations.waitlist import join_waitlist
from gymsite.core.models import Notification
from gymsite.core.operations.users import new_calendar_token
from gymsite.notifications import outbox
from tests.factories import (
    AppointmentFactory,
    MemberFactory,
    RoomFactory,
    SessionFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking(now):
    member, session = MemberFactory(), SessionFactory()
    new_calendar_token(user_id=member.pk)
    made = book_session(
        session_id=session.pk, member_id=member.pk, now=now - timedelta(minutes=5)
    )
    made.member.refresh_from_db()
    return made


def fetched(booking, **headers):
    booking.member.refresh_from_db()
    return Client().get(
        f"/calendar/{booking.member.calendar_token}.ics", headers=headers
    )


def event_of(booking):
    calendar = icalendar.Calendar.from_ical(fetched(booking).content)
    (event,) = calendar.walk("VEVENT")
    return event


def set_on(row, **values):
    type(row).objects.filter(pk=row.pk).update(**values)


CHANGES = {
    "the trainer": lambda booking: substitute_trainer(
        session_id=booking.session_id,
        trainer_id=TrainerFactory().pk,
        actor_id=UserFactory(role="manager").pk,
        now=timezone.now(),
    ),
    "the room": lambda booking: set_on(
        booking.session, room=RoomFactory(branch=booking.branch)
    ),
    "the time": lambda booking: (
        set_on(booking.session, ends_at=booking.ends_at + timedelta(minutes=15)),
        set_on(booking, ends_at=booking.ends_at + timedelta(minutes=15)),
    ),
    "the class's name": lambda booking: set_on(
        booking.session.gym_class, name="Slow Flow"
    ),
    "the trainer's name": lambda booking: set_on(
        booking.session.trainer, name="Lena Brandt-Okafor"
    ),
    "the room's name": lambda booking: set_on(booking.session.room, name="The Attic"),
    "the branch's address": lambda booking: set_on(
        booking.branch, address="2 New Street"
    ),
    "its place, cancelled": lambda booking: cancel_booking(
        booking_id=booking.pk,
        member_id=booking.member_id,
        actor_id=booking.member_id,
        now=timezone.now(),
    ),
    "the session, called off": lambda booking: cancel_session(
        session_id=booking.session_id,
        actor_id=UserFactory(role="manager").pk,
        reason="Burst pipe",
        now=timezone.now(),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_a_reader_sees_change_raises_the_sequence(booking, name):
    before, etag = event_of(booking), fetched(booking)["ETag"]
    CHANGES[name](booking)
    after = event_of(booking)
    shown = [
        key
        for key in ("SUMMARY", "LOCATION", "DTEND", "STATUS")
        if after[key].to_ical() != before[key].to_ical()
    ]
    assert shown, name
    assert after["uid"] == before["uid"]
    assert int(after["sequence"]) > int(before["sequence"])
    for stamp in ("dtstamp", "last-modified"):
        assert after[stamp].dt > before[stamp].dt
    answer = fetched(booking, if_none_match=etag)
    assert (answer.status_code, answer["ETag"] != etag) == (200, True)


@pytest.mark.parametrize(
    "values",
    [{"capacity": 30}, {"topic": "Hips"}, {"starts_at": None}],
    ids=["places", "topic", "nothing"],
)
def test_what_no_reader_sees_changes_nothing(booking, values):
    etag = fetched(booking)["ETag"]
    if values == {"starts_at": None}:
        values = {"starts_at": booking.starts_at}
    set_on(booking.session, **values)
    assert event_of(booking)["sequence"] == 0
    assert fetched(booking, if_none_match=etag).status_code == 304


def test_who_books_next_to_me_changes_nothing(booking, now):
    etag = fetched(booking)["ETag"]
    book_session(session_id=booking.session_id, member_id=MemberFactory().pk, now=now)
    assert fetched(booking, if_none_match=etag).status_code == 304
    assert ClassSession.objects.get(pk=booking.session_id).revision == 0


def test_an_unchanged_feed_is_answered_without_drawing_it(booking):
    first = fetched(booking)
    assert first["Cache-Control"] == "private, max-age=300"
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = Client().get(
            first.wsgi_request.path, headers={"if-none-match": first["ETag"]}
        )
    assert (answer.status_code, answer.content, answer["ETag"]) == (
        304,
        b"",
        first["ETag"],
    )
    assert len(asked) == 2  # whose it is, and its version


def test_the_next_booking_and_the_passing_of_time_change_the_key(booking, now):
    etag = fetched(booking)["ETag"]
    member, other = (
        booking.member,
        SessionFactory(session_date=booking.session.session_date + timedelta(days=1)),
    )
    book_session(session_id=other.pk, member_id=member.pk, now=now)
    longer = fetched(booking)["ETag"]
    long_ago = now - timedelta(days=61)
    ClassSession.objects.filter(pk=booking.session_id).update(
        starts_at=long_ago,
        ends_at=long_ago + timedelta(hours=1),
        session_date=long_ago.date(),
    )
    Booking.objects.filter(pk=booking.pk).update(
        starts_at=long_ago, ends_at=long_ago + timedelta(hours=1)
    )
    assert len({etag, longer, fetched(booking)["ETag"]}) == 3


def test_the_feed_keeps_to_the_rules(booking):
    """RFC 5545: what a calendar and an event must have and may have once, lines of 75
    octets, CRLF; no METHOD."""
    content = fetched(booking).content
    assert all(
        len(line) <= 75 for line in content.split(b"\r\n")
    ) and b"\n" not in content.replace(b"\r\n", b"")
    calendar = icalendar.Calendar.from_ical(content)
    assert calendar.errors == [] and all(
        event.errors == [] for event in calendar.walk("VEVENT")
    )
    assert set(calendar) == {
        "VERSION",
        "PRODID",
        "CALSCALE",
        "X-WR-CALNAME",
        "REFRESH-INTERVAL",
    }
    (event,) = calendar.walk("VEVENT")
    assert {
        "UID",
        "DTSTAMP",
        "DTSTART",
        "DTEND",
        "SEQUENCE",
        "LAST-MODIFIED",
        "SUMMARY",
        "DESCRIPTION",
    } <= set(event)
    assert not any(isinstance(value, list) for value in event.values())
    assert all(
        event[name].dt.utcoffset() == timedelta(0)
        for name in ("dtstamp", "dtstart", "dtend", "last-modified")
    )


def test_it_says_until_when_cancelling_is_free_in_the_branchs_time(booking, now):
    local = booking.free_until.astimezone(booking.branch.zone)
    said = str(event_of(booking)["description"])
    assert (
        f"Free to cancel until {local:%a} {local.day} {local:%b %H:%M}; after that it "
        "counts as a late cancel."
    ) in said
    late = SessionFactory(session_date=booking.session.session_date + timedelta(days=1))
    booked = book_session(
        session_id=late.pk,
        member_id=booking.member_id,
        now=late.starts_at.astimezone(UTC) - timedelta(hours=1),
    )
    answer = Client()
    answer.force_login(booking.member)
    text = answer.get(f"/bookings/{booked.reference}/calendar.ics").content.decode()
    free = booked.free_until.astimezone(booking.branch.zone)
    assert booked.free_until - booked.booked_at == timedelta(minutes=10)
    assert f"Free to cancel until {free:%a} {free.day} {free:%b %H:%M}" in text.replace(
        "\r\n ", ""
    )


def test_a_name_with_tricks_stays_in_its_line(booking):
    set_on(
        booking.session.gym_class, name="Spin\r\nATTENDEE:mailto:all@example.com\u202e"
    )
    event = event_of(booking)
    assert str(event["summary"]).startswith(
        "Spin ATTENDEE:mailto:all@example.com with "
    )
    assert "attendee" not in event


class TestSubstitute:
    @pytest.fixture
    def change(self, booking):
        def change(trainer, now):
            actor = UserFactory(role="manager").pk
            substitute_trainer(
                session_id=booking.session_id,
                trainer_id=trainer.pk,
                actor_id=actor,
                now=now,
            )

        return change

    def test_whoever_is_booked_or_waits_is_told(self, booking, change, now):
        session = booking.session
        ClassSession.objects.filter(pk=session.pk).update(capacity=1)
        waiting = MemberFactory()
        join_waitlist(session_id=session.pk, member_id=waiting.pk, now=now)
        outbox.drain(now=now)
        Notification.objects.all().delete()
        change(TrainerFactory(name="Noor Haddad"), now)
        outbox.drain(now=now)
        told = Notification.objects.filter(kind="trainer_substituted")
        assert set(told.values_list("user_id", flat=True)) == {
            booking.member_id,
            waiting.pk,
        }
        assert all(one.title.startswith("Noor Haddad teaches: ") for one in told)

    def test_of_two_changes_only_the_last_is_told(self, booking, change, now):
        regular = booking.session.trainer
        change(TrainerFactory(name="Noor Haddad"), now)
        change(regular, now)
        outbox.drain(now=now)
        (told,) = Notification.objects.filter(kind="trainer_substituted")
        assert told.title.startswith(f"{regular.name} teaches after all: ")


def test_after_a_fail_over_that_lost_a_change_another_one_has_another_etag(booking):
    """Both are the session's first revision."""
    with transaction.atomic():
        CHANGES["the room"](booking)
        lost = fetched(booking)["ETag"]
        transaction.set_rollback(True)
    CHANGES["the trainer"](booking)
    answer = fetched(booking, if_none_match=lost)
    assert (answer.status_code, answer["ETag"] != lost) == (200, True)


RENAMED = {
    "the trainer": lambda one: set_on(one.trainer, name="Lena Brandt-Okafor"),
    "the service": lambda one: set_on(one.service, name="Strength, one to one"),
    "the room": lambda one: set_on(one.room, name="The Attic"),
    "the branch": lambda one: set_on(one.branch, address="2 New Street"),
}


@pytest.mark.parametrize("name", RENAMED)
def test_an_appointments_names_change_raise_its_sequence(name):
    an_hour_ago = timezone.now() - timedelta(hours=1)
    kept = AppointmentFactory(room=RoomFactory(), booked_at=an_hour_ago)
    other, gone = AppointmentFactory(), AppointmentFactory(status="booked")
    set_on(gone, status="cancelled", cancelled_at=timezone.now())
    before = icalendars.met(kept, "")
    RENAMED[name](kept)
    kept = Appointment.objects.get(pk=kept.pk)
    after = icalendars.met(kept, "")
    shown = [
        key
        for key in ("SUMMARY", "LOCATION")
        if after[key].to_ical() != before[key].to_ical()
    ]
    assert shown
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert after["last-modified"].dt > before["last-modified"].dt
    if name != "the branch":
        other.refresh_from_db()
        assert other.sequence == 0
    gone.refresh_from_db()
    assert gone.sequence == 0


def test_what_is_over_keeps_its_sequence():
    long_ago = timezone.now() - timedelta(days=2)
    over = AppointmentFactory(starts_at=long_ago)
    set_on(over.service, name="Strength, one to one")
    over.refresh_from_db()
    assert over.sequence == 0
