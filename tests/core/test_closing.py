"""A closed account, what becomes of what it held, and opening it again."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from bookings.operations.bookings import book_session
from bookings.operations.closed_accounts import release_member
from catalog.models import Rental
from catalog.operations.closing import end_of_account as cancel_rentals
from catalog.operations.rentals import Wish, hand_out, rent, return_rental
from gymsite.core.batches import Unfinished
from gymsite.core.models import Event, Notification, User
from gymsite.core.operations.users import deactivate_user, reopen_user
from gymsite.notifications import outbox
from gymsite.payments.models import Payment
from memberships.models import Membership
from memberships.operations.closing import end_of_account as end_memberships
from memberships.operations.memberships import enroll
from tests.asserts import assert_all_holds
from tests.factories import (
    MemberFactory,
    PlanFactory,
    RentalUnitFactory,
    SessionFactory,
    UserFactory,
)
from tests.stuck import stuck

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return UserFactory()


@pytest.fixture
def manager():
    return UserFactory(role="manager")


def rented(member, now, *, days_ahead=0, gateway="card"):
    unit = RentalUnitFactory(kind__deposit_minor=1000)
    day = now.astimezone(unit.branch.zone).date() + timedelta(days=days_ahead)
    wish = Wish(unit.kind_id, unit.branch_id, member.pk, day, day)
    return rent(wish=wish, gateway=gateway, now=now)


def close(member, manager, now):
    """Close the account and do everything that its event starts."""
    deactivate_user(user_id=member.pk, actor_id=manager.pk, reason="Moved", now=now)
    who = {"member_id": member.pk, "actor_id": manager.pk, "now": now}
    for job in (release_member, end_memberships, cancel_rentals):
        job(**who)


def test_closing_sets_off_what_ends_all_of_it(member, manager, now):
    deactivate_user(user_id=member.pk, actor_id=manager.pk, reason="Moved", now=now)
    outbox.drain(now=now)
    names = set(ProcrastinateJob.objects.values_list("task_name", flat=True))
    assert names >= {
        "bookings.release_member",
        "memberships.end_of_account",
        "catalog.end_of_account",
    }


def test_memberships_end_and_nobody_asks_for_their_price_any_more(member, manager, now):
    joined = enroll(
        member_id=member.pk, plan_id=PlanFactory().pk, actor_id=manager.pk, now=now
    )
    pack = enroll(
        member_id=member.pk,
        plan_id=PlanFactory(pack=True).pk,
        actor_id=manager.pk,
        now=now,
    )
    close(member, manager, now)
    for held in (joined, pack):
        held.refresh_from_db()
        assert held.status == "ended"
    assert set(Payment.objects.values_list("status", flat=True)) == {"failed"}
    assert Event.objects.filter(kind="payment_dropped").count() == 2
    assert_all_holds()


def test_what_is_booked_to_rent_is_paid_back_and_what_is_out_stays(
    member, manager, now
):
    ahead, at_desk, out, late = (
        rented(member, now, days_ahead=days, gateway=way)
        for days, way in ((3, "card"), (3, "desk"), (0, "card"), (0, "card"))
    )
    for rental in (out, late):
        hand_out(rental_id=rental.pk, actor_id=manager.pk, now=now)
    back_at = now + timedelta(days=4)
    return_rental(rental_id=late.pk, actor_id=manager.pk, now=back_at)
    close(member, manager, back_at)
    assert {one.pk: one.status for one in Rental.objects.all()} == {
        ahead.pk: "cancelled",
        at_desk.pk: "cancelled",
        out.pk: "out",
        late.pk: "returned",
    }
    states = {
        one.pk: one.payment.status for one in Rental.objects.select_related("payment")
    }
    assert (states[ahead.pk], states[at_desk.pk]) == ("refunded", "failed")
    assert Rental.objects.get(pk=late.pk).late_payment.status == "pending"  # stays owed
    outbox.drain(now=timezone.now() + timedelta(days=5))
    titles = Notification.objects.filter(user=member).values_list("title", flat=True)
    assert sum("is cancelled" in title for title in titles) == 2
    assert "Your account is closed" in titles
    assert_all_holds()


def test_each_job_is_safe_to_run_again(member, manager, now):
    rented(member, now)
    enroll(member_id=member.pk, plan_id=PlanFactory().pk, actor_id=manager.pk, now=now)
    close(member, manager, now)
    who = {"member_id": member.pk, "actor_id": manager.pk, "now": now}
    done = [job(**who) for job in (release_member, end_memberships, cancel_rentals)]
    assert done == [0, 0, 0]


def test_what_others_pay_and_hold_stays_theirs(member, manager, now):
    other = UserFactory()
    for one in (other, member):
        enroll(member_id=one.pk, plan_id=PlanFactory().pk, actor_id=manager.pk, now=now)
        rented(one, now, gateway="desk")
    close(member, manager, now)
    theirs = Payment.objects.filter(member=other).values_list("status", flat=True)
    assert (set(theirs), len(theirs)) == ({"pending"}, 2)
    assert Membership.objects.get(member=other).status == "active"
    assert Rental.objects.get(member=other).status == "booked"


@pytest.mark.parametrize(
    ("job", "table", "said"),
    [
        (end_memberships, "memberships_membership", "2 rows of member"),
        (cancel_rentals, "catalog_rental", "1 rentals of member"),
    ],
)
def test_what_could_not_be_ended_is_said_after_all_the_rest(
    member, manager, now, job, table, said
):
    """One membership and the payment of the other one are stuck."""
    joined, pack = (
        enroll(member_id=member.pk, plan_id=plan.pk, actor_id=manager.pk, now=now)
        for plan in (PlanFactory(), PlanFactory(pack=True))
    )
    rental = rented(member, now, gateway="desk")
    deactivate_user(user_id=member.pk, actor_id=manager.pk, reason="Moved", now=now)
    bad = {"memberships_membership": joined.pk, "catalog_rental": rental.pk}[table]
    payment = pack.periods.get().payment_id
    asked = {"member_id": member.pk, "actor_id": manager.pk, "now": now}
    with (
        stuck(table, id=bad),
        stuck("payments_payment", id=payment),
        pytest.raises(Unfinished, match=said),
    ):
        job(**asked)
    if job is end_memberships:
        pack.refresh_from_db()
        assert pack.status == "ended"
        assert joined.periods.get().payment.status == "failed"
    # tried again, when its time has come
    assert job(**asked | {"now": now + timedelta(minutes=2)}) == 1
    assert_all_holds()


def test_open_again_it_logs_in_and_books_and_a_late_job_takes_nothing(
    manager, now, client
):
    member, session = MemberFactory(), SessionFactory()
    deactivate_user(user_id=member.pk, actor_id=manager.pk, reason="Slip", now=now)
    for _ in range(2):
        reopen_user(user_id=member.pk, actor_id=manager.pk, reason="Slip", now=now)
    member.refresh_from_db()
    assert member.is_active
    assert Event.objects.get(kind="reactivated").data == {"reason": "Slip"}
    rental = rented(member, now)
    booking = book_session(session_id=session.pk, member_id=member.pk, now=now)
    who = {"member_id": member.pk, "actor_id": manager.pk, "now": now}
    for job in (release_member, end_memberships, cancel_rentals):
        assert job(**who) == 0
    booking.refresh_from_db()
    rental.refresh_from_db()
    assert (booking.status, rental.status) == ("booked", "booked")
    assert Membership.objects.get(member=member).status == "active"
    outbox.drain(now=timezone.now())
    assert Notification.objects.filter(kind="reactivated", user=member).count() == 1


class TestInTheAdmin:
    def test_the_page_counts_what_hangs_on_the_account(self, client, manager, now):
        client.force_login(manager)
        member = MemberFactory()
        book_session(session_id=SessionFactory().pk, member_id=member.pk, now=now)
        rented(member, now)
        page = client.get(
            f"/admin/core/user/do/deactivate/?ids={member.pk}"
        ).content.decode()
        facts = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", page))
        assert facts["Bookings ahead"].startswith("1: cancelled")
        assert facts["Memberships"] == "1: end today"
        assert facts["Rentals booked"].startswith("1: cancelled")
        assert facts["Rentals handed out"] == "none"

    def test_what_was_booked_while_one_looked_is_shown_first(
        self, client, manager, now
    ):
        client.force_login(manager)
        member = MemberFactory()
        page = f"/admin/core/user/do/deactivate/?ids={member.pk}"
        shown = client.get(page).content.decode()
        seen = re.search(r'name="seen" value="(\w+)"', shown)[1]
        book_session(session_id=SessionFactory().pk, member_id=member.pk, now=now)
        answer = client.post(page, {"seen": seen, "reason": "Asked for it"})
        assert answer.status_code == 422
        assert 'value="Asked for it"' in answer.content.decode()
        assert User.objects.get(pk=member.pk).is_active

    @pytest.mark.parametrize(
        ("role", "whom", "opens"),
        [
            ("front_desk", "member", True),
            ("front_desk", "front_desk", False),
            ("manager", "front_desk", True),
        ],
    )
    def test_the_front_desk_opens_it_again(self, client, role, whom, opens):
        desk, closed = UserFactory(role=role), UserFactory(role=whom, is_active=False)
        client.force_login(desk)
        page = f"/admin/core/user/do/reopen/?ids={closed.pk}"
        shown = client.get(page).content.decode()
        seen = re.search(r'name="seen" value="(\w+)"', shown)[1]
        client.post(page, {"seen": seen, "reason": "Came back"})
        assert User.objects.get(pk=closed.pk).is_active is opens
