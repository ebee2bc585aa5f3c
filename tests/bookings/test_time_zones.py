"""A branch changes its time zone: what lies ahead keeps its wall time, with all that
hangs on it."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.test import Client

from bookings import tasks
from bookings.models import Booking, ClassSession, WaitlistEntry
from bookings.operations import time_zones
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.sessions import cancel_session
from bookings.operations.time_zones import (
    change_time_zone,
    keep_wall_time,
    move_session,
)
from bookings.operations.waitlist import join_waitlist, leave_waitlist
from gymsite.core.errors import Invalid, NotFound
from gymsite.core.models import Branch, Event, Notification, PutOff
from gymsite.notifications import outbox
from gymsite.ops.invariants import INVARIANTS, breaking
from memberships.models import Allowance
from tests.factories import (
    BranchFactory,
    GymClassFactory,
    MemberFactory,
    MembershipFactory,
    PlanFactory,
    PolicyFactory,
    RoomFactory,
    SessionFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
# in summer two hours before London, and five after it
EARLIER, LATER = "Europe/Athens", "America/New_York"
LONDON_18 = datetime(2026, 6, 3, 17, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def branch():
    return BranchFactory(time_zone="Europe/London")


@pytest.fixture
def owner():
    return UserFactory(role="owner")


def weekly(branch, starts, **more):
    here = {
        "room": RoomFactory(branch=branch),
        "trainer": TrainerFactory(branch=branch),
    }
    return GymClassFactory(branch=branch, weekday=2, starts=starts, **here | more)


def on_wednesday(branch, starts=time(18), **more) -> ClassSession:
    gym_class = weekly(branch, starts, **more)
    return SessionFactory(gym_class=gym_class, session_date=LONDON_18.date())


def moved(branch, zone, now=NOW):
    change_time_zone(
        branch_id=branch.pk,
        time_zone=zone,
        actor_id=UserFactory(role="owner").pk,
        reason="Wrong.",
        now=now,
    )
    return keep_wall_time(branch_id=branch.pk, now=now)


def broken() -> list[str]:
    return [invariant.name for invariant in INVARIANTS if breaking(invariant)]


@pytest.mark.parametrize(("zone", "by"), [(EARLIER, -2 * HOUR), (LATER, 5 * HOUR)])
def test_sessions_keep_their_wall_time_and_bookings_go_with_them(branch, zone, by):
    session = on_wednesday(branch, capacity=1)
    member, waits = MemberFactory(), MemberFactory()
    booking = book_session(session_id=session.pk, member_id=member.pk, now=NOW)
    entry = join_waitlist(session_id=session.pk, member_id=waits.pk, now=NOW)
    moved(branch, zone)
    for row in (session, booking, entry):
        row.refresh_from_db()
        assert (row.starts_at, row.ends_at) == (LONDON_18 + by, LONDON_18 + by + HOUR)
    assert booking.free_until == LONDON_18 + by - 12 * HOUR
    assert booking.sequence == 1
    assert broken() == []


def test_clock_changes_of_either_zone_are_heeded(branch):
    gym_class = weekly(branch, time(7))
    dates = (
        datetime(2026, 10, 21).date(),
        datetime(2026, 10, 28).date(),
        datetime(2026, 11, 4).date(),
    )
    for date in dates:
        SessionFactory(gym_class=gym_class, session_date=date)
    moved(branch, LATER)
    starts = gym_class.sessions.order_by("session_date").values_list(
        "starts_at", flat=True
    )
    assert [one.astimezone(UTC).hour for one in starts] == [11, 11, 12]


@pytest.mark.parametrize("zone", [EARLIER, LATER])
def test_sessions_one_after_another_in_a_room_do_not_meet_on_their_way(branch, zone):
    room = RoomFactory(branch=branch)
    trainer = on_wednesday(branch, time(8)).trainer
    day = [
        on_wednesday(branch, time(hour), room=room, trainer=trainer)
        for hour in range(10, 20)
    ]
    batch = moved(branch, zone)
    assert (batch.failed, len(batch.values)) == (0, len(day) + 1)
    assert broken() == []


def test_what_has_been_keeps_its_instants(branch):
    over = SessionFactory(
        gym_class=weekly(branch, time(18)),
        session_date=LONDON_18.date() - timedelta(days=7),
    )
    before = over.starts_at
    moved(branch, LATER)
    over.refresh_from_db()
    assert over.starts_at == before
    assert broken() == []


@pytest.mark.parametrize(
    ("zone", "now"), [(EARLIER, LONDON_18 - 4 * HOUR), (LATER, LONDON_18 - 2 * HOUR)]
)
def test_what_starts_soon_by_either_clock_stays(branch, zone, now):
    session = on_wednesday(branch)
    moved(branch, zone, now=now)
    session.refresh_from_db()
    assert session.starts_at == LONDON_18
    assert broken() == []


def test_a_cancelled_session_stays(branch, owner):
    session = on_wednesday(branch)
    cancel_session(session_id=session.pk, actor_id=owner.pk, reason="", now=NOW)
    moved(branch, LATER)
    session.refresh_from_db()
    assert session.starts_at == LONDON_18


def test_who_is_booked_elsewhere_at_the_new_time_gives_the_place_back(branch):
    elsewhere = on_wednesday(BranchFactory(slug="elsewhere", time_zone="UTC"), time(22))
    session = on_wednesday(branch, capacity=1)
    member, waits = UserFactory(), MemberFactory()
    MembershipFactory(
        member=member,
        plan=PlanFactory(per_period=True),
        starts_on=datetime(2026, 5, 1).date(),
    )
    for one in (session, elsewhere):
        book_session(session_id=one.pk, member_id=member.pk, now=NOW)
    join_waitlist(session_id=session.pk, member_id=waits.pk, now=NOW)
    moved(branch, LATER)
    states = (
        Booking.objects.filter(member=member)
        .order_by("session_id")
        .values_list("session_id", "status")
    )
    assert dict(states) == {session.pk: "cancelled", elsewhere.pk: "booked"}
    assert Allowance.objects.get().used == 1
    assert WaitlistEntry.objects.get().status == "promoted"
    assert Booking.objects.get(member=waits).starts_at == LONDON_18 + 5 * HOUR
    event = Event.objects.get(kind="cancelled")
    assert (event.member_id, event.actor_id, event.data["reason"]) == (
        member.pk,
        None,
        time_zones.WHY,
    )
    assert broken() == []


def test_bookings_move_in_the_order_of_members_so_that_two_sessions_never_wait_crosswise(
    branch, monkeypatch
):
    session, order, move = on_wednesday(branch), [], time_zones._moved
    members = [MemberFactory().pk for _ in range(3)]
    for member in (members[1], members[2], members[0]):
        book_session(session_id=session.pk, member_id=member, now=NOW)
    monkeypatch.setattr(
        time_zones,
        "_moved",
        lambda one, *more: order.append(one.member_id) or move(one, *more),
    )
    moved(branch, LATER)
    assert order == members


def test_one_whose_trainer_teaches_elsewhere_then_stays_and_is_shown(branch):
    elsewhere = on_wednesday(BranchFactory(slug="elsewhere", time_zone="UTC"), time(22))
    stays = on_wednesday(branch, trainer=elsewhere.trainer)
    goes = on_wednesday(branch, time(12))
    batch = moved(branch, LATER)
    assert (batch.failed, len(batch.values)) == (1, 1)
    assert PutOff.objects.get().subject_id == stays.pk
    stays.refresh_from_db()
    goes.refresh_from_db()
    assert (stays.starts_at, goes.starts_at.hour) == (LONDON_18, 16)
    cancel_session(
        session_id=elsewhere.pk,
        actor_id=UserFactory(role="owner").pk,
        reason="",
        now=NOW,
    )
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        tasks.keep_wall_times.func()
    stays.refresh_from_db()
    assert stays.starts_at == LONDON_18 + 5 * HOUR
    assert not PutOff.objects.exists()


def test_who_finds_the_class_moved_has_the_time_of_grace(branch):
    session = on_wednesday(branch)
    booking = book_session(session_id=session.pk, member_id=MemberFactory().pk, now=NOW)
    late = LONDON_18 - 8 * HOUR
    moved(branch, EARLIER, now=late)
    booking.refresh_from_db()
    assert booking.free_until == late + timedelta(minutes=30)


def test_the_deadline_moves_by_the_policy_that_the_booking_was_made_under(branch):
    """Neither by one before it nor by the newest, which have other hours."""
    other = {"cutoff_minutes": 60, "promoted_grace_minutes": 6000}
    PolicyFactory(created_at=NOW - timedelta(days=300), **other)
    PolicyFactory(created_at=NOW - timedelta(days=1), cutoff_minutes=900)
    session = on_wednesday(branch)
    booking = book_session(session_id=session.pk, member_id=MemberFactory().pk, now=NOW)
    PolicyFactory(created_at=NOW, **other)
    moved(branch, LATER)
    booking.refresh_from_db()
    assert booking.free_until == LONDON_18 + 5 * HOUR - 15 * HOUR


def test_one_that_starts_as_its_clock_shows_or_was_called_off_is_not_moved(
    branch, owner
):
    right, called_off = on_wednesday(branch), on_wednesday(branch, time(8))
    cancel_session(session_id=called_off.pk, actor_id=owner.pk, reason="", now=NOW)
    Branch.objects.filter(pk=branch.pk).update(time_zone=LATER)
    ClassSession.objects.filter(pk=right.pk).update(
        starts_at=LONDON_18 + 5 * HOUR,
        ends_at=LONDON_18 + 6 * HOUR,
        time_zone=LATER,
        moved_at=NOW,
    )
    for session in (right, called_off):
        before = ClassSession.objects.filter(pk=session.pk).values().get()
        move_session(session_id=session.pk, now=NOW + HOUR)
        assert ClassSession.objects.filter(pk=session.pk).values().get() == before
    assert not Event.objects.filter(kind="session_moved").exists()


def test_places_and_turns_that_had_ended_keep_the_time_that_they_were_for(branch):
    session = on_wednesday(branch, capacity=1)
    given_back = book_session(
        session_id=session.pk, member_id=MemberFactory().pk, now=NOW
    )
    cancel_booking(booking_id=given_back.pk, actor_id=given_back.member_id, now=NOW)
    held = book_session(session_id=session.pk, member_id=MemberFactory().pk, now=NOW)
    left, waits = (
        join_waitlist(session_id=session.pk, member_id=MemberFactory().pk, now=NOW)
        for _ in range(2)
    )
    leave_waitlist(session_id=session.pk, member_id=left.member_id, now=NOW)
    moved(branch, LATER)
    after = LONDON_18 + 5 * HOUR
    assert dict(Booking.objects.values_list("pk", "starts_at")) == {
        given_back.pk: LONDON_18,
        held.pk: after,
    }
    assert dict(WaitlistEntry.objects.values_list("pk", "starts_at")) == {
        left.pk: LONDON_18,
        waits.pk: after,
    }


def test_another_zone_with_the_same_clock_is_noted_and_moves_nothing(branch):
    """A session keeps the name of the zone that it is held in."""
    session = on_wednesday(branch)
    moved(branch, "Europe/Dublin")
    session.refresh_from_db()
    assert (session.time_zone, session.starts_at, session.moved_at) == (
        "Europe/Dublin",
        LONDON_18,
        NOW,
    )
    assert not Event.objects.filter(kind="session_moved").exists()


def test_everybody_booked_or_waiting_is_told_once(branch):
    session = on_wednesday(branch, capacity=1)
    booked, waits = MemberFactory(), MemberFactory()
    book_session(session_id=session.pk, member_id=booked.pk, now=NOW)
    join_waitlist(session_id=session.pk, member_id=waits.pk, now=NOW)
    outbox.drain(now=NOW)
    moved(branch, LATER)
    keep_wall_time(branch_id=branch.pk, now=NOW)
    outbox.drain(now=NOW)
    told = Notification.objects.filter(kind="session_moved").order_by("user_id")
    assert [one.user_id for one in told] == [booked.pk, waits.pk]
    assert told[0].title == "Moved: Vinyasa Flow, Wed 3 Jun 18:00"
    assert "It was to start on Wed 3 Jun 13:00" in told[0].body


def test_the_event_starts_the_move(branch, owner, django_capture_on_commit_callbacks):
    change_time_zone(
        branch_id=branch.pk, time_zone=LATER, actor_id=owner.pk, reason="", now=NOW
    )
    event = Event.objects.get(kind="time_zone_changed")
    assert (event.data["before"], event.data["after"]) == ("Europe/London", LATER)
    change_time_zone(
        branch_id=branch.pk, time_zone=LATER, actor_id=owner.pk, reason="", now=NOW
    )
    assert Event.objects.filter(kind="time_zone_changed").count() == 1
    session = on_wednesday(branch)
    ClassSession.objects.filter(pk=session.pk).update(
        starts_at=LONDON_18, ends_at=LONDON_18 + HOUR
    )
    tasks.keep_wall_time.func(branch_id=branch.pk)
    session.refresh_from_db()
    assert session.starts_at == LONDON_18 + 5 * HOUR


def test_what_is_no_zone_or_no_branch_is_refused(branch, owner):
    with pytest.raises(Invalid):
        change_time_zone(
            branch_id=branch.pk,
            time_zone="London",
            actor_id=owner.pk,
            reason="",
            now=NOW,
        )
    with pytest.raises(NotFound):
        change_time_zone(
            branch_id=0, time_zone="UTC", actor_id=owner.pk, reason="", now=NOW
        )
    assert Branch.objects.get(pk=branch.pk).time_zone == "Europe/London"


class TestTheAct:
    @pytest.fixture
    def client(self, owner):
        client = Client()
        client.force_login(owner)
        return client

    def test_the_form_of_a_branch_does_not_change_its_zone(self, client, branch):
        assert (
            b'name="time_zone"'
            not in client.get(f"/admin/core/branch/{branch.pk}/change/").content
        )
        assert b'name="time_zone"' in client.get("/admin/core/branch/add/").content

    def test_it_shows_what_moves_before_it_moves(self, client, branch):
        session = on_wednesday(branch)
        book_session(session_id=session.pk, member_id=MemberFactory().pk, now=NOW)
        path = f"/admin/core/branch/do/zone/?ids={branch.pk}"
        seen = client.get(path).context["form"]["seen"].value()
        given = {"seen": seen, "time_zone": LATER, "reason": "Opened in New York."}
        shown = client.post(path, given)
        html = shown.content.decode()
        assert shown.status_code == 422
        assert "1 sessions move to the same time of day in America/New_York." in html
        assert "on Wed 3 Jun 18:00, starts 5 h 00 min later" in html
        assert "1 places and 0 turns move with them" in html
        assert Branch.objects.get(pk=branch.pk).time_zone == "Europe/London"
        said = shown.context["form"].data["shown"]
        assert client.post(path, {**given, "shown": said}).status_code == 302
        assert Branch.objects.get(pk=branch.pk).time_zone == LATER

    def test_a_preview_of_another_zone_does_not_count(self, client, branch):
        on_wednesday(branch)
        path = f"/admin/core/branch/do/zone/?ids={branch.pk}"
        given = {
            "seen": client.get(path).context["form"]["seen"].value(),
            "time_zone": LATER,
            "reason": "x",
        }
        said = client.post(path, given).context["form"].data["shown"]
        assert (
            client.post(
                path, {**given, "time_zone": EARLIER, "shown": said}
            ).status_code
            == 422
        )
        assert Branch.objects.get(pk=branch.pk).time_zone == "Europe/London"

    @pytest.mark.parametrize("role", ["front_desk", "manager"])
    def test_only_the_owner_may(self, role, branch):
        client = Client()
        client.force_login(UserFactory(role=role, home_branch=branch))
        assert (
            client.get(f"/admin/core/branch/do/zone/?ids={branch.pk}").status_code
            == 403
        )
