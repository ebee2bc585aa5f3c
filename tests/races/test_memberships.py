"""Ending a membership from two places at once."""

from functools import partial

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from gymsite.core.models import Event
from memberships.operations import memberships
from memberships.operations.memberships import end_membership
from tests.factories import MembershipFactory
from tests.race import OK, Rendezvous, after, race

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def end_twice(monkeypatch):
    """Two ends of one membership, each held between its last statement and commit."""
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
