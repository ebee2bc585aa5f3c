"""A partner's programs at the API."""

import re

import pytest

from gymsite.partners.models import ApiKey, Sponsorship
from gymsite.partners.operations.sponsorships import sponsor_member
from tests.api import Api, assert_problem, token_for
from tests.factories import MemberFactory, PartnerFactory

pytestmark = pytest.mark.django_db


def sponsored(acting, partner=None):
    return sponsor_member(
        partner_id=(partner or acting.partner).pk,
        member_id=MemberFactory().pk,
        actor_id=acting.user.pk,
        now=acting.now,
    )


def test_a_key_says_whose_it_is(acme):
    key, secret = acme.key("members:read")
    found = Api(token=secret).get("/partner/").json()
    assert found == {
        "partner": acme.partner.name,
        "slug": acme.partner.slug,
        "key": "Payroll",
        "prefix": key.prefix,
        "scopes": ["members:read"],
        "requests_a_minute": 600,
        "expires_at": None,
    }


def test_a_partner_sees_whom_it_sponsors_page_by_page(acme):
    _, secret = acme.key()
    mine = [sponsored(acme) for _ in range(3)]
    sponsored(acme, PartnerFactory())
    api = Api(token=secret)
    first = api.get("/partner/members?limit=2").json()
    rest = api.get(f"/partner/members?limit=2&cursor={first['next']}").json()
    shown = [one["reference"] for one in first["items"] + rest["items"]]
    assert shown == [one.reference for one in reversed(mine)]
    assert set(first["items"][0]) == {
        *("reference", "first_name", "last_name", "started_at", "ended_at")
    }


def test_a_partner_ends_its_own_sponsorships_only(acme):
    _, secret = acme.key()
    mine, other = sponsored(acme), sponsored(acme, PartnerFactory())
    api = Api(token=secret)
    for _ in range(2):
        assert api.delete(f"/partner/members/{mine.reference}").json()["ended_at"]
    for unknown in (other.reference, "K7QF2M9XPT3", "nonsense"):
        answer = api.delete(f"/partner/members/{unknown}")
        assert_problem(answer, 404, "sponsorship_not_found")
    assert list(Sponsorship.objects.filter(ended_at=None)) == [other]


def test_a_key_opens_what_its_scopes_name(acme):
    _, secret = acme.key("members:read")
    path = f"/partner/members/{sponsored(acme).reference}"
    found = assert_problem(Api(token=secret).delete(path), 403, "scope_missing")
    assert "members:write" in found["detail"]


@pytest.mark.parametrize(
    "token", ["gym_x", "é", "x" * 5000, "gym_abcdefgh_" + "x" * 43]
)
def test_what_is_no_key_opens_nothing(acme, token):
    answer = Api(token=token.encode().decode("latin-1")).get("/partner/")
    assert_problem(answer, 401, "bad_key")


def test_a_log_in_is_no_key_and_a_key_is_no_log_in(acme):
    _, secret = acme.key()
    theirs = Api(token=token_for(acme.user)).get("/partner/")
    assert_problem(theirs, 401, "bad_key")
    assert_problem(Api(token=secret).get("/users/user/"), 401, "bad_token")
    assert_problem(Api().get("/partner/"), 401, "not_logged_in")


def test_a_key_in_an_address_is_refused(acme):
    _, secret = acme.key()
    answer = Api(token=secret).get(f"/partner/?key={secret}")
    assert_problem(answer, 401, "key_in_address")


def left(answer):
    assert answer["RateLimit-Policy"] == '"minute";q=2;w=60'
    rest, wait = re.fullmatch(r'"minute";r=(\d+);t=(\d+)', answer["RateLimit"]).groups()
    assert 1 <= int(wait) <= 61
    return int(rest)


def test_a_key_asks_so_often_a_minute_and_is_told_how_often_yet(acme):
    key, secret = acme.key("members:read")
    _, other = acme.key()
    ApiKey.objects.filter(pk=key.pk).update(requests_a_minute=2)
    api = Api(token=secret)
    assert [left(api.get("/partner/")) for _ in range(2)] == [1, 0]
    refused = api.get("/partner/")
    assert_problem(refused, 429, "too_many_tries")
    assert left(refused) == 0
    assert 1 <= int(refused["Retry-After"]) <= 61
    assert Api(token=other).get("/partner/").status_code == 200


def test_others_read_of_no_limit(acme):
    answer = Api(acme.user).get("/users/user/")
    assert "RateLimit" not in answer
