"""A closed account is opened again while the jobs still give back what it held.

What is left stays.
"""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from bookings.models import Booking, WaitlistEntry
from bookings.operations import closed_accounts
from bookings.operations import closing as classes
from bookings.operations.bookings import book_session
from bookings.operations.closing import switch_room
from bookings.operations.waitlist import join_waitlist
from catalog.models import Rental
from catalog.operations import closing as rentals
from catalog.operations import lending
from catalog.operations.rentals import Wish, rent
from gymsite.core.batches import each_row
from gymsite.core.operations import users
from gymsite.core.operations.users import deactivate_user, reopen_user
from memberships.models import Membership
from memberships.operations import closing as memberships
from tests import crowd
from tests.asserts import assert_all_holds
from tests.factories import RentalUnitFactory, UserFactory
from tests.race import OK, once, while_held

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def owner():
    return UserFactory(role="owner").pk


@pytest.fixture
def member(now):
    """A member who has a place, a turn and a rental."""
    (member, holder), full = crowd.members(2), crowd.session(1)
    book_session(session_id=full.pk, member_id=holder, now=now)
    join_waitlist(session_id=full.pk, member_id=member, now=now)
    later = timezone.localdate() + timedelta(days=5)
    book_session(
        session_id=crowd.session(session_date=later).pk, member_id=member, now=now
    )
    unit = RentalUnitFactory()
    today = unit.branch.today(now)
    rent(wish=Wish(unit.kind_id, unit.branch_id, member, today, today), now=now)
    return member


def just_before(monkeypatch, module, act):
    """Run ``act`` in a connection of its own, before the job's first row.

    The job has chosen its rows by then.
    """
    fire = once(act)

    def late(*args, **values):
        fire()
        return each_row(*args, **values)

    monkeypatch.setattr(module, "each_row", late)


JOBS = [
    (closed_accounts, "release_member"),
    (rentals, "end_of_account"),
    (memberships, "end_of_account"),
]


def left_to(member):
    return (
        WaitlistEntry.objects.filter(member_id=member, status="waiting").count(),
        Booking.objects.filter(member_id=member, status="booked").count(),
        Rental.objects.filter(member_id=member, status="booked").count(),
        Membership.objects.filter(member_id=member, status="active").count(),
    )


def reopened_before(module, name, member, owner, now, monkeypatch):
    deactivate_user(user_id=member, actor_id=owner, reason="", now=now)
    just_before(
        monkeypatch,
        module,
        lambda: reopen_user(user_id=member, actor_id=owner, reason="", now=now),
    )
    getattr(module, name)(member_id=member, actor_id=owner, now=now)


@pytest.mark.parametrize(("module", "name"), JOBS)
def test_an_account_that_is_opened_again_keeps_what_is_left(
    member, owner, now, monkeypatch, module, name
):
    reopened_before(module, name, member, owner, now, monkeypatch)
    assert left_to(member) == (1, 1, 1, 1)
    assert_all_holds()


@pytest.mark.parametrize(("module", "name"), JOBS)
def test_control_asked_once_the_job_takes_it_from_an_open_account(
    member, owner, now, monkeypatch, module, name
):
    monkeypatch.setattr(module, "hold_closed", lambda member_id: None)
    reopened_before(module, name, member, owner, now, monkeypatch)
    assert left_to(member) != (1, 1, 1, 1)


def test_a_row_keeps_the_account_closed_until_it_is_done(member, owner, now):
    """A reopening waits for the row, and finds what was given back gone."""
    deactivate_user(user_id=member, actor_id=owner, reason="", now=now)
    reopen = partial(reopen_user, user_id=member, actor_id=owner, reason="", now=now)
    seen = []
    outcomes = while_held(
        partial(users.hold_closed, member),
        [reopen],
        seen=lambda: seen.append(users.User.objects.get(pk=member).is_active),
    )
    assert (outcomes.codes, seen) == ({OK: 1}, [False])


def test_a_room_that_is_used_again_keeps_its_sessions(owner, now, monkeypatch):
    session = crowd.session()
    switch = partial(
        switch_room, room_id=session.room_id, reason="", actor_id=owner, now=now
    )
    switch(on=False)
    just_before(monkeypatch, classes, partial(switch, on=True))
    classes.call_off_ahead(
        of="room", of_id=session.room_id, reason="", actor_id=owner, now=now
    )
    session.refresh_from_db()
    assert session.status == "scheduled"


def test_a_unit_that_is_lent_again_keeps_its_rentals(member, owner, now, monkeypatch):
    unit = Rental.objects.get().unit_id
    switch = partial(
        lending.switch_unit, unit_id=unit, reason="", actor_id=owner, now=now
    )
    switch(on=False)
    just_before(monkeypatch, lending, partial(switch, on=True))
    lending.cancel_booked(unit_id=unit, actor_id=owner, now=now)
    assert Rental.objects.get().status == "booked"
