"""What staff do to sessions, bookings and members in the admin, through the same
operations as everybody."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from bookings.models import (
    Booking,
    BookingPolicy,
    CheckIn,
    ClassSession,
    GymClass,
    WaitlistEntry,
)
from bookings.operations.bookings import book_session
from bookings.operations.waitlist import join_waitlist
from bookings.queries.staff import made_ahead
from gymsite.core.models import Event, Notification
from gymsite.core.periods import day_name
from gymsite.notifications import outbox
from gymsite.payments.models import LedgerEntry, Payment
from memberships.models import Allowance, Membership
from tests.factories import (
    BranchFactory,
    GymClassFactory,
    MemberFactory,
    MembershipFactory,
    PlanFactory,
    RoomFactory,
    SessionFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def full(manager):
    """A session of one place, booked by a member with a limited plan, and one who
    waits."""
    session, holder, waiting = (
        SessionFactory(gym_class__capacity=1),
        UserFactory(),
        MemberFactory(),
    )
    MembershipFactory(member=holder, plan=PlanFactory(per_period=True))
    now = timezone.now()
    session.booking = book_session(session_id=session.pk, member_id=holder.pk, now=now)
    session.entry = join_waitlist(session_id=session.pk, member_id=waiting.pk, now=now)
    return session


def act(client, page, **data):
    """Open an act's page and confirm it as shown."""
    shown = client.get(page).content.decode()
    for name in ("seen", "nonce"):
        if found := re.search(rf'name="{name}" value="([\w-]+)"', shown):
            data.setdefault(name, found[1])
    return client.post(page, data, follow=True)


def test_the_preview_counts_before_anything_happens(client, full):
    shown = client.get(
        f"/admin/bookings/classsession/do/cancel/?ids={full.pk}"
    ).content.decode()
    facts = re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", shown)
    assert facts[:3] == [
        ("Booked, to be told", "1"),
        ("Waiting, to be told", "1"),
        ("Classes given back to limited plans", "1"),
    ]
    full.refresh_from_db()
    assert full.status == "scheduled"


def test_calling_a_session_off_tells_everybody(client, full, manager):
    answer = act(
        client,
        f"/admin/bookings/classsession/do/cancel/?ids={full.pk}",
        reason="The boiler broke.",
    )
    assert "is called off" in answer.content.decode()
    full.refresh_from_db()
    assert (full.status, full.cancel_reason, full.booked_count) == (
        "cancelled",
        "The boiler broke.",
        0,
    )
    assert Allowance.objects.get().used == 0
    outbox.drain(now=timezone.now())
    told = Notification.objects.filter(kind__in=("class_called_off", "waitlist_closed"))
    assert {notice.user_id for notice in told} == {
        full.booking.member_id,
        full.entry.member_id,
    }
    assert Event.objects.get(kind="session_cancelled").actor_id == manager.pk
    assert "The boiler broke." in LogEntry.objects.get().change_message


def test_a_reason_is_needed(client, full):
    answer = act(client, f"/admin/bookings/classsession/do/cancel/?ids={full.pk}")
    assert answer.status_code == 422
    full.refresh_from_db()
    assert full.status == "scheduled"


def test_who_confirms_what_has_changed_meanwhile_is_shown_it_again(client, full):
    page = f"/admin/bookings/classsession/do/cancel/?ids={full.pk}"
    seen = re.search(r'name="seen" value="(\w+)"', client.get(page).content.decode())[1]
    join_waitlist(session_id=full.pk, member_id=MemberFactory().pk, now=timezone.now())
    answer = client.post(page, {"reason": "The boiler broke.", "seen": seen})
    assert "This changed while you were looking" in answer.content.decode()
    full.refresh_from_db()
    assert full.status == "scheduled"
    fresh = re.search(r'name="seen" value="(\w+)"', answer.content.decode())[1]
    assert (
        client.post(page, {"reason": "The boiler broke.", "seen": fresh}).status_code
        == 302
    )


