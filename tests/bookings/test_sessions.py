"""The timetable's own operations."""

from datetime import UTC, datetime, time, timedelta
from functools import partial

import pytest
from django.db import DatabaseError
from django.utils import timezone

from bookings import errors
from bookings.models import Booking, ClassSession, WaitlistEntry
from bookings.operations.attendance import mark_attendance
from bookings.operations.bookings import book_session
from bookings.operations.sessions import (
    cancel_session,
    change_capacity,
    extend_timetable,
    substitute_trainer,
)
from bookings.operations.waitlist import close_lines, join_waitlist, leave_waitlist
from gymsite.core.errors import Invalid, NotFound
from gymsite.core.models import Event, Notification, PutOff
from gymsite.notifications import outbox
from memberships.models import Allowance
from tests.asserts import assert_all_holds
from tests.factories import (
    GymClassFactory,
    MemberFactory,
    MembershipFactory,
    PlanFactory,
    SessionFactory,
    TrainerFactory,
    UserFactory,
)
from tests.stuck import stuck

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return UserFactory(role="manager").pk


def limited(classes=8):
    member = UserFactory()
    MembershipFactory(member=member, plan=PlanFactory(per_period=True, classes=classes))
    return member


def test_calling_off_gives_everything_back_and_tells_everybody(now, manager):
    session = SessionFactory(gym_class__capacity=2)
    booked, came, waits = limited(), limited(), limited()
    first = book_session(session_id=session.pk, member_id=booked.pk, now=now)
    second = book_session(session_id=session.pk, member_id=came.pk, now=now)
    join_waitlist(session_id=session.pk, member_id=waits.pk, now=now)
    at = session.starts_at - timedelta(minutes=10)
    mark_attendance(booking_id=second.pk, status="attended", actor_id=manager, now=at)
    ended = cancel_session(
        session_id=session.pk, actor_id=manager, reason="The boiler broke.", now=at
    )
    assert (ended.status, ended.booked_count, ended.waitlist_length) == (
        "cancelled",
        0,
        0,
    )
    assert set(Booking.objects.values_list("status", flat=True)) == {"cancelled"}
    assert WaitlistEntry.objects.get().status == "closed"
    assert set(Allowance.objects.values_list("used", flat=True)) == {0}
    outbox.drain(now=timezone.now() + timedelta(days=3))
    told = Notification.objects.filter(title__startswith="Called off").values_list(
        "user_id", flat=True
    )
    assert sorted(told) == sorted([booked.pk, came.pk, waits.pk])
    assert first.pk != second.pk
    assert_all_holds()


def test_who_left_the_line_before_it_is_called_off_got_the_class_back_once(
    now, manager
):
    session, left, stays = SessionFactory(gym_class__capacity=1), limited(), limited()
    book_session(session_id=session.pk, member_id=MemberFactory().pk, now=now)
    entries = [
        join_waitlist(session_id=session.pk, member_id=one.pk, now=now)
        for one in (left, stays)
    ]
    leave_waitlist(session_id=session.pk, member_id=left.pk, now=now)
    later = now + timedelta(minutes=1)
    cancel_session(session_id=session.pk, actor_id=manager, reason="", now=later)
    assert set(Allowance.objects.values_list("used", flat=True)) == {0}
    ended = WaitlistEntry.objects.order_by("position").values_list("status", "ended_at")
    assert list(ended) == [("left", now), ("closed", later)]
    assert Event.objects.get(kind="waitlist_closed").subject_id == entries[1].pk


def test_what_is_not_there_is_not_called_off(now, manager):
    with pytest.raises(errors.SessionNotFound):
        cancel_session(session_id=0, actor_id=manager, reason="", now=now)


def test_calling_off_twice_changes_nothing(now, manager):
    session = SessionFactory()
    book_session(session_id=session.pk, member_id=limited().pk, now=now)
    for _ in range(2):
        cancel_session(session_id=session.pk, actor_id=manager, reason="", now=now)
    assert Event.objects.filter(kind="session_cancelled").count() == 1
    assert Allowance.objects.get().used == 0


def test_a_session_that_has_started_is_not_called_off(now, manager):
    session = SessionFactory()
    with pytest.raises(errors.SessionStarted):
        cancel_session(
            session_id=session.pk, actor_id=manager, reason="", now=session.starts_at
        )
    session.refresh_from_db()
    assert session.status == "scheduled"


@pytest.mark.parametrize("capacity", [0, -1, 1001])
def test_impossible_capacities(now, manager, capacity):
    with pytest.raises(Invalid):
        change_capacity(
            session_id=SessionFactory().pk, capacity=capacity, actor_id=manager, now=now
        )


