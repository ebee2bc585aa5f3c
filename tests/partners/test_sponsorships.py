"""Who is sponsored: told, once at a time, and over with the account."""

import pytest
from django.utils import timezone

from gymsite.core.errors import NotFound
from gymsite.core.models import Event, Notification
from gymsite.core.operations.users import deactivate_user
from gymsite.notifications.outbox import drain
from gymsite.partners.errors import AlreadyDelegate, AlreadySponsored, PartnerNotFound
from gymsite.partners.models import Delegate, Sponsorship
from gymsite.partners.operations.partners import add_delegate, switch_partner
from gymsite.partners.operations.sponsorships import end_sponsorship, sponsor_member
from tests.factories import MemberFactory, PartnerFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return MemberFactory()


@pytest.fixture
def by(acme, ada):
    return {"member_id": ada.pk, "actor_id": acme.user.pk, "now": acme.now}


def test_the_member_is_told_of_both_ends(acme, ada, by):
    one = sponsor_member(partner_id=acme.partner.pk, **by)
    for _ in range(2):
        end_sponsorship(
            reference=one.reference,
            partner_id=acme.partner.pk,
            actor_id=acme.user.pk,
            now=acme.now,
        )
    drain(now=acme.now)
    told = Notification.objects.filter(user=ada).order_by("id")
    name = acme.partner.name
    assert [one.title for one in told] == [
        f"{name} sponsors you now",
        f"{name} no longer sponsors you",
    ]


def test_one_has_one_sponsor_at_a_time(acme, by):
    one = sponsor_member(partner_id=acme.partner.pk, **by)
    other = PartnerFactory()
    with pytest.raises(AlreadySponsored):
        sponsor_member(partner_id=other.pk, **by)
    end_sponsorship(
        reference=one.reference,
        partner_id=acme.partner.pk,
        actor_id=acme.user.pk,
        now=acme.now,
    )
    assert sponsor_member(partner_id=other.pk, **by).partner == other


def test_staff_are_not_sponsored_nor_whom_there_is_not(acme, by):
    for member_id in (UserFactory(role="manager").pk, 0):
        with pytest.raises(NotFound):
            sponsor_member(partner_id=acme.partner.pk, **by | {"member_id": member_id})
    with pytest.raises(PartnerNotFound):
        sponsor_member(partner_id=0, **by)


def test_nobody_acts_for_a_partner_twice(acme):
    asked = {"partner_id": acme.partner.pk, "actor_id": acme.user.pk, "now": acme.now}
    with pytest.raises(AlreadyDelegate):
        add_delegate(user_id=acme.user.pk, **asked)
    with pytest.raises(NotFound):
        add_delegate(user_id=0, **asked)


def test_what_a_closed_account_leaves(acme, ada, by):
    sponsor_member(partner_id=acme.partner.pk, **by)
    key, _ = acme.key()
    now, owner = timezone.now(), UserFactory(role="owner")
    for person in (ada, acme.user):
        deactivate_user(user_id=person.pk, reason="Left", actor_id=owner.pk, now=now)
    drain(now=now)
    assert not Sponsorship.objects.filter(ended_at=None).exists()
    assert not Delegate.objects.exists()
    key.refresh_from_db()
    assert not key.is_active


def test_switching_twice_is_recorded_once(acme):
    for _ in range(2):
        switch_partner(
            partner_id=acme.partner.pk,
            on=False,
            reason="Unpaid",
            actor_id=acme.user.pk,
            now=acme.now,
        )
    assert Event.objects.filter(kind="partner_off").count() == 1