def test_a_doubled_click_cancels_once(client, full):
    page = f"/admin/bookings/classsession/do/cancel/?ids={full.pk}"
    seen = re.search(r'name="seen" value="(\w+)"', client.get(page).content.decode())[1]
    answers = [
        client.post(page, {"reason": "Twice.", "seen": seen}).status_code
        for _ in range(2)
    ]
    assert answers == [302, 422]
    assert Event.objects.filter(kind="session_cancelled").count() == 1


def test_several_sessions_are_called_off_and_a_refusal_stands_beside(client, manager):
    ahead, begun = (
        SessionFactory(),
        SessionFactory(session_date=timezone.now().date() - timedelta(days=3)),
    )
    page = f"/admin/bookings/classsession/do/cancel/?ids={ahead.pk},{begun.pk},999999,x"
    shown = act(client, page, reason="Storm").content.decode()
    assert "is called off" in shown and "has started" in shown
    assert set(ClassSession.objects.values_list("status", flat=True)) == {
        "cancelled",
        "scheduled",
    }


def test_the_list_leads_to_the_preview(client, full):
    chosen = {"action": "cancel", "_selected_action": [full.pk], "select_across": "1"}
    answer = client.post("/admin/bookings/classsession/", chosen)
    assert answer["Location"] == f"do/cancel/?ids={full.pk}"


def test_more_places_promote_the_first_in_line(client, full):
    act(client, f"/admin/bookings/classsession/do/capacity/?ids={full.pk}", capacity=2)
    full.refresh_from_db()
    assert (full.capacity, full.booked_count, full.waitlist_length) == (2, 2, 0)
    assert WaitlistEntry.objects.get().status == "promoted"


def test_too_few_places_are_refused_in_the_same_words(client, full):
    act(client, f"/admin/bookings/classsession/do/capacity/?ids={full.pk}", capacity=2)
    answer = act(
        client, f"/admin/bookings/classsession/do/capacity/?ids={full.pk}", capacity=1
    )
    assert answer.status_code == 422
    assert "2 places are taken, 1 would be too few." in answer.content.decode()


def test_a_substitute_teaches_unless_taken(client, manager):
    session, other = SessionFactory(), SessionFactory()
    page = f"/admin/bookings/classsession/do/substitute/?ids={session.pk}"
    assert (
        "teaches another session at that time"
        in act(client, page, trainer=other.trainer_id).content.decode()
    )
    free = TrainerFactory()
    act(client, page, trainer=free.pk)
    session.refresh_from_db()
    assert (session.trainer_id, session.substitute_for_id) == (
        free.pk,
        session.gym_class.trainer_id,
    )


def test_attendance_is_marked_and_taken_back(client, full, manager):
    page = "/admin/bookings/booking/do/{}/?ids={}"
    refused = act(client, page.format("noshow", full.booking.pk))
    assert (refused.status_code, Booking.objects.get(pk=full.booking.pk).status) == (
        422,
        "booked",
    )
    assert "Nobody has missed it before it starts" in refused.content.decode()
    with time_machine.travel(full.ends_at, tick=False):
        client.force_login(manager)
        for name, status in (
            ("attended", "attended"),
            ("noshow", "no_show"),
            ("booked", "booked"),
        ):
            act(client, page.format(name, full.booking.pk))
            assert Booking.objects.get(pk=full.booking.pk).status == status


def test_a_booking_is_cancelled_with_a_reason_and_the_next_moves_up(client, full):
    act(
        client,
        f"/admin/bookings/booking/do/cancel/?ids={full.booking.pk}",
        reason="Doctor's note",
    )
    ended = Booking.objects.get(pk=full.booking.pk)
    assert (ended.status, ended.cancel_reason) == ("cancelled", "Doctor's note")
    assert Booking.objects.get(status="booked").member_id == full.entry.member_id


def test_a_member_is_booked_in_and_a_refusal_shows_the_rules(client, full):
    member = MemberFactory()
    refused = act(client, f"/admin/core/user/do/book/?ids={member.pk}", session=full.pk)
    page = refused.content.decode()
    assert "All 1 places are taken." in page
    why = re.search(r'href="(/admin/bookings/classsession/why/[^"]+)"', page)[
        1
    ].replace("&amp;", "&")
    assert "This is the reason" in client.get(why).content.decode()
    free = SessionFactory()
    act(
        client, f"/admin/bookings/classsession/do/book/?ids={free.pk}", member=member.pk
    )
    booked = Booking.objects.get(session=free)
    assert (booked.member_id, booked.source) == (member.pk, "staff")


