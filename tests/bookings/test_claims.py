"""A place and a turn are claimed in one statement, which looks again at each thing that
was judged, by itself."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F

from bookings import errors
from bookings.models import Booking, ClassSession, WaitlistEntry
from bookings.operations import bookings, waitlist
from bookings.operations.bookings import book_session
from bookings.operations.waitlist import enter_line, join_waitlist
from gymsite.core.errors import Busy, DomainError
from gymsite.core.models import Event, User
from memberships.errors import AllowanceUsedUp
from memberships.models import Allowance, Membership
from tests.asserts import assert_all_holds
from tests.factories import (
    AllowanceFactory,
    MemberFactory,
    MembershipFactory,
    PlanFactory,
    SessionFactory,
    UserFactory,
)
from tests.race import after

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def limited(**more):
    """A member with eight classes a month."""
    member = UserFactory()
    MembershipFactory(member=member, plan=PlanFactory(per_period=True), **more)
    return member


@pytest.fixture(params=[book_session, join_waitlist])
def claim(request):
    """Both ways to claim something: a place in a session that has one, a turn in the
    line of one that is full."""
    return request.param


def session_for(claim, now):
    session = SessionFactory(gym_class__capacity=1)
    if claim is join_waitlist:
        book_session(session_id=session.pk, member_id=MemberFactory().pk, now=now)
    return session


def meanwhile(monkeypatch, change):
    """Once, between judging and claiming."""
    changes = iter([change])
    for operations in (bookings, waitlist):
        after(
            monkeypatch, operations, "read_facts", lambda: next(changes, lambda: None)()
        )


def close(session, member):
    User.objects.filter(pk=member.pk).update(is_active=False)


def freeze(session, member):
    Membership.objects.filter(member=member).update(status="frozen")


def end_the_day_before(session, member):
    Membership.objects.filter(member=member).update(ends_on=session.session_date - DAY)


def begin_the_day_after(session, member):
    Membership.objects.filter(member=member).update(
        starts_on=session.session_date + DAY
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (close, "account_closed"),
        (freeze, "membership_frozen"),
        (end_the_day_before, "membership_dates"),
        (begin_the_day_after, "membership_dates"),
    ],
)
def test_each_thing_that_changed_meanwhile_is_seen_and_nothing_is_charged(
    claim, change, code, now, monkeypatch
):
    session, member = session_for(claim, now), limited()
    meanwhile(monkeypatch, lambda: change(session, member))
    with pytest.raises(DomainError) as refused:
        claim(session_id=session.pk, member_id=member.pk, now=now)
    assert refused.value.code == code
    assert not Booking.objects.filter(member=member).exists()
    assert not WaitlistEntry.objects.exists()
    assert set(Allowance.objects.values_list("used", flat=True)) <= {0}
    assert not Event.objects.filter(member=member).exists()


def test_the_last_class_that_was_used_meanwhile_is_not_used_again(
    claim, now, monkeypatch
):
    session, member = session_for(claim, now), UserFactory()
    membership = MembershipFactory(
        member=member, plan=PlanFactory(per_period=True, classes=1)
    )
    AllowanceFactory(membership=membership, granted=1)
    meanwhile(monkeypatch, lambda: Allowance.objects.update(used=1))
    with pytest.raises(AllowanceUsedUp), transaction.atomic():
        claim(session_id=session.pk, member_id=member.pk, now=now)
    assert not Booking.objects.filter(member=member).exists()
    assert not WaitlistEntry.objects.exists()


def test_who_was_booked_elsewhere_meanwhile_hears_by_which_class(now, monkeypatch):
    """The constraint alone would refuse it too, without its name."""
    session, elsewhere, member = (
        session_for(book_session, now),
        SessionFactory(gym_class__name="Spinning"),
        limited(),
    )

    def book_elsewhere():
        book_session(session_id=elsewhere.pk, member_id=member.pk, now=now)

    meanwhile(monkeypatch, book_elsewhere)
    with pytest.raises(errors.OverlappingBooking, match="Spinning"):
        book_session(session_id=session.pk, member_id=member.pk, now=now)
    assert Booking.objects.get().session == elsewhere
    assert Allowance.objects.get().used == 1


@pytest.mark.parametrize("tries", [2, 3])
def test_what_changes_again_and_again_is_judged_three_times(
    claim, tries, now, monkeypatch
):
    """A session that is moved each time between judging and claiming."""
    session, member = session_for(claim, now), limited()
    left = iter(range(tries))

    def move():
        if next(left, None) is not None:
            hour = timedelta(hours=1)
            ClassSession.objects.filter(pk=session.pk).update(
                starts_at=F("starts_at") + hour, ends_at=F("ends_at") + hour
            )

    for operations in (bookings, waitlist):
        after(monkeypatch, operations, "read_facts", move)
    claimed = {"session_id": session.pk, "member_id": member.pk, "now": now}
    if tries < 3:
        assert claim(**claimed).starts_at == ClassSession.objects.get().starts_at
        return
    with pytest.raises(Busy):
        claim(**claimed)
    assert not Booking.objects.filter(member=member).exists()
    assert not WaitlistEntry.objects.exists()


def test_a_membership_reaches_its_first_and_its_last_day(claim, now):
    session = session_for(claim, now)
    member = limited(starts_on=session.session_date, ends_on=session.session_date)
    claim(session_id=session.pk, member_id=member.pk, now=now)
    assert Allowance.objects.get().used == 1
    assert_all_holds()


def test_what_is_claimed_is_charged_to_nobody_else_and_recorded_once(claim, now):
    session, other, member = session_for(claim, now), AllowanceFactory(), limited()
    claimed = claim(session_id=session.pk, member_id=member.pk, now=now)
    used = dict(Allowance.objects.values_list("membership__member", "used"))
    assert used == {other.membership.member_id: 0, member.pk: 1}
    (event,) = Event.objects.filter(member=member)
    assert event.kind == ("booked" if claim is book_session else "joined_waitlist")
    assert (event.at, event.subject_id, event.actor_id) == (now, claimed.pk, member.pk)
    assert_all_holds()


def test_who_acts_for_somebody_is_recorded(claim, now):
    session, member, desk = (
        session_for(claim, now),
        limited(),
        UserFactory(role="front_desk"),
    )
    claim(session_id=session.pk, member_id=member.pk, actor_id=desk.pk, now=now)
    assert Event.objects.get(member=member).actor_id == desk.pk


def test_what_is_answered_is_what_was_written(claim, now):
    session, member = session_for(claim, now), limited()
    said = claim(session_id=session.pk, member_id=member.pk, now=now)
    stored = type(said).objects.get(pk=said.pk)
    defaults = ("cancel_reason", "version")  # the database's own
    names = [
        field.attname for field in said._meta.fields if field.attname not in defaults
    ]
    assert {name: getattr(said, name) for name in names} == {
        name: getattr(stored, name) for name in names
    }


def test_whoever_joins_hears_how_long_the_line_is_by_then(now):
    session = session_for(join_waitlist, now)
    for length in (1, 2):
        entry, said = enter_line(
            session_id=session.pk, member_id=MemberFactory().pk, now=now
        )
        assert (entry.position, said) == (length, length)
    WaitlistEntry.objects.filter(position=1).update(status="left", ended_at=now)
    entry, said = enter_line(
        session_id=session.pk, member_id=MemberFactory().pk, now=now
    )
    assert (entry.position, said) == (
        3,
        2,
    )  # the third to join, and the second of those who wait


def test_no_turn_is_taken_in_the_line_of_another_session(now):
    """Two sessions are full; one gets a turn, the other none."""
    session, other = session_for(join_waitlist, now), session_for(join_waitlist, now)
    entry = join_waitlist(session_id=session.pk, member_id=limited().pk, now=now)
    assert (entry.session_id, WaitlistEntry.objects.count()) == (session.pk, 1)
    other.refresh_from_db()
    assert other.waitlist_length == 0
