"""Each invariant of bookings holds in the database itself: raw SQL that breaks it is
refused by its name."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.models import Booking, BookingPolicy, WaitlistEntry
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.waitlist import join_waitlist
from tests import constraints
from tests.bookings import test_appointment_constraints
from tests.constraints import copied, refused_by, update
from tests.factories import MemberFactory, SessionFactory, TrainerFactory

pytestmark = pytest.mark.django_db


SESSION, BOOKING, ENTRY = (
    "bookings_classsession",
    "bookings_booking",
    "bookings_waitlistentry",
)
ELSEWHEN = {
    "starts_at": "starts_at + interval '9 days'",
    "ends_at": "ends_at + interval '9 days'",
}

# name: (whose row, statement)
BREAKS = {
    "bookings_room_holds_somebody": (
        "room",
        lambda: update("bookings_room", "capacity = 0"),
    ),
    "bookings_gymclass_holds_somebody": (
        "gym_class",
        lambda: update("bookings_gymclass", "capacity = 0"),
    ),
    "bookings_gymclass_lasts": (
        "gym_class",
        lambda: update("bookings_gymclass", "minutes = 601"),
    ),
    "bookings_gymclass_weekday": (
        "gym_class",
        lambda: update("bookings_gymclass", "weekday = 7"),
    ),
    "bookings_session_places": ("session", lambda: update(SESSION, "capacity = 0")),
    "bookings_session_cancelled_is_empty": (
        "session",
        lambda: update(SESSION, "status = 'cancelled'"),
    ),
    "bookings_session_waitlist_counted": (
        "session",
        lambda: copied(
            SESSION, waitlist_length="-1", session_date="session_date + 1", **ELSEWHEN
        ),
    ),
    "bookings_session_ends_after_start": (
        "session",
        lambda: update(SESSION, "ends_at = starts_at"),
    ),
    "bookings_session_goes_by_a_clock": (
        "session",
        lambda: copied(
            SESSION, time_zone="''", session_date="session_date + 1", **ELSEWHEN
        ),
    ),
    "bookings_classsession_past_keeps_its_clock": (
        "session",
        lambda: update(SESSION, "time_zone = 'UTC', moved_at = starts_at"),
    ),
    "bookings_session_one_a_date": ("session", lambda: copied(SESSION, **ELSEWHEN)),
    "bookings_session_room_free": (
        "session",
        lambda: copied(
            SESSION,
            session_date="session_date + 1",
            trainer_id="(SELECT max(id) FROM bookings_trainer)",
            starts_at="starts_at + interval '59 minutes'",
            ends_at="ends_at + interval '59 minutes'",
        ),
    ),
    "bookings_session_trainer_free": (
        "session",
        lambda: copied(
            SESSION,
            session_date="session_date + 1",
            room_id="(SELECT max(id) FROM bookings_room)",
            starts_at="starts_at - interval '59 minutes'",
            ends_at="ends_at - interval '59 minutes'",
        ),
    ),
    "bookings_classsession_parents_in_use": (
        "session",
        lambda: copied(
            SESSION, session_date="session_date + 1", trainer_id="%(off)s", **ELSEWHEN
        ),
    ),
    "bookings_classsession_counts_kept_by_triggers": (
        "session",
        lambda: update(SESSION, "booked_count = 0"),
    ),
    "bookings_policy_opens_some_day": (
        "policy",
        lambda: copied("bookings_bookingpolicy", window_days="0"),
    ),
    "bookings_bookingpolicy_never_changed": (
        "policy",
        lambda: update("bookings_bookingpolicy", "cutoff_minutes = 5"),
    ),
    "bookings_booking_reference_unique": (
        "booking",
        lambda: copied(BOOKING, member_id="(SELECT max(id) FROM core_user)"),
    ),
    "bookings_booking_one_active": (
        "booking",
        lambda: copied(BOOKING, reference="'X'", **ELSEWHEN),
    ),
    "bookings_booking_one_place_at_a_time": (
        "booking",
        lambda: copied(
            BOOKING,
            reference="'X'",
            session_id="(SELECT max(id) FROM bookings_classsession)",
            starts_at="starts_at + interval '59 minutes'",
            ends_at="ends_at + interval '59 minutes'",
        ),
    ),
    "bookings_booking_ends_after_start": (
        "booking",
        lambda: update(BOOKING, "ends_at = starts_at"),
    ),
    "bookings_booking_cancelled_has_time": (
        "booking",
        lambda: update(BOOKING, "status = 'cancelled'"),
    ),
    "bookings_booking_attended_in_time": (
        "booking",
        lambda: update(
            BOOKING,
            "status = 'attended', attended_at = starts_at - interval '181 minutes'",
        ),
    ),
    "bookings_booking_missed_in_time": (
        "booking",
        lambda: update(
            BOOKING, "status = 'no_show', missed_at = starts_at - interval '1 second'"
        ),
    ),
    "bookings_booking_keeps_its_place": (
        "booking",
        lambda: update(BOOKING, "member_id = member_id + 1"),
    ),
    "bookings_waitlistentry_position_unique": (
        "entry",
        lambda: copied(ENTRY, status="'left'", ended_at="joined_at"),
    ),
    "bookings_waitlistentry_one_active": ("entry", lambda: copied(ENTRY)),
    "bookings_waitlistentry_ended_has_time": (
        "entry",
        lambda: update(ENTRY, "status = 'left'"),
    ),
    "bookings_waitlistentry_promoted_is_booked": (
        "entry",
        lambda: update(ENTRY, "status = 'promoted', ended_at = joined_at"),
    ),
    "bookings_waitlistentry_ends_after_start": (
        "entry",
        lambda: update(ENTRY, "ends_at = starts_at"),
    ),
    "bookings_waitlistentry_ends_once": (
        "ended_entry",
        lambda: update(ENTRY, "status = 'waiting', ended_at = NULL"),
    ),
    "bookings_waitlistentry_keeps_its_turn": (
        "entry",
        lambda: update(ENTRY, "position = 1000"),
    ),
}


@pytest.fixture
def rows():
    """A full session with its line, and one row of each kind by the name that BREAKS
    calls it."""
    now = timezone.now()
    off = TrainerFactory(is_active=False)
    session = SessionFactory(gym_class__capacity=1)
    # another room, trainer and session
    SessionFactory(session_date=session.session_date + timedelta(days=3))
    booking = book_session(session_id=session.pk, member_id=MemberFactory().pk, now=now)
    entries = [
        join_waitlist(session_id=session.pk, member_id=MemberFactory().pk, now=now)
        for _ in range(2)
    ]
    WaitlistEntry.objects.filter(pk=entries[0].pk).update(status="left", ended_at=now)
    return {
        "room": session.room_id,
        "gym_class": session.gym_class_id,
        "session": session.pk,
        "policy": BookingPolicy.objects.get().pk,
        "booking": booking.pk,
        "ended_entry": entries[0].pk,
        "entry": entries[1].pk,
        "off": off.pk,
    }


@pytest.mark.parametrize("name", sorted(BREAKS))
def test_what_breaks_it_is_refused_by_its_name(rows, name):
    row, statement = BREAKS[name]
    assert refused_by(statement(), id=rows[row], off=rows["off"]) == name


def test_no_constraint_is_left_untried():
    tried = set(BREAKS) | set(test_appointment_constraints.BREAKS)
    assert tried == constraints.named("bookings") - constraints.of_currencies()


@pytest.mark.parametrize(
    ("row", "statement"),
    [
        (
            "session",
            lambda: copied(
                SESSION, session_date="session_date + 1", booked_count="0", **ELSEWHEN
            ),
        ),
        (
            "session",  # one session may begin when another ends
            lambda: copied(
                SESSION,
                session_date="session_date + 1",
                booked_count="0",
                starts_at="ends_at",
                ends_at="ends_at + interval '1 hour'",
            ),
        ),
        (
            "session",
            lambda: copied(
                SESSION,
                session_date="session_date + 1",
                booked_count="0",
                waitlist_length="0",
                status="'cancelled'",
            ),
        ),
        ("session", lambda: update(SESSION, "topic = 'Backbends'")),
        (
            "booking",
            lambda: update(BOOKING, "status = 'no_show', missed_at = starts_at"),
        ),
        (
            "booking",
            lambda: update(
                BOOKING,
                "status = 'attended', attended_at = starts_at - interval '3 hours'",
            ),
        ),
        ("booking", lambda: "DELETE FROM core_outbox WHERE %(id)s > 0"),
        ("entry", lambda: update(ENTRY, "status = 'left', ended_at = joined_at")),
    ],
)
def test_what_is_right_passes(rows, row, statement):
    assert refused_by(statement(), id=rows[row]) is None


class TestCounts:
    """booked_count and the line's counts follow every path of a row, not only the
    operations'."""

    def counts(self, session):
        session.refresh_from_db()
        return session.booked_count, session.waitlist_length, session.waitlist_last

    def test_a_deleted_booking_frees_its_place(self, rows):
        booking = Booking.objects.get(pk=rows["booking"])
        booking.delete()
        assert self.counts(booking.session) == (0, 1, 2)

    @pytest.mark.parametrize(
        ("status", "held"),
        [("attended", 1), ("no_show", 1), ("cancelled", 0), ("late_cancelled", 0)],
    )
    def test_each_state_holds_a_place_or_not(self, rows, status, held):
        booking = Booking.objects.get(pk=rows["booking"])
        ended = timezone.now() if held == 0 else None
        marked = {"attended_at": booking.starts_at, "missed_at": booking.starts_at}
        Booking.objects.filter(pk=booking.pk).update(
            status=status, cancelled_at=ended, **marked
        )
        assert self.counts(booking.session) == (held, 1, 2)
        if held:
            Booking.objects.filter(pk=booking.pk).update(status="booked")
            assert self.counts(booking.session) == (1, 1, 2)

    def test_a_deleted_turn_leaves_the_line_and_its_position_is_not_given_again(
        self, rows
    ):
        entry = WaitlistEntry.objects.get(pk=rows["entry"])
        entry.delete()
        assert self.counts(entry.session) == (1, 0, 2)
        again = join_waitlist(
            session_id=entry.session_id,
            member_id=MemberFactory().pk,
            now=timezone.now(),
        )
        assert again.position == 3

    def test_a_cancelled_booking_may_be_made_again(self, rows):
        booking = Booking.objects.get(pk=rows["booking"])
        WaitlistEntry.objects.filter(pk=rows["entry"]).update(
            status="left", ended_at=timezone.now()
        )
        cancel_booking(
            booking_id=booking.pk, actor_id=booking.member_id, now=timezone.now()
        )
        again = book_session(
            session_id=booking.session_id,
            member_id=booking.member_id,
            now=timezone.now(),
        )
        assert again.pk != booking.pk
        assert self.counts(booking.session)[0] == 1
