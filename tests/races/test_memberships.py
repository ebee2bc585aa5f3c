"""Ending a membership from two places at once."""

from functools import partial

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from gymsite.core.models import Event
from gymsite.core.operations.users import deactivate_user
from gymsite.payments.models import Payment
from gymsite.payments.operations import take_payment
from memberships.operations import memberships
from memberships.operations.closing import end_of_account
from memberships.operations.memberships import end_membership, enroll
from tests.asserts import assert_all_holds
from tests.factories import MembershipFactory, PlanFactory, UserFactory
from tests.race import OK, Rendezvous, after, race, while_held

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def end_twice(monkeypatch):
    """End one membership twice, each held between its last statement and commit."""
    membership = MembershipFactory()
    after(monkeypatch, memberships, "record", Rendezvous().meet)
    end = partial(
        end_membership,
        membership_id=membership.pk,
        actor_id=membership.member_id,
        now=timezone.now(),
    )
    return race([end, end]).codes, Event.objects.filter(kind="membership_ended").count()


def test_control_without_its_lock_it_ends_twice(monkeypatch):
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **how: rows)
    assert end_twice(monkeypatch) == ({OK: 2}, 2)


def test_it_ends_once_and_is_told_once(monkeypatch):
    codes, told = end_twice(monkeypatch)
    assert (codes, told) == ({OK: 1, "wrong_membership_state": 1}, 1)


def test_a_payment_that_is_taken_while_its_account_is_closed_stays_taken():
    member, now = UserFactory(), timezone.now()
    enroll(member_id=member.pk, plan_id=PlanFactory().pk, actor_id=member.pk, now=now)
    payment = Payment.objects.get()
    deactivate_user(user_id=member.pk, actor_id=None, reason="", now=now)
    closed = while_held(
        partial(take_payment, payment_id=payment.pk, actor_id=member.pk, now=now),
        [partial(end_of_account, member_id=member.pk, actor_id=member.pk, now=now)],
    )
    assert closed.values == [1]
    payment.refresh_from_db()
    assert payment.status == "paid"
    assert not Event.objects.filter(kind="payment_dropped").exists()
    assert_all_holds()