def test_why_marks_the_first_refusal_among_all(client, manager):
    session, member = SessionFactory(gym_class__capacity=1), UserFactory()
    book_session(
        session_id=session.pk, member_id=MemberFactory().pk, now=timezone.now()
    )
    page = client.get(
        f"/admin/bookings/classsession/why/?member={member.pk}&session={session.pk}"
    ).content.decode()
    lines = re.findall(r'<li class="gs-(\w+)">\s*<strong>([^<]+)', page)
    assert len(lines) == 9
    assert [rule for mark, rule in lines if mark == "first"] == ["Some membership"]
    assert [rule for mark, rule in lines if mark == "no"] == ["Place is free"]
    assert "You have no membership. Choose a plan or a class pack." in page
    assert "membership_required" in page


def test_the_desk_lets_a_member_in_once(client, manager):
    member = MemberFactory()
    page = f"/admin/core/user/do/checkin/?ids={member.pk}"
    nonce = re.search(
        r'name="nonce" value="([\w-]+)"', client.get(page).content.decode()
    )[1]
    for _ in range(2):
        act(client, page, branch=member.home_branch_id, nonce=nonce)
    assert CheckIn.objects.get().method == "desk"


DESK = "/admin/bookings/checkin/desk/"


def test_check_in_at_the_desk_checks_members_in(client, manager):
    assert f'href="{DESK}"' in client.get("/plans/").content.decode()
    member = MemberFactory(first_name="Ana")
    shown = client.get(DESK).content.decode()
    nonce = re.search(r'name="nonce" value="([\w-]+)"', shown)[1]
    typed = {"member": member.pk, "branch": manager.home_branch_id, "nonce": nonce}
    answers = [client.post(DESK, typed, follow=True).content.decode() for _ in range(2)]
    assert all("Ana" in answer and "is checked in" in answer for answer in answers)
    assert CheckIn.objects.get().method == "desk"
    refused = client.post(
        DESK, typed | {"member": UserFactory().pk, "nonce": str(uuid4())}
    )
    assert (
        refused.status_code == 422
        and "No membership or booking opens the door" in refused.content.decode()
    )
    assert client.post(DESK, {}).status_code in (200, 422)
    stranger = MemberFactory(home_branch=BranchFactory(slug="hillside"))
    assert (
        client.post(
            DESK, typed | {"member": stranger.pk, "nonce": str(uuid4())}
        ).status_code
        == 422
    )
    assert CheckIn.objects.count() == 1


@pytest.mark.parametrize(
    ("role", "status"), [("front_desk", 200), ("trainer", 302), ("member", 302)]
)
def test_only_staff_have_the_desk(client, role, status):
    client.force_login(UserFactory(role=role))
    assert client.get(DESK).status_code == status


def test_the_desk_sells_a_plan_and_takes_the_money_once(client, manager):
    member, plan = UserFactory(), PlanFactory()
    act(client, f"/admin/core/user/do/enroll/?ids={member.pk}", plan=plan.pk)
    payment = Payment.objects.get(member=member, status="pending")
    page = f"/admin/payments/payment/do/take/?ids={payment.pk}"
    for _ in range(2):
        act(client, page)
    assert LedgerEntry.objects.get().amount_minor == plan.price_minor
    again = act(client, f"/admin/core/user/do/enroll/?ids={member.pk}", plan=plan.pk)
    assert "You have a membership already." in again.content.decode()
    held = Membership.objects.get()
    act(
        client,
        f"/admin/memberships/membership/do/end/?ids={held.pk}",
        reason="Moves away",
    )
    held.refresh_from_db()
    assert held.status == "ended"
    assert Event.objects.get(kind="membership_ended").data["reason"] == "Moves away"


def test_closing_an_account_asks_why(client, manager):
    member = MemberFactory()
    act(
        client,
        f"/admin/core/user/do/deactivate/?ids={member.pk}",
        reason="Asked for it",
    )
    member.refresh_from_db()
    assert not member.is_active
    assert Event.objects.get(kind="deactivated").data == {"reason": "Asked for it"}


