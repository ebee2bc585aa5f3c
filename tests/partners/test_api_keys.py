"""API keys: shown once, scoped, rotated with overlap, ended at once."""

from datetime import timedelta

import pytest

from gymsite.core import tokens
from gymsite.core.errors import Invalid
from gymsite.core.models import Event
from gymsite.partners.errors import (
    KeyNotFound,
    PartnerNotFound,
    PartnerOff,
    TooManyKeys,
)
from gymsite.partners.models import ApiKey
from gymsite.partners.operations.api_keys import MOST, end_key, rotate_key
from gymsite.partners.operations.partners import (
    add_delegate,
    remove_delegate,
    switch_partner,
)
from gymsite.partners.queries.api_keys import by_secret
from tests.factories import PartnerFactory, UserFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def opens(secret, at):
    found = by_secret(secret, now=at)
    return found and found.name


def test_only_a_hash_of_the_secret_is_kept(acme):
    key, secret = acme.key()
    assert secret.startswith(f"{key.prefix}_")
    kept = ApiKey.objects.values_list(*(f.name for f in ApiKey._meta.fields)).get()
    assert secret not in map(str, kept)
    assert bytes(key.secret_hash) == tokens.digest(secret)
    (event,) = Event.objects.filter(kind="api_key_made")
    assert secret not in str(event.data)


def test_a_key_opens_until_it_expires(acme):
    _, secret = acme.key(expires_at=acme.now + HOUR)
    assert opens(secret, acme.now + HOUR - timedelta(seconds=1)) == "Payroll"
    assert opens(secret, acme.now + HOUR) is None


def test_an_ended_key_opens_nothing(acme):
    key, secret = acme.key()
    ended = {"key_id": key.pk, "actor_id": acme.user.pk, "now": acme.now}
    assert end_key(partner_id=PartnerFactory().pk, **ended) is None
    assert opens(secret, acme.now)
    assert end_key(partner_id=acme.partner.pk, **ended) == key
    assert opens(secret, acme.now) is None
    assert end_key(partner_id=acme.partner.pk, **ended) is None


def test_a_key_of_a_partner_that_is_off_opens_nothing(acme):
    _, secret = acme.key()
    asked = {"partner_id": acme.partner.pk, "actor_id": acme.user.pk, "now": acme.now}
    switch_partner(on=False, reason="Unpaid", **asked)
    assert opens(secret, acme.now) is None
    with pytest.raises(PartnerOff):
        acme.key()
    switch_partner(on=True, reason="Paid", **asked)
    assert opens(secret, acme.now)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"expires_at": "past"}, "expires_at"),
    ],
)
def test_what_a_key_can_not_be_is_said(acme, wrong, field):
    if "expires_at" in wrong:
        wrong = {"expires_at": acme.now}
    scopes = wrong.pop("scopes", ["members:read"])
    with pytest.raises(Invalid) as refused:
        if scopes:
            acme.key(*scopes, **wrong)
        else:
            acme.key("", **wrong)
    assert list(refused.value.errors) == [field]


def test_a_rotated_key_goes_on_for_a_while(acme):
    old, secret = acme.key("members:read")
    new, fresh = rotate_key(
        key_id=old.pk,
        partner_id=acme.partner.pk,
        overlap=HOUR,
        actor_id=acme.user.pk,
        now=acme.now,
    )
    assert (new.name, new.scopes) == ("Payroll", ["members:read"])
    assert opens(secret, acme.now + HOUR / 2)
    assert opens(secret, acme.now + HOUR) is None
    assert opens(fresh, acme.now + HOUR)


def test_rotating_prolongs_no_key(acme):
    old, _ = acme.key(expires_at=acme.now + HOUR)
    asked = {"partner_id": acme.partner.pk, "actor_id": acme.user.pk, "now": acme.now}
    new, _ = rotate_key(key_id=old.pk, overlap=5 * HOUR, **asked)
    old.refresh_from_db()
    assert old.expires_at == new.expires_at == acme.now + HOUR
    with pytest.raises(Invalid):
        rotate_key(key_id=new.pk, overlap=timedelta(days=8), **asked)
    with pytest.raises(KeyNotFound):
        rotate_key(key_id=new.pk, overlap=HOUR, **asked | {"now": acme.now + HOUR})


def test_a_partner_has_so_many_keys_and_expired_ones_make_room(acme):
    acme.key(expires_at=acme.now + HOUR)
    for _ in range(MOST - 1):
        acme.key()
    with pytest.raises(TooManyKeys):
        acme.key()
    acme.now += HOUR
    acme.key()
    assert ApiKey.objects.filter(is_active=True).count() == MOST


def test_only_who_acts_for_a_partner_makes_its_keys(acme):
    other = UserFactory()
    with pytest.raises(PartnerNotFound):
        type(acme)(acme.partner, other, acme.now).key()
    with pytest.raises(PartnerNotFound):
        type(acme)(PartnerFactory(), acme.user, acme.now).key()


def test_the_keys_of_who_leaves_end(acme):
    other = UserFactory()
    asked = {"partner_id": acme.partner.pk, "actor_id": acme.user.pk, "now": acme.now}
    add_delegate(user_id=other.pk, **asked)
    _, theirs = type(acme)(acme.partner, other, acme.now).key()
    _, mine = acme.key()
    assert remove_delegate(user_id=other.pk, **asked) == 1
    assert remove_delegate(user_id=other.pk, **asked) == 0
    assert (opens(theirs, acme.now), opens(mine, acme.now)) == (None, "Payroll")


def test_that_a_key_was_used_is_noted_once_a_minute(acme):
    key, secret = acme.key()
    for seconds, noted in ((0, 0), (59, 0), (61, 61)):
        by_secret(secret, now=acme.now + timedelta(seconds=seconds))
        key.refresh_from_db()
        assert key.last_used_at == acme.now + timedelta(seconds=noted)
