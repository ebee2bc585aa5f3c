"""What becomes of sessions when the class, room, trainer or branch they hang on
ends."""

import re
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from bookings import errors
from bookings.models import Booking, ClassSession, GymClass
from bookings.operations.bookings import book_session
from bookings.operations.closing import (
    Ahead,
    call_off_ahead,
    move_class,
    switch_room,
    switch_trainer,
)
from bookings.operations.sessions import cancel_session, extend_timetable, session_of
from bookings.operations.waitlist import join_waitlist
from bookings.tasks import call_off_ahead as job
from gymsite.core.batches import Unfinished
from gymsite.core.errors import InUse, NotFound, refusals
from gymsite.core.models import Branch, Event, Notification
from gymsite.core.operations.branches import switch_branch
from gymsite.notifications import outbox
from tests.asserts import assert_all_holds
from tests.factories import (
    AppointmentFactory,
    BranchFactory,
    GymClassFactory,
    MemberFactory,
    SessionFactory,
    TrainerFactory,
    UserFactory,
)
from tests.stuck import stuck

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return UserFactory(role="owner")


@pytest.fixture
def session():
    return SessionFactory(gym_class__capacity=1)


@pytest.fixture
def why(owner, now):
    return {"reason": "The lease ends.", "actor_id": owner.pk, "now": now}


def off(session, of, why):
    """Switch one of the parents of a session off; sessions ahead are to be called
    off."""
    if of == "room":
        switch_room(room_id=session.room_id, on=False, **why)
    elif of == "trainer":
        trainer = {"trainer_id": session.trainer_id, "ahead": Ahead.CALL_OFF}
        switch_trainer(on=False, **trainer, **why)
    elif of == "gymclass":
        ended = {"gym_class_id": session.gym_class_id, "ahead": Ahead.CALL_OFF}
        move_class(status=GymClass.Status.ENDED, **ended, **why)
    else:
        BranchFactory(slug="other", name="Other")
        switch_branch(branch_id=session.branch_id, on=False, **why)


def run_jobs():
    """What the events set going, run as the worker does."""
    outbox.drain(now=timezone.now())
    asked = ProcrastinateJob.objects.filter(task_name="bookings.call_off_ahead")
    for one in asked.order_by("id"):
        job(**one.args)


@pytest.mark.parametrize("of", ["room", "trainer", "branch"])
def test_appointments_ahead_are_cancelled_free_of_charge(session, of, why):
    hangs = {"trainer": session.trainer, "room": session.room}
    ahead = AppointmentFactory(**hangs)
    was = AppointmentFactory(**hangs, starts_at=ahead.starts_at - timedelta(days=9))
    untouched = AppointmentFactory(branch=BranchFactory(slug="far"))
    off(session, of, why)
    run_jobs()
    run_jobs()
    for row in (ahead, was, untouched):
        row.refresh_from_db()
    assert (ahead.status, ahead.cancel_reason) == ("cancelled", "The lease ends.")
    assert (was.status, untouched.status) == ("booked", "booked")
    told = Event.objects.get(kind="appointment_cancelled")
    assert (told.member_id, told.actor_id) == (ahead.client_id, why["actor_id"])


def test_a_trainers_appointments_may_be_kept(session, why):
    ahead = AppointmentFactory(trainer=session.trainer)
    switch_trainer(trainer_id=session.trainer_id, on=False, ahead=Ahead.KEEP, **why)
    run_jobs()
    ahead.refresh_from_db()
    assert ahead.status == "booked"


@pytest.mark.parametrize("of", ["room", "trainer", "gymclass", "branch"])
def test_sessions_ahead_are_called_off_and_everybody_is_told(session, of, why, now):
    booked, waits = MemberFactory(), MemberFactory()
    book_session(session_id=session.pk, member_id=booked.pk, now=now)
    join_waitlist(session_id=session.pk, member_id=waits.pk, now=now)
    far = {
        f"gym_class__{name}": BranchFactory(slug="far")
        for name in ("branch", "room__branch", "trainer__branch")
    }
    untouched = SessionFactory(**far)
    off(session, of, why)
    run_jobs()
    for row in (session, untouched):
        row.refresh_from_db()
    assert (session.status, session.cancel_reason) == ("cancelled", "The lease ends.")
    assert untouched.status == "scheduled"
    assert Booking.objects.get().status == "cancelled"
    outbox.drain(now=timezone.now())
    told = Notification.objects.filter(title__startswith="Called off")
    assert set(told.values_list("user_id", flat=True)) == {booked.pk, waits.pk}
    assert_all_holds()