def test_a_pin_too_easy_is_refused_beside_its_field(client, manager):
    answer = act(
        client, f"/admin/core/user/do/pin/?ids={MemberFactory().pk}", pin="111111"
    )
    assert "too easy to guess" in answer.content.decode()


def test_a_new_policy_starts_from_the_current_one(client, manager):
    SessionFactory()
    BookingPolicy.objects.create(
        branch=manager.home_branch, created_at=timezone.now(), window_days=21
    )
    form = client.get("/admin/bookings/bookingpolicy/add/").content.decode()
    assert 'name="window_days" value="21"' in form
    data = dict.fromkeys(
        re.findall(r'name="(\w+_(?:days|minutes|bookings))"', form), 30
    )
    assert (
        client.post(
            "/admin/bookings/bookingpolicy/add/",
            data | {"branch": manager.home_branch_id},
        ).status_code
        == 302
    )
    assert (
        BookingPolicy.objects.order_by("-id").values_list("window_days", flat=True)[0]
        == 30
    )


def test_a_manager_writes_no_policy_for_other_branches(client, manager):
    form = client.get("/admin/bookings/bookingpolicy/add/").content.decode()
    data = dict.fromkeys(re.findall(r'name="(\w+_(?:days|minutes))"', form), 30)
    before = BookingPolicy.objects.count()
    for branch in ("", BranchFactory(slug="hill").pk):
        answer = client.post(
            "/admin/bookings/bookingpolicy/add/", data | {"branch": branch}
        )
        assert answer.status_code == 200
    assert BookingPolicy.objects.count() == before


def fields_of(client, page):
    """What the form of a page would send as it stands."""
    form = client.get(page).context["adminform"].form
    return {
        bound.html_name: "" if bound.value() is None else bound.value()
        for bound in form
    }


def test_a_stale_form_overwrites_nothing(client, manager):
    room = RoomFactory(name="Studio 1")
    page = f"/admin/bookings/room/{room.pk}/change/"
    mine = fields_of(client, page) | {"name": "Mine", "equipment": ""}
    type(room).objects.filter(pk=room.pk).update(name="Theirs")
    answer = client.post(page, mine)
    assert "Somebody changed this meanwhile" in answer.content.decode()
    assert 'value="Mine"' in answer.content.decode()
    room.refresh_from_db()
    assert room.name == "Theirs"
    mine["seen"] = fields_of(client, page)["seen"]
    assert client.post(page, mine).status_code == 302
    room.refresh_from_db()
    assert room.name == "Mine"


def test_a_constraint_becomes_an_error_of_the_form(client, manager):
    first = SessionFactory().gym_class
    data = fields_of(client, f"/admin/bookings/gymclass/{first.pk}/change/") | {
        "capacity": 0
    }
    answer = client.post(f"/admin/bookings/gymclass/{first.pk}/change/", data)
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert GymClass.objects.get(pk=first.pk).capacity == first.capacity


def test_a_class_with_sessions_keeps_its_slot(client, manager):
    taught = SessionFactory().gym_class
    page = f"/admin/bookings/gymclass/{taught.pk}/change/"
    assert not {"weekday", "starts_0", "starts", "minutes", "branch"} & set(
        fields_of(client, page)
    )
    client.post(
        page,
        fields_of(client, page) | {"minutes": 5, "starts": "03:00", "name": "Renamed"},
    )
    kept = GymClass.objects.get(pk=taught.pk)
    assert (kept.name, kept.minutes, kept.starts) == (
        "Renamed",
        taught.minutes,
        taught.starts,
    )


