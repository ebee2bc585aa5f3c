"""Moving up: who pays, who is passed over and why, and what happens to a turn that
nobody takes."""

from datetime import timedelta

import pytest
from django.db import transaction

from bookings import errors
from bookings.models import Booking, WaitlistEntry
from bookings.operations import _places
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.sessions import change_capacity
from bookings.operations.waitlist import join_waitlist
from gymsite.core.models import Event
from gymsite.core.operations.users import deactivate_user
from memberships.errors import AllowanceUsedUp
from memberships.models import Allowance, Membership
from memberships.operations.memberships import end_membership
from tests.asserts import assert_all_holds
from tests.factories import (
    AllowanceFactory,
    MemberFactory,
    MembershipFactory,
    PlanFactory,
    SessionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def full(now):
    """A session of one place and its booking."""
    session = SessionFactory(gym_class__capacity=1)
    return session, book_session(
        session_id=session.pk, member_id=MemberFactory().pk, now=now
    )


def limited(classes=1):
    member = UserFactory()
    return member, MembershipFactory(
        member=member, plan=PlanFactory(per_period=True, classes=classes)
    )


def free(booking, at):
    return cancel_booking(booking_id=booking.pk, actor_id=booking.member_id, now=at)


def test_who_waits_takes_a_freed_place_with_the_class_that_was_reserved(full, now):
    """Too late for promotion the place is open to all; whoever waits has reserved their
    only class for just this."""
    session, booking = full
    member, _ = limited(classes=1)
    join_waitlist(session_id=session.pk, member_id=member.pk, now=now)
    late = session.starts_at - timedelta(hours=13)
    free(booking, late)
    taken = book_session(session_id=session.pk, member_id=member.pk, now=late)
    entry = WaitlistEntry.objects.get()
    assert (entry.status, entry.booking_id) == ("promoted", taken.pk)
    assert Allowance.objects.get().used == 1
    assert taken.free_until == session.starts_at - timedelta(hours=12)
    session.refresh_from_db()
    assert (session.booked_count, session.waitlist_length) == (1, 0)
    assert list(
        Event.objects.filter(subject="booking", subject_id=taken.pk).values_list(
            "kind", flat=True
        )
    ) == ["booked"]
    assert_all_holds()


def test_who_books_takes_their_own_turn_and_nobody_elses(full, now):
    session, booking = full
    first, second = MemberFactory(), MemberFactory()
    for member in (first, second):
        join_waitlist(session_id=session.pk, member_id=member.pk, now=now)
    late = session.starts_at - timedelta(hours=13)
    free(booking, late)
    book_session(session_id=session.pk, member_id=second.pk, now=late)
    assert dict(WaitlistEntry.objects.values_list("member_id", "status")) == {
        first.pk: "waiting",
        second.pk: "promoted",
    }


def test_a_class_that_was_never_used_is_not_given_back_whoever_moves_up(full, now):
    """A count that is wrong is a defect: it is not taken for the turn's own limit, and
    nobody is passed over."""
    session, _ = full
    member, _ = limited()
    leaver, _ = limited()
    change_capacity(session_id=session.pk, capacity=2, actor_id=member.pk, now=now)
    booking = book_session(session_id=session.pk, member_id=leaver.pk, now=now)
    join_waitlist(session_id=session.pk, member_id=member.pk, now=now)
    Allowance.objects.filter(pk=booking.allowance_id).update(used=0)
    with pytest.raises(AllowanceUsedUp), transaction.atomic():
        free(booking, now)
    assert WaitlistEntry.objects.get().status == "waiting"


def test_who_waits_is_still_told_that_the_session_is_full(full, now):
    session, _ = full
    member, _ = limited()
    join_waitlist(session_id=session.pk, member_id=member.pk, now=now)
    with pytest.raises(errors.SessionFull):
        book_session(session_id=session.pk, member_id=member.pk, now=now)
    assert WaitlistEntry.objects.get().status == "waiting"


def test_a_turn_reserved_on_an_ended_membership_is_paid_by_the_one_that_stands(
    full, now
):
    session, booking = full
    member, old = limited(classes=3)
    join_waitlist(session_id=session.pk, member_id=member.pk, now=now)
    end_membership(membership_id=old.pk, actor_id=member.pk, now=now)
    new = MembershipFactory(member=member, plan=PlanFactory(per_period=True, classes=5))
    free(booking, now)
    moved_up = Booking.objects.get(member=member)
    assert moved_up.membership_id == new.pk
    assert dict(Allowance.objects.values_list("membership_id", "used")) == {
        old.pk: 0,
        new.pk: 1,
    }
    assert_all_holds()


def test_a_turn_is_passed_over_when_nothing_pays_any_more(full, now):
    session, booking = full
    member, membership = limited()
    join_waitlist(session_id=session.pk, member_id=member.pk, now=now)
    end_membership(membership_id=membership.pk, actor_id=member.pk, now=now)
    free(booking, now)
    entry = WaitlistEntry.objects.get()
    assert (entry.status, entry.booking_id, Allowance.objects.get().used) == (
        "passed_over",
        None,
        0,
    )
    assert Event.objects.get(kind="passed_over").data["why"] == "membership_required"
    assert_all_holds()


def test_the_next_in_line_moves_up_when_the_first_cannot(full, now):
    session, booking = full
    first, second = MemberFactory(), MemberFactory()
    for member in (first, second):
        join_waitlist(session_id=session.pk, member_id=member.pk, now=now)
    deactivate_user(user_id=first.pk, actor_id=None, reason="", now=now)
    free(booking, now)
    assert Booking.objects.get(status="booked").member_id == second.pk
    assert list(
        WaitlistEntry.objects.order_by("position").values_list("status", flat=True)
    ) == [
        "passed_over",
        "promoted",
    ]
    assert Event.objects.get(kind="passed_over").data["why"] == "account_closed"


def test_new_places_go_to_as_many_as_there_are(full, now):
    session, _ = full
    waiting = [MemberFactory() for _ in range(4)]
    for member in waiting:
        join_waitlist(session_id=session.pk, member_id=member.pk, now=now)
    raised = change_capacity(
        session_id=session.pk, capacity=3, actor_id=waiting[0].pk, now=now
    )
    assert (raised.booked_count, raised.waitlist_length, raised.capacity) == (3, 2, 3)
    assert set(
        Booking.objects.filter(source="waitlist").values_list("member_id", flat=True)
    ) == {
        waiting[0].pk,
        waiting[1].pk,
    }
    assert_all_holds()


@pytest.mark.parametrize(
    ("before_start", "kind"),
    [
        (timedelta(hours=14), "promoted"),
        (timedelta(hours=14, seconds=-1), "place_freed"),
    ],
)
def test_promotion_ends_two_hours_before_the_cutoff(full, now, before_start, kind):
    session, booking = full
    join_waitlist(session_id=session.pk, member_id=MemberFactory().pk, now=now)
    free(booking, session.starts_at - before_start)
    assert Event.objects.order_by("id").last().kind == kind


def test_a_promoted_member_leaves_free_for_half_an_hour_even_past_the_cutoff(full, now):
    session, booking = full
    member, _ = limited()
    join_waitlist(session_id=session.pk, member_id=member.pk, now=now)
    policy = booking.policy
    type(policy).objects.create(
        created_at=now, cutoff_minutes=720, promotion_margin_minutes=10
    )
    at = session.starts_at - timedelta(minutes=730)
    free(booking, at)
    moved_up = Booking.objects.get(member=member)
    assert moved_up.free_until == at + timedelta(minutes=30)
    ended = cancel_booking(
        booking_id=moved_up.pk,
        member_id=member.pk,
        actor_id=member.pk,
        now=moved_up.free_until,
    )
    assert (ended.status, Allowance.objects.get().used) == ("cancelled", 0)


def test_a_membership_that_ends_between_judging_and_claiming_books_nothing(
    now, monkeypatch
):
    """The rival comes in just after the facts were read; the claim looks again and the
    second judgement says why."""
    session, member = SessionFactory(), UserFactory()
    membership = MembershipFactory(member=member)
    claim = _places.claim

    def after_a_rival(*args, **kwargs):
        end_membership(membership_id=membership.pk, actor_id=member.pk, now=now)
        monkeypatch.setattr(_places, "claim", claim)
        return claim(*args, **kwargs)

    monkeypatch.setattr(_places, "claim", after_a_rival)
    with pytest.raises(errors.MembershipRequired):
        book_session(session_id=session.pk, member_id=member.pk, now=now)
    assert not Booking.objects.exists()


def test_an_account_closed_between_judging_and_claiming_books_nothing(now, monkeypatch):
    session, member = SessionFactory(), MemberFactory()
    claim = _places.claim

    def after_a_rival(*args, **kwargs):
        deactivate_user(user_id=member.pk, actor_id=None, reason="", now=now)
        return claim(*args, **kwargs)

    monkeypatch.setattr(_places, "claim", after_a_rival)
    with pytest.raises(errors.AccountClosed):
        book_session(session_id=session.pk, member_id=member.pk, now=now)
    assert not Booking.objects.exists()


def test_a_pack_without_its_allowance_is_counted_over_its_whole_life(now):
    """A pack entered by hand has no allowance yet: booking makes one for the pack, not
    one for each month."""
    member, session = UserFactory(), SessionFactory()
    pack = MembershipFactory(member=member, plan=PlanFactory(pack=True))
    book_session(session_id=session.pk, member_id=member.pk, now=now)
    allowance = Allowance.objects.get()
    assert (allowance.starts_on, allowance.ends_on, allowance.used) == (
        pack.starts_on,
        pack.ends_on,
        1,
    )


def test_packs_are_used_in_the_order_in_which_they_end(now):
    member, session = UserFactory(), SessionFactory()
    plan = PlanFactory(pack=True)
    today = now.date()
    late = MembershipFactory(
        member=member, plan=plan, starts_on=today, ends_on=today + timedelta(days=80)
    )
    soon = MembershipFactory(
        member=member, plan=plan, starts_on=today, ends_on=today + timedelta(days=8)
    )
    over = MembershipFactory(
        member=member,
        plan=plan,
        starts_on=today - timedelta(days=9),
        ends_on=today - timedelta(days=1),
    )
    for pack in (late, soon, over):
        AllowanceFactory(membership=pack)
    booking = book_session(session_id=session.pk, member_id=member.pk, now=now)
    assert booking.membership_id == soon.pk
    assert Membership.objects.get(pk=booking.membership_id).ends_on == soon.ends_on


def test_a_turn_that_is_dropped_for_a_promotion_at_its_time_gives_its_class_back(
    full, now
):
    session, booking = full
    other = SessionFactory(gym_class__capacity=1)
    book_session(session_id=other.pk, member_id=MemberFactory().pk, now=now)
    member, _ = limited(classes=2)
    for waited_for in (session, other):
        join_waitlist(session_id=waited_for.pk, member_id=member.pk, now=now)
    assert Allowance.objects.get().used == 2
    free(booking, now)
    assert dict(WaitlistEntry.objects.values_list("session_id", "status")) == {
        session.pk: "promoted",
        other.pk: "closed",
    }
    assert Allowance.objects.get().used == 1
    assert_all_holds()


def test_a_promotion_says_from_which_position(full, now):
    session, booking = full
    for _ in range(2):
        join_waitlist(session_id=session.pk, member_id=MemberFactory().pk, now=now)
    change_capacity(
        session_id=session.pk, capacity=3, actor_id=booking.member_id, now=now
    )
    said = (
        Event.objects.filter(kind="promoted")
        .order_by("id")
        .values_list("data__position", flat=True)
    )
    assert list(said) == [1, 2]


def test_a_place_that_comes_free_after_the_start_is_offered_to_nobody(full, now):
    session, booking = full
    join_waitlist(session_id=session.pk, member_id=MemberFactory().pk, now=now)
    free(booking, session.starts_at)
    # until the job closes the line
    assert WaitlistEntry.objects.get().status == "waiting"
    assert not Event.objects.filter(
        kind__in=["place_freed", "promoted", "passed_over"]
    ).exists()


def test_ones_own_turn_taken_late_is_as_late_to_cancel_as_any_booking(full, now):
    """Who is promoted has half an hour to say no; who books just now ten minutes."""
    session, booking = full
    member, _ = limited()
    join_waitlist(session_id=session.pk, member_id=member.pk, now=now)
    late = session.starts_at - timedelta(hours=1)
    free(booking, late)
    taken = book_session(session_id=session.pk, member_id=member.pk, now=late)
    assert taken.free_until == late + timedelta(minutes=10)


@pytest.mark.parametrize("by_desk", [True, False])
def test_who_acted_is_recorded_of_a_booking_and_of_a_turn(full, now, by_desk):
    session, _ = full
    member, desk = MemberFactory(), UserFactory(role="front_desk")
    other = SessionFactory(session_date=now.date() + timedelta(days=3))
    actor = {"actor_id": desk.pk} if by_desk else {}
    book_session(session_id=other.pk, member_id=member.pk, now=now, **actor)
    join_waitlist(session_id=session.pk, member_id=member.pk, now=now, **actor)
    said = (
        Event.objects.filter(member=member)
        .order_by("id")
        .values_list("kind", "actor_id")
    )
    assert list(said) == [
        (kind, desk.pk if by_desk else member.pk)
        for kind in ("booked", "joined_waitlist")
    ]