@pytest.mark.parametrize("of", ["room", "trainer", "gymclass", "branch"])
def test_a_parent_that_is_off_gets_no_new_sessions(session, of, why, now):
    off(session, of, why)
    assert extend_timetable(days=21, now=now) == 0
    session.gym_class.refresh_from_db()
    day = session.session_date + timedelta(days=7)
    with pytest.raises(errors.NotInUse), refusals():  # nor from any other path
        session_of(session.gym_class, day).save(force_insert=True)


def test_a_trainer_whose_account_is_closed_gets_none_either(now):
    GymClassFactory(trainer=TrainerFactory(user__is_active=False))
    assert extend_timetable(days=14, now=now) == 0


def test_kept_sessions_stay_as_they_are(session, why):
    asked = {"gym_class_id": session.gym_class_id, "ahead": Ahead.KEEP}
    move_class(status=GymClass.Status.ENDED, **asked, **why)
    switch_trainer(trainer_id=session.trainer_id, on=False, ahead=Ahead.KEEP, **why)
    run_jobs()
    session.refresh_from_db()
    assert session.status == "scheduled"


def test_what_has_begun_goes_on(session, why):
    at = why | {"now": session.starts_at}
    off(session, "room", at)
    room = {"of": "room", "of_id": session.room_id}
    assert call_off_ahead(**room, **at) == 0
    session.refresh_from_db()
    assert session.status == "scheduled"


def test_a_successor_gets_the_room_of_the_class_that_ended(session, why, now):
    ended = session.gym_class
    same = {"branch": ended.branch, "room": ended.room, "trainer": ended.trainer}
    slot = {"weekday": ended.weekday, "starts": ended.starts}
    successor = GymClassFactory(**same, **slot)
    assert extend_timetable(days=2, now=now) == 0
    off(session, "gymclass", why)
    run_jobs()
    assert successor.sessions.filter(session_date=session.session_date).count() == 1


def test_switched_on_again_it_goes_on_and_a_late_job_takes_nothing(session, why):
    switch_room(room_id=session.room_id, on=False, **why)
    switch_room(room_id=session.room_id, on=True, **why)
    run_jobs()
    session.refresh_from_db()
    assert session.status == "scheduled"
    assert list(Event.objects.values_list("kind", flat=True)) == ["room_off", "room_on"]


@pytest.mark.parametrize("of", ["room", "trainer", "gymclass"])
def test_only_the_one_named_is_switched_off(session, of, why):
    """With others before and behind it."""
    others = [
        SessionFactory(session_date=session.session_date + timedelta(days=1))
        for _ in range(2)
    ]
    off(others[1], of, why)
    states = {
        one.pk: (
            one.gym_class.status == "active",
            one.room.is_active,
            one.trainer.is_active,
        )
        for one in ClassSession.objects.select_related("gym_class", "room", "trainer")
    }
    assert states[session.pk] == states[others[0].pk] == (True, True, True)
    assert states[others[1].pk] == (of != "gymclass", of != "room", of != "trainer")


@pytest.mark.parametrize(
    ("status", "called_off"), [(GymClass.Status.PAUSED, 1), (GymClass.Status.ACTIVE, 0)]
)
def test_a_paused_class_may_call_off_what_is_ahead_and_one_that_goes_on_does_not(
    session, why, status, called_off
):
    asked = {"gym_class_id": session.gym_class_id, "ahead": Ahead.CALL_OFF}
    move_class(status=GymClass.Status.PAUSED, **asked, **why)
    if status == GymClass.Status.ACTIVE:
        move_class(status=status, **asked, **why)
    assert Event.objects.latest("id").data["ahead"] == (
        "call_off" if called_off else ""
    )
    ahead = {"of": "gymclass", "of_id": session.gym_class_id}
    assert call_off_ahead(**ahead, **why) == called_off


def test_what_was_called_off_before_is_counted_and_told_no_more(session, why):
    other = SessionFactory(
        gym_class=session.gym_class,
        session_date=session.session_date + timedelta(days=7),
    )
    cancel_session(session_id=other.pk, **why)
    off(session, "room", why | {"reason": "r" * 201})
    assert Event.objects.get(kind="room_off").data["reason"] == "r" * 200
    room = {"of": "room", "of_id": session.room_id}
    assert (call_off_ahead(**room, **why), call_off_ahead(**room, **why)) == (1, 0)
    assert Event.objects.filter(kind="session_cancelled").count() == 2