def test_a_class_says_which_sessions_a_change_reaches(client, manager):
    """Those that are made keep what they have: the form says how many and until when,
    before and after saving."""
    day = timezone.now().date() + timedelta(days=3)
    first = SessionFactory(session_date=day)
    taught = first.gym_class
    SessionFactory(gym_class=taught, session_date=day + timedelta(days=7))
    # over, and kept as it was
    SessionFactory(gym_class=taught, session_date=day - timedelta(days=7))
    page = f"/admin/bookings/gymclass/{taught.pk}/change/"
    last = day_name(day + timedelta(days=7))
    said = (
        f"2 sessions are made ahead, the last on {last}. They keep what they have; a "
        "change reaches those after it."
    )
    assert client.get(page).content.decode().count(said) == 3  # room, trainer, places
    renamed = client.post(
        page, fields_of(client, page) | {"name": "Renamed"}, follow=True
    )
    assert said not in renamed.content.decode()
    # saving made those that were missing
    count, last = made_ahead(taught.pk, timezone.now())
    said = (
        f"{count} sessions are made ahead, the last on {day_name(last)}. They keep "
        "what they have"
    )
    smaller = client.post(
        page, fields_of(client, page) | {"capacity": taught.capacity - 1}, follow=True
    )
    assert said in smaller.content.decode()
    assert (
        f"/admin/bookings/classsession/?gym_class__id__exact={taught.pk}"
        in smaller.content.decode()
    )
    first.refresh_from_db()
    assert first.capacity == taught.capacity


def test_a_class_without_sessions_has_nothing_to_say(client, manager):
    taught = GymClassFactory(branch=manager.home_branch)
    assert (
        "made ahead"
        not in client.get(
            f"/admin/bookings/gymclass/{taught.pk}/change/"
        ).content.decode()
    )


def test_a_rivals_row_becomes_an_error_of_the_form(client, manager, monkeypatch):
    """What only the database sees, since the rival came between the form's check and
    the write."""
    UserFactory(email="taken@example.com")
    monkeypatch.setattr(
        "gymsite.core.models.User.validate_constraints", lambda self, exclude=None: None
    )
    data = {
        "first_name": "Ada",
        "last_name": "L",
        "email": "TAKEN@example.com",
        "username": "ada",
        "phone": "",
    }
    answer = client.post(
        "/admin/core/user/add/", data | {"home_branch": manager.home_branch_id}
    )
    assert "Somebody has an account with this e-mail address" in answer.content.decode()
    assert 'value="ada"' in answer.content.decode()


def test_a_member_is_made_at_the_desk(client, manager):
    data = {
        "first_name": "Ada",
        "last_name": "L",
        "email": "ada@example.com",
        "username": "ada",
        "phone": "",
    }
    assert (
        client.post(
            "/admin/core/user/add/", data | {"home_branch": manager.home_branch_id}
        ).status_code
        == 302
    )
    event = Event.objects.get(kind="registered")
    assert event.actor_id == manager.pk
    assert event.member.email == "ada@example.com"


def test_the_history_tells_who_did_what(client, full, manager):
    act(
        client,
        f"/admin/bookings/booking/do/cancel/?ids={full.booking.pk}",
        reason="Doctor's note",
    )
    for page in (
        f"bookings/classsession/{full.pk}",
        f"bookings/booking/{full.booking.pk}",
        f"core/user/{full.booking.member_id}",
    ):
        told = client.get(f"/admin/{page}/history/").content.decode()
        assert "Doctor&#x27;s note" in told
        assert str(manager) in told


def test_two_bookings_that_change_places_meanwhile_are_shown_anew(client, manager):
    """Their numbers by state stay the same; what each of them was shown as does not."""
    session = SessionFactory()
    first, second = (
        book_session(
            session_id=session.pk, member_id=MemberFactory().pk, now=timezone.now()
        )
        for _ in range(2)
    )
    marked = Booking.objects.filter(pk=first.pk)
    marked.update(status="attended", attended_at=session.starts_at)
    page = f"/admin/bookings/booking/do/booked/?ids={first.pk},{second.pk}"
    seen = re.search(r'name="seen" value="(\w+)"', client.get(page).content.decode())[1]
    marked.update(status="booked", attended_at=None)
    Booking.objects.filter(pk=second.pk).update(
        status="attended", attended_at=session.starts_at
    )
    answer = client.post(page, {"seen": seen})
    assert answer.status_code == 422
    assert "This changed while you were looking" in answer.content.decode()
    assert Booking.objects.get(pk=second.pk).status == "attended"
