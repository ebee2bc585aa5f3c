"""The pages of those who act for a partner."""

import re

import pytest

from gymsite.notifications.outbox import drain
from gymsite.partners.models import ApiKey
from gymsite.partners.operations.sponsorships import sponsor_member
from tests.api import Api
from tests.factories import MemberFactory, PartnerFactory

pytestmark = pytest.mark.django_db
PAYROLL = {"name": "Payroll", "scopes": ["members:read"], "days": "30"}


@pytest.fixture
def page(acme, client):
    client.force_login(acme.user)
    return client


def secret_on(answer):
    return re.search(
        r'id="secret" readonly value="(\w+[\w-]*)"', answer.content.decode()
    )[1]


def test_a_key_is_shown_once_and_opens(acme, page):
    made = page.post(f"/partners/{acme.partner.slug}/keys/new/", PAYROLL)
    secret = secret_on(made)
    assert Api(token=secret).get("/partner/").json()["scopes"] == ["members:read"]
    assert "no-store" in made["Cache-Control"]
    key = ApiKey.objects.get()
    console = page.get(f"/partners/{acme.partner.slug}/").content.decode()
    alone = page.get(f"/partners/{acme.partner.slug}/keys/{key.pk}/").content.decode()
    assert key.prefix in console and key.prefix in alone
    assert secret not in console + alone


def test_what_a_key_opens_is_a_group_of_its_own(acme, page):
    html = page.get(f"/partners/{acme.partner.slug}/keys/new/").content.decode()
    group = html.split("<fieldset")[1].split("</fieldset>")[0]
    assert '<legend class="label">What it opens</legend>' in group
    assert group.count('type="checkbox"') == 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"scopes": []}, "required"),
        ({"scopes": ["all"]}, "valid choice"),
        ({"name": ""}, "required"),
        ({"days": "9"}, "valid choice"),
    ],
)
def test_what_a_key_can_not_be_is_said_and_nothing_is_lost(acme, page, wrong, words):
    path = f"/partners/{acme.partner.slug}/keys/new/"
    answer = page.post(path, PAYROLL | wrong)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_a_key_is_rotated_and_ended(acme, page):
    old, _ = acme.key()
    place = f"/partners/{acme.partner.slug}/keys"
    wrong = page.post(f"{place}/{old.pk}/rotate/", {"overlap": "9999"})
    assert (wrong.status_code, ApiKey.objects.count()) == (422, 1)
    fresh = secret_on(page.post(f"{place}/{old.pk}/rotate/", {"overlap": "0"}))
    assert page.get(f"{place}/{old.pk}/").status_code == 404
    new = ApiKey.objects.latest("id")
    for _ in range(2):
        assert page.post(f"{place}/{new.pk}/end/").status_code == 302
    assert Api(token=fresh).get("/partner/").status_code == 401


def test_a_console_is_there_for_those_who_act_for_it(acme, page, client):
    other = PartnerFactory()
    key, _ = acme.key()
    paths = ("", "keys/new/", f"keys/{key.pk}/")
    for path in paths:
        assert page.get(f"/partners/{other.slug}/{path}").status_code == 404
    assert page.post(f"/partners/{other.slug}/keys/{key.pk}/end/").status_code == 404
    client.force_login(MemberFactory())
    for path in paths:
        assert client.get(f"/partners/{acme.partner.slug}/{path}").status_code == 404
    assert "You act for no partner" in client.get("/partners/").content.decode()
    key.refresh_from_db()
    assert key.is_active


def test_who_acts_for_one_partner_comes_to_it_from_the_notice(acme, page):
    drain(now=acme.now)
    (notice,) = acme.user.notifications.all()
    assert (notice.title, notice.url) == (
        f"You act for {acme.partner.name} now",
        "/partners/",
    )
    assert page.get(notice.url).url == f"/partners/{acme.partner.slug}/"


def test_the_console_shows_whom_the_partner_sponsors(
    acme, page, django_assert_max_num_queries
):
    for _ in range(3):
        sponsor_member(
            partner_id=acme.partner.pk,
            member_id=MemberFactory().pk,
            actor_id=acme.user.pk,
            now=acme.now,
        )
    with django_assert_max_num_queries(6):
        shown = page.get(f"/partners/{acme.partner.slug}/").content.decode()
    assert shown.count("<small>Since ") == 3
