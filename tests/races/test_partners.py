"""Keys and sponsorships that several people make at the same moment."""

from functools import partial

import pytest
from django.utils import timezone

from gymsite.partners.models import ApiKey, Delegate, Partner, Sponsorship
from gymsite.partners.operations import api_keys
from gymsite.partners.operations.partners import add_delegate, remove_delegate
from gymsite.partners.operations.sponsorships import sponsor_member
from tests.factories import MemberFactory, PartnerFactory, UserFactory
from tests.race import OK, race, while_held

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def acting():
    now, partner, user = timezone.now(), PartnerFactory(), UserFactory()
    add_delegate(partner_id=partner.pk, user_id=user.pk, actor_id=user.pk, now=now)
    return {"partner_id": partner.pk, "actor_id": user.pk, "now": now}


def make(acting):
    return partial(
        api_keys.make_key,
        name="Payroll",
        scopes=["members:read"],
        expires_at=None,
        **acting,
    )


def live():
    return ApiKey.objects.filter(is_active=True).count()


def test_keys_made_at_once_stay_within_the_limit(acting):
    found = race([make(acting)] * (api_keys.MOST + 12))
    assert found.codes == {OK: api_keys.MOST, "too_many_keys": 12}
    assert live() == api_keys.MOST


def test_without_the_partners_lock_they_pass_it(acting, monkeypatch):
    def unlocked(user_id, partner_id):
        return Partner.objects.get(pk=partner_id)

    monkeypatch.setattr(api_keys, "hold_partner_for", unlocked)
    monkeypatch.setattr(api_keys, "MOST", 1)
    found = while_held(make(acting), [make(acting)])
    assert (found.codes, live()) == ({OK: 1}, 2)


def test_who_is_removed_meanwhile_keeps_no_key(acting):
    removed = partial(remove_delegate, user_id=acting["actor_id"], **acting)
    race([make(acting), removed] * 6)
    assert not Delegate.objects.exists()
    assert live() == 0


def test_two_partners_sponsor_a_member_once(acting):
    member = MemberFactory()
    partners = [PartnerFactory() for _ in range(6)]
    calls = [
        partial(
            sponsor_member,
            member_id=member.pk,
            **acting | {"partner_id": partner.pk},
        )
        for partner in partners
    ]
    assert race(calls).codes == {OK: 1, "already_sponsored": 5}
    assert Sponsorship.objects.count() == 1
