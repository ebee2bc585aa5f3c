"""Who came: when it may be said, and what a roster that was opened earlier may not
undo."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from bookings import errors
from bookings.models import Booking, ClassSession
from bookings.operations.attendance import SavedRoster, mark_attendance, mark_roster
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.checkins import check_in
from gymsite.core.models import Event
from tests import crowd
from tests.asserts import assert_all_holds
from tests.factories import MemberFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    return SessionFactory()


@pytest.fixture
def booking(session):
    member_id = MemberFactory().pk
    return book_session(session_id=session.pk, member_id=member_id, now=timezone.now())


@pytest.fixture
def desk():
    return UserFactory(role="front_desk").pk


def state(booking):
    return Booking.objects.get(pk=booking.pk).status


@pytest.mark.parametrize(
    ("status", "since_start", "refused"),
    [
        ("attended", timedelta(minutes=-31), errors.AttendanceNotOpen),
        ("attended", timedelta(minutes=-30), None),
        ("no_show", timedelta(days=-2), errors.AttendanceNotOpen),
        ("no_show", timedelta(seconds=-1), errors.AttendanceNotOpen),
        ("no_show", timedelta(), None),
        ("no_show", timedelta(days=7, hours=1), None),
        ("no_show", timedelta(days=7, hours=1, seconds=1), errors.AttendanceClosed),
        ("attended", timedelta(days=8), errors.AttendanceClosed),
    ],
)
def test_each_mark_has_its_time(booking, desk, status, since_start, refused):
    at = booking.starts_at + since_start
    mark = {"booking_id": booking.pk, "status": status, "actor_id": desk, "now": at}
    if refused is None:
        mark_attendance(**mark)
        assert state(booking) == status
        assert_all_holds()
        return
    with pytest.raises(refused):
        mark_attendance(**mark)
    assert state(booking) == "booked"
    assert not Event.objects.filter(kind="attendance_marked").exists()


def test_a_refusal_says_from_when(booking, desk):
    with pytest.raises(errors.AttendanceNotOpen) as refused:
        mark_attendance(
            booking_id=booking.pk, status="no_show", actor_id=desk, now=timezone.now()
        )
    assert refused.value.values == {"opens_at": booking.starts_at.isoformat()}
    assert "Nobody has missed it before it starts" in refused.value.detail
    with pytest.raises(errors.AttendanceNotOpen) as refused:
        mark_attendance(
            booking_id=booking.pk, status="attended", actor_id=desk, now=timezone.now()
        )
    assert refused.value.detail.startswith("Attendance opens")


def test_nobody_is_marked_of_a_session_that_was_called_off(booking, desk):
    """Even where no operation of ours leaves such a booking: the database refuses
    it."""
    Booking.objects.filter(pk=booking.pk).update(
        status="cancelled", cancelled_at=timezone.now()
    )
    ClassSession.objects.filter(pk=booking.session_id).update(status="cancelled")
    with pytest.raises(errors.WrongBookingState):
        mark_attendance(
            booking_id=booking.pk,
            status="attended",
            actor_id=desk,
            now=booking.starts_at,
        )


def test_a_mark_is_taken_back_and_the_same_one_twice_is_one(booking, desk):
    over = booking.starts_at + timedelta(hours=1)
    for status in ("no_show", "no_show", "booked", "attended", "attended", "booked"):
        marked = mark_attendance(
            booking_id=booking.pk, status=status, actor_id=desk, now=over
        )
        assert (state(booking), marked.attended_at, marked.missed_at) == (
            status,
            over if status == "attended" else None,
            over if status == "no_show" else None,
        )
    assert Event.objects.filter(kind="attendance_marked").count() == 4
    booking.refresh_from_db()
    assert (booking.attended_at, booking.missed_at) == (None, None)


def test_a_roster_says_how_many_it_has_changed(session, desk):
    now = timezone.now()
    made = [
        book_session(session_id=session.pk, member_id=one, now=now).pk
        for one in crowd.members(3)
    ]
    roster = {
        "session_id": session.pk,
        "present_ids": made[:1],
        "actor_id": desk,
        "now": session.starts_at,
    }
    assert mark_roster(shown=dict.fromkeys(made, "booked"), **roster) == SavedRoster(
        changed=3
    )
    assert [state(one) for one in Booking.objects.order_by("pk")] == [
        "attended",
        "no_show",
        "no_show",
    ]
    shown = dict(Booking.objects.values_list("pk", "status"))
    assert mark_roster(shown=shown, **roster) == SavedRoster(changed=0)


def test_the_last_instant_to_cancel_is_before_the_start(booking):
    cancel = {
        "booking_id": booking.pk,
        "member_id": booking.member_id,
        "actor_id": booking.member_id,
    }
    with pytest.raises(errors.SessionStarted):
        cancel_booking(**cancel, now=booking.starts_at)
    assert state(booking) == "booked"
    just_before = booking.starts_at - timedelta(microseconds=1)
    assert cancel_booking(**cancel, now=just_before).status == "late_cancelled"


class TestRoster:
    @pytest.fixture
    def three(self, session):
        now = timezone.now()
        return [
            book_session(session_id=session.pk, member_id=one, now=now)
            for one in crowd.members(3)
        ]

    def page(self, session):
        client = Client()
        client.force_login(session.trainer.user)
        return client, client.get(f"/teaching/{session.pk}/").content.decode()

    def save(self, client, session, shown, present):
        return client.post(
            f"/teaching/{session.pk}/mark/",
            {
                "shown": [f"{one.pk}:{one.status}" for one in shown],
                "present": [one.pk for one in present],
            },
            follow=True,
        ).content.decode()

    def test_a_check_in_after_it_was_opened_stands(self, session, three):
        with time_machine.travel(session.starts_at - timedelta(minutes=5), tick=False):
            client, page = self.page(session)
            assert f'name="shown" value="{three[0].pk}:booked"' in page
        with time_machine.travel(session.starts_at, tick=False):
            client.force_login(session.trainer.user)
            check_in(
                member_id=three[0].member_id,
                branch_id=session.branch_id,
                method="kiosk_pin",
                now=timezone.now(),
            )
            said = self.save(client, session, three, [three[1]])
        states = [state(one) for one in three]
        assert states == ["attended", "attended", "no_show"]
        assert f"left as it is: {three[0].member} (attended)" in said

    def test_who_cancelled_or_moved_up_meanwhile_is_told_and_left(self, session, three):
        shown, late = three[:2], three[2]
        cancel_booking(
            booking_id=three[0].pk, actor_id=late.member_id, now=timezone.now()
        )
        with time_machine.travel(session.starts_at, tick=False):
            client, _ = self.page(session)
            said = self.save(client, session, shown, shown)
        assert [state(one) for one in three] == ["cancelled", "attended", "booked"]
        assert f"{three[0].member} (cancelled)" in said
        assert f"{late.member} (booked)" in said

    def test_before_the_start_who_is_not_ticked_stays_booked(self, session, three):
        with time_machine.travel(session.starts_at - timedelta(minutes=20), tick=False):
            client, page = self.page(session)
            assert "checked" not in page
            self.save(client, session, three, [three[0]])
        assert [state(one) for one in three] == ["attended", "booked", "booked"]

    @pytest.mark.parametrize("shown", ["nonsense", "1:", ":booked", "1:gone", "9" * 20])
    def test_what_no_roster_shows_is_refused_in_words(self, session, three, shown):
        with time_machine.travel(session.starts_at, tick=False):
            client, _ = self.page(session)
            answer = client.post(
                f"/teaching/{session.pk}/mark/", {"shown": [shown]}, follow=True
            )
        assert "Look again, then save" in answer.content.decode()
        assert {state(one) for one in three} == {"booked"}
