"""One session is moved to another time of its day, or to another room, with all that
hangs on it."""

from datetime import time, timedelta

import pytest

from bookings import errors
from bookings.models import Booking, ClassSession, WaitlistEntry
from bookings.operations.bookings import book_session
from bookings.operations.sessions import (
    cancel_session,
    extend_timetable,
    reschedule_session,
)
from bookings.operations.time_zones import change_time_zone, keep_wall_time
from bookings.operations.waitlist import join_waitlist
from bookings.queries import wall_times
from gymsite.core import errors as core_errors
from gymsite.core.models import Event, Notification
from gymsite.notifications import outbox
from tests.asserts import assert_all_holds
from tests.factories import (
    AppointmentFactory,
    BranchFactory,
    MemberFactory,
    RoomFactory,
    SessionFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LATER = time(20)


@pytest.fixture
def owner():
    return UserFactory(role="owner").pk


@pytest.fixture
def session():
    """At 18:00, with one place."""
    return SessionFactory(gym_class__capacity=1)


@pytest.fixture
def move(session, owner, now):
    def move(starts=LATER, **how):
        given = {"actor_id": owner, "reason": "The boiler.", "now": now} | how
        return reschedule_session(session_id=session.pk, starts=starts, **given)

    return move


def books(session, now, member=None):
    member = member or MemberFactory()
    return book_session(session_id=session.pk, member_id=member.pk, now=now)


def test_places_and_turns_go_with_it(session, move, now):
    booking = books(session, now)
    entry = join_waitlist(session_id=session.pk, member_id=MemberFactory().pk, now=now)
    moved = move()
    assert moved.starts_at == session.starts_at + timedelta(hours=2)
    for row in (booking, entry):
        row.refresh_from_db()
        assert (row.starts_at, row.ends_at) == (moved.starts_at, moved.ends_at)
    assert booking.sequence == 1
    moved.refresh_from_db()
    assert moved.revision == 1
    assert_all_holds()


def test_everybody_is_told_why(session, move, now):
    booking = books(session, now)
    join_waitlist(session_id=session.pk, member_id=MemberFactory().pk, now=now)
    move()
    outbox.drain(now=now)
    told = Notification.objects.filter(kind="session_moved")
    assert told.count() == 2
    body = told.get(user=booking.member_id).body
    assert "The boiler. Your place is kept." in body


def test_twice_is_once_and_back_again_is_as_it_was(session, move):
    move()
    move()
    assert Event.objects.filter(kind="session_moved").count() == 1
    back = move(time(18))
    assert (back.starts_at, back.own_start) == (session.starts_at, None)


def test_the_jobs_leave_it_there(session, move, now):
    moved = move()
    branch = session.branch
    assert wall_times.moves(branch, branch.zone, now) == []
    keep_wall_time(branch_id=branch.pk, now=now)
    extend_timetable(days=6, now=now)
    assert ClassSession.objects.get().starts_at == moved.starts_at


def test_it_keeps_its_own_wall_time_in_another_zone(session, move, now, owner):
    moved = move()
    change_time_zone(
        branch_id=session.branch_id,
        time_zone="Europe/Athens",
        actor_id=owner,
        reason="",
        now=now,
    )
    keep_wall_time(branch_id=session.branch_id, now=now)
    moved.refresh_from_db()
    assert moved.starts_at.astimezone(moved.zone).time() == LATER
    assert_all_holds()


@pytest.mark.parametrize("what", ["class", "appointment"])
def test_who_is_elsewhere_then_gives_the_place_to_the_next(session, move, now, what):
    member, second = MemberFactory(), MemberFactory()
    first = books(session, now, member)
    join_waitlist(session_id=session.pk, member_id=second.pk, now=now)
    if what == "class":
        books(SessionFactory(gym_class__starts=LATER), now, member)
    else:
        starts_at = session.starts_at + timedelta(hours=2)
        AppointmentFactory(client=member, starts_at=starts_at)
    move()
    first.refresh_from_db()
    assert first.status == "cancelled"
    assert Booking.objects.get(session=session, status="booked").member == second
    assert WaitlistEntry.objects.get().status == "promoted"
    assert_all_holds()


def test_into_another_room(session, move, now):
    booking, room = books(session, now), RoomFactory()
    assert move(time(18), room_id=room.pk).room == room
    booking.refresh_from_db()
    assert booking.sequence == 0
    outbox.drain(now=now)
    told = Notification.objects.get(kind="room_changed")
    assert told.user_id == booking.member_id
    assert told.title.startswith(f"In {room.name}: Vinyasa Flow")
    assert not Event.objects.filter(kind="session_moved").exists()


def test_what_is_taken_then_is_refused(session, move):
    starts_at = session.starts_at + timedelta(hours=2)
    AppointmentFactory(trainer=session.trainer, starts_at=starts_at)
    with pytest.raises(errors.TrainerTaken):
        move()
    session.refresh_from_db()
    assert session.own_start is None


@pytest.mark.parametrize(
    ("room", "refusal"),
    [
        ({"capacity": 0}, errors.RoomTooSmall),
        ({"is_active": False}, errors.NotInUse),
        ({"branch": "hill"}, errors.NotInUse),
    ],
)
def test_a_room_that_does_not_do(room, refusal, owner, now):
    session = SessionFactory(gym_class__capacity=10)
    if "branch" in room:
        room = {"branch": BranchFactory(slug="hill")}
    if "capacity" in room:
        room = {"capacity": 9}
    other = RoomFactory(**room)
    with pytest.raises(refusal):
        reschedule_session(
            session_id=session.pk,
            starts=time(18),
            room_id=other.pk,
            actor_id=owner,
            reason="",
            now=now,
        )


def test_not_into_the_past_nor_once_it_has_begun(session, move):
    noon = session.starts_at - timedelta(hours=6)
    with pytest.raises(core_errors.Invalid):
        move(time(9), now=noon)
    with pytest.raises(errors.SessionStarted):
        move(now=session.starts_at)


def test_not_what_was_called_off(session, move, owner, now):
    cancel_session(session_id=session.pk, actor_id=owner, reason="", now=now)
    with pytest.raises(errors.SessionCancelled):
        move()


def test_substitutes_go_with_it(session, move):
    ClassSession.objects.filter(pk=session.pk).update(trainer=TrainerFactory())
    assert move().trainer_id != session.trainer_id