def test_capacity_stays_above_what_is_booked(now, manager):
    session = SessionFactory()
    for _ in range(2):
        book_session(session_id=session.pk, member_id=MemberFactory().pk, now=now)
    with pytest.raises(
        errors.CapacityBelowBookings, match="2 places are taken, 1 would"
    ):
        change_capacity(session_id=session.pk, capacity=1, actor_id=manager, now=now)
    assert (
        change_capacity(
            session_id=session.pk, capacity=2, actor_id=manager, now=now
        ).capacity
        == 2
    )


def test_a_change_of_capacity_and_a_substitute_are_recorded_or_not_made(now, manager):
    session, trainer = SessionFactory(), TrainerFactory()
    asked = {"session_id": session.pk, "actor_id": manager, "now": now}
    changes = [
        (
            "capacity_changed",
            partial(change_capacity, capacity=30, **asked),
            {"before": 20, "after": 30},
        ),
        (
            "trainer_substituted",
            partial(substitute_trainer, trainer_id=trainer.pk, **asked),
            {"trainer": trainer.pk},
        ),
    ]
    for kind, change, said in changes:
        before = ClassSession.objects.values().get()
        with (
            stuck("core_event", kind=kind),
            pytest.raises(DatabaseError, match="this row is stuck"),
        ):
            change()
        assert ClassSession.objects.values().get() == before
        change()
        event = Event.objects.get(kind=kind)
        assert (event.subject_id, event.actor_id, event.branch_id) == (
            session.pk,
            manager,
            session.branch_id,
        )
        assert {name: event.data[name] for name in said} == said


def test_no_session_takes_more_than_its_room_holds(now, manager):
    session = SessionFactory(gym_class__room__capacity=25)
    with pytest.raises(errors.RoomTooSmall, match="holds 25 people, not 26"):
        change_capacity(session_id=session.pk, capacity=26, actor_id=manager, now=now)
    assert (
        change_capacity(
            session_id=session.pk, capacity=25, actor_id=manager, now=now
        ).capacity
        == 25
    )


def test_a_cancelled_session_keeps_its_capacity(now, manager):
    session = SessionFactory(status="cancelled")
    with pytest.raises(errors.SessionCancelled):
        change_capacity(session_id=session.pk, capacity=30, actor_id=manager, now=now)


@pytest.mark.parametrize("change", ["capacity", "substitute"])
def test_what_was_or_will_not_be_is_not_changed(now, manager, change):
    session, called_off = SessionFactory(), SessionFactory(status="cancelled")
    trainer = TrainerFactory().pk

    def go(session, at):
        if change == "capacity":
            change_capacity(
                session_id=session.pk, capacity=30, actor_id=manager, now=at
            )
        else:
            substitute_trainer(
                session_id=session.pk, trainer_id=trainer, actor_id=manager, now=at
            )

    closes_at = session.starts_at if change == "capacity" else session.ends_at
    with pytest.raises(errors.SessionStarted) as refused:
        go(session, closes_at)
    assert refused.value.values == {"closed_at": closes_at.isoformat()}
    with pytest.raises(errors.SessionCancelled):
        go(called_off, now)
    for row in (session, called_off):
        row.refresh_from_db()
        assert (row.capacity, row.substitute_for_id) == (20, None)
    assert not Event.objects.filter(
        kind__in=("capacity_changed", "trainer_substituted")
    ).exists()
    go(session, closes_at - timedelta(seconds=1))


def test_a_trainer_whose_account_is_closed_teaches_for_nobody(now, manager):
    session, closed = SessionFactory(), TrainerFactory(user__is_active=False)
    with pytest.raises(NotFound):
        substitute_trainer(
            session_id=session.pk, trainer_id=closed.pk, actor_id=manager, now=now
        )


def test_a_substitute_teaches_and_the_regular_one_comes_back(now, manager):
    session, substitute = SessionFactory(), TrainerFactory()
    regular = session.trainer_id
    arguments = {"session_id": session.pk, "actor_id": manager, "now": now}
    changed = substitute_trainer(trainer_id=substitute.pk, **arguments)
    assert (changed.trainer_id, changed.substitute_for_id) == (substitute.pk, regular)
    changed = substitute_trainer(trainer_id=regular, **arguments)
    assert (changed.trainer_id, changed.substitute_for_id) == (regular, None)


def test_a_trainer_teaches_one_session_at_a_time(now, manager):
    session, other = SessionFactory(), SessionFactory()
    with pytest.raises(errors.TrainerTaken):
        substitute_trainer(
            session_id=session.pk,
            trainer_id=other.trainer_id,
            actor_id=manager,
            now=now,
        )


def test_nobody_unknown_or_inactive_teaches(now, manager):
    session = SessionFactory()
    for trainer_id in (0, TrainerFactory(is_active=False).pk):
        with pytest.raises(NotFound):
            substitute_trainer(
                session_id=session.pk, trainer_id=trainer_id, actor_id=manager, now=now
            )