def test_sessions_that_could_not_be_called_off_are_said_after_all_the_others_were(
    session, why
):
    good = SessionFactory(
        gym_class=session.gym_class,
        session_date=session.session_date + timedelta(days=7),
    )
    off(session, "room", why)
    room = {"of": "room", "of_id": session.room_id}
    with (
        stuck("bookings_classsession", id=session.pk),
        pytest.raises(Unfinished, match="1 sessions or appointments of room"),
    ):
        call_off_ahead(**room, **why)
    assert dict(ClassSession.objects.values_list("pk", "status")) == {
        session.pk: "scheduled",
        good.pk: "cancelled",
    }


def test_twice_is_once(session, why):
    switches = [
        partial(switch_room, room_id=session.room_id, on=False),
        partial(switch_trainer, trainer_id=session.trainer_id, on=False),
        partial(
            move_class, gym_class_id=session.gym_class_id, status=GymClass.Status.PAUSED
        ),
    ]
    for switch in [*switches, *switches]:
        switch(**why)
    assert Event.objects.count() == 3


@pytest.mark.parametrize("to", [GymClass.Status.ACTIVE, GymClass.Status.PAUSED])
def test_an_ended_class_stays_ended(session, why, to):
    asked = {"gym_class_id": session.gym_class_id}
    move_class(status=GymClass.Status.ENDED, **asked, **why)
    with pytest.raises(errors.WrongClassState, match="is ended; it can't become"):
        move_class(status=to, **asked, **why)


def test_what_is_not_there_is_not_switched(why):
    for switch in (
        partial(switch_room, room_id=0, on=False),
        partial(switch_trainer, trainer_id=0, on=False),
        partial(move_class, gym_class_id=0, status=GymClass.Status.ENDED),
        partial(switch_branch, branch_id=0, on=False),
    ):
        with pytest.raises(NotFound):
            switch(**why)


def test_the_last_branch_stays_open(why):
    branch = BranchFactory()
    with pytest.raises(InUse, match="the only branch that is open"):
        switch_branch(branch_id=branch.pk, on=False, **why)
    assert Branch.objects.get().is_active


class TestInTheAdmin:
    def page(self, client, owner, address):
        client.force_login(owner)
        shown = client.get(address).content.decode()
        return dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", shown)), re.search(
            r'name="seen" value="(\w+)"', shown
        )[1]

    def test_ending_a_class_counts_and_asks_what_becomes_of_it(
        self, client, owner, session, now
    ):
        book_session(session_id=session.pk, member_id=MemberFactory().pk, now=now)
        address = f"/admin/bookings/gymclass/do/end/?ids={session.gym_class_id}"
        facts, seen = self.page(client, owner, address)
        assert facts["Sessions ahead"] == "1: as you choose below"
        assert facts["Booked in them"] == "1: as you choose below"
        unsaid = client.post(address, {"seen": seen, "reason": "Few came"})
        assert unsaid.status_code == 422
        chosen = {"seen": seen, "reason": "Few came", "ahead": "call_off"}
        assert client.post(address, chosen).status_code == 302
        run_jobs()
        assert ClassSession.objects.get(pk=session.pk).status == "cancelled"

    def test_who_booked_while_one_looked_is_shown_first(
        self, client, owner, session, now
    ):
        address = f"/admin/bookings/room/do/off/?ids={session.room_id}"
        _, seen = self.page(client, owner, address)
        book_session(session_id=session.pk, member_id=MemberFactory().pk, now=now)
        answer = client.post(address, {"seen": seen, "reason": "Flood"})
        assert answer.status_code == 422
        session.room.refresh_from_db()
        assert session.room.is_active

    @pytest.mark.parametrize(
        ("model", "field"),
        [("room", "room"), ("trainer", "trainer"), ("gymclass", "gym_class")],
    )
    def test_an_edit_form_ends_nothing(self, client, owner, session, model, field):
        """Seen to switch off without a word, with the sessions ahead still on sale."""
        client.force_login(owner)
        row = getattr(session, field)
        address = f"/admin/bookings/{model}/{row.pk}/change/"
        form = client.get(address).content.decode()
        assert 'name="is_active"' not in form
        assert 'name="status"' not in form

    def test_a_new_class_chooses_of_what_is_in_use(self, client, owner, session, why):
        switch_room(room_id=session.room_id, on=False, **why)
        client.force_login(owner)
        page = client.get(f"/admin/bookings/gymclass/{session.gym_class_id}/change/")
        form = page.context["adminform"].form
        assert session.room in form.fields["room"].queryset
        added = client.get("/admin/bookings/gymclass/add/").context["adminform"].form
        assert session.room not in added.fields["room"].queryset
        odd = client.get("/admin/bookings/gymclass/x/change/", follow=True)
        assert odd.status_code == 200