class TestExtendingTheTimetable:
    # London's clocks go forward on Sunday 29 March
    monday = datetime(2026, 3, 23, 12, tzinfo=UTC)

    def test_it_keeps_wall_time_over_a_clock_change_and_runs_again_for_nothing(self):
        gym_class = GymClassFactory(
            weekday=5, starts=time(7), branch__time_zone="Europe/London"
        )
        assert extend_timetable(days=19, now=self.monday) == 3
        assert list(
            gym_class.sessions.order_by("starts_at").values_list("starts_at", flat=True)
        ) == [
            datetime(2026, 3, 28, 7, tzinfo=UTC),
            datetime(2026, 4, 4, 6, tzinfo=UTC),
            datetime(2026, 4, 11, 6, tzinfo=UTC),
        ]
        assert extend_timetable(days=19, now=self.monday) == 0

    def test_a_time_that_the_clocks_skip_is_moved_on_by_the_gap(self):
        gym_class = GymClassFactory(
            weekday=6, starts=time(1, 30), branch__time_zone="Europe/London"
        )
        extend_timetable(days=6, now=self.monday)
        # 02:30 on the wall
        assert gym_class.sessions.get().starts_at == datetime(
            2026, 3, 29, 1, 30, tzinfo=UTC
        )

    def test_it_counts_only_what_found_room_and_trainer_free(self):
        first = GymClassFactory(weekday=0, starts=time(18))
        GymClassFactory(weekday=0, starts=time(18, 30), room=first.room)
        assert extend_timetable(days=14, now=self.monday) == 3
        assert ClassSession.objects.count() == 3

    @pytest.mark.parametrize("status", ["paused", "ended"])
    def test_only_active_classes_go_on(self, status):
        GymClassFactory(status=status)
        assert extend_timetable(days=14, now=self.monday) == 0


def test_who_still_waits_at_the_start_gets_the_reserved_class_back_and_hears_of_it(now):
    session = SessionFactory(gym_class__capacity=1)
    book_session(session_id=session.pk, member_id=MemberFactory().pk, now=now)
    member = limited()
    join_waitlist(session_id=session.pk, member_id=member.pk, now=now)
    assert close_lines(now=session.starts_at - timedelta(seconds=1)) == 0
    assert Allowance.objects.get().used == 1
    assert close_lines(now=session.starts_at) == 1
    assert close_lines(now=session.starts_at) == 0
    session.refresh_from_db()
    assert (
        WaitlistEntry.objects.get().status,
        Allowance.objects.get().used,
        session.waitlist_length,
    ) == (
        "closed",
        0,
        0,
    )
    outbox.drain(now=session.starts_at)
    assert Notification.objects.get(user=member).title.startswith("No place this time")
    assert_all_holds()


def test_one_line_that_cannot_be_closed_does_not_keep_the_others(now):
    """Seen to raise at every run, with all that came behind it left as it was."""
    sessions = []
    for _ in range(2):
        sessions.append(SessionFactory(gym_class__capacity=1))
        book_session(session_id=sessions[-1].pk, member_id=MemberFactory().pk, now=now)
        join_waitlist(session_id=sessions[-1].pk, member_id=MemberFactory().pk, now=now)
    bad, good = sessions
    with stuck("bookings_waitlistentry", session_id=bad.pk):
        assert close_lines(now=max(session.starts_at for session in sessions)) == 1
    assert dict(WaitlistEntry.objects.values_list("session_id", "status")) == {
        bad.pk: "waiting",
        good.pk: "closed",
    }
    assert PutOff.objects.get().subject_id == bad.pk


def test_one_class_that_gets_no_sessions_does_not_keep_the_others():
    bad, good = GymClassFactory(), GymClassFactory()
    now = timezone.now()
    with stuck("bookings_classsession", gym_class_id=bad.pk):
        assert extend_timetable(days=7, now=now) > 0
    assert {row.gym_class_id for row in ClassSession.objects.all()} == {good.pk}
    assert PutOff.objects.get().subject_id == bad.pk


@pytest.mark.parametrize("ahead", range(7))
def test_a_class_gets_its_own_weekday_whatever_day_it_is_today(ahead):
    today = timezone.now()
    weekday = (today + timedelta(days=ahead)).weekday()
    gym_class = GymClassFactory(weekday=weekday, branch__time_zone="UTC")
    assert extend_timetable(days=13, now=today) == 2
    dates = ClassSession.objects.filter(gym_class=gym_class).order_by("session_date")
    first = today.date() + timedelta(days=ahead)
    assert list(dates.values_list("session_date", flat=True)) == [
        first,
        first + timedelta(weeks=1),
    ]
