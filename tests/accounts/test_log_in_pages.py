"""Logging in on pages: limits, codes and secrets.

The limits spare a known device, a code opens once, and the secrets are sealed.
"""

from functools import partial

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.utils import timezone

from gymsite.accounts import devices, sealed
from gymsite.core.operations.log_in_limits import OF_ORIGIN, REGISTRATIONS
from gymsite.core.operations.second_factors import spend_code
from tests.api import Api
from tests.factories import PASSWORD, UserFactory
from tests.race import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return UserFactory(username="ada", email="ada@example.com")


def enter(client, password, name="ada"):
    return client.post("/account/login/", {"login": name, "password": password})


def is_in(client):
    return "_auth_user_id" in client.session


@pytest.mark.parametrize(
    ("role", "start"),
    [
        ("member", "/"),
        ("trainer", "/teaching/"),
        ("front_desk", "/admin/"),
        ("manager", "/admin/"),
        ("owner", "/admin/"),
    ],
)
def test_each_begins_where_their_work_is(role, start):
    user = UserFactory(role=role)
    assert enter(Client(), PASSWORD, user.username)["Location"] == start
    asked = {"login": user.username, "password": PASSWORD, "next": "/shop/"}
    assert Client().post("/account/login/", asked)["Location"] == "/shop/"


def test_many_wrong_tries_wait(ada):
    stranger = Client()
    for _ in range(OF_ORIGIN.allowed):
        assert enter(stranger, "guess").status_code == 200
    assert enter(stranger, PASSWORD).status_code == 429
    assert not is_in(stranger)


def test_a_device_that_was_in_before_is_spared_the_strangers_behind_its_address(ada):
    known = Client()
    enter(known, PASSWORD)
    known.post("/account/logout/")
    stranger = Client()
    for _ in range(OF_ORIGIN.allowed):
        enter(stranger, "guess")
    assert enter(stranger, PASSWORD).status_code == 429
    enter(known, PASSWORD)
    assert is_in(known)


def test_a_known_device_has_a_limit_too(ada):
    known = Client()
    enter(known, PASSWORD)
    known.post("/account/logout/")
    for _ in range(OF_ORIGIN.allowed):
        enter(known, "guess")
    assert enter(known, PASSWORD).status_code == 429


def test_a_device_known_to_one_account_is_a_stranger_to_others(ada):
    UserFactory(username="eve")
    eves = Client()
    enter(eves, PASSWORD, "eve")
    eves.post("/account/logout/")
    stranger = Client()
    for _ in range(OF_ORIGIN.allowed):
        enter(stranger, "guess")
    assert enter(eves, PASSWORD).status_code == 429


@pytest.mark.parametrize("cookie", ["", "nonsense", "a:b:c"])
def test_a_forged_device_is_no_device(ada, cookie):
    client = Client()
    client.cookies[devices.COOKIE] = cookie
    enter(client, PASSWORD)
    assert is_in(client)


def test_accounts_are_not_opened_by_the_hundred_from_one_place():
    for n in range(REGISTRATIONS.allowed):
        Api().post(
            "/users/register", {"username": f"n{n}", "email": "nope", "password": "x"}
        )
    fields = {
        "username": "maya",
        "email": "maya@example.com",
        "password": "quiet-otter-climbs-7",
    }
    assert Api().post("/users/register", fields).status_code == 429


@pytest.fixture
def app(ada):
    """Ada's authenticator app, as the code that it shows now."""
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(ada, secret)

    def code(periods=0):
        *_, last = totp.yield_hotp_counters_from_time()
        return totp.format_hotp_value(totp.hotp_value(secret, last - 1 + periods))

    return code


def test_the_secret_of_an_app_is_sealed_and_its_key_can_be_changed(ada, app, settings):
    kept = Authenticator.objects.get().data["secret"]
    assert kept.startswith(sealed.MARK)
    old = settings.CODE_KEYS
    with override_settings(CODE_KEYS=["new", *old]):
        assert sealed.open_sealed(kept) == sealed.open_sealed(sealed.sealed_anew(kept))
        anew = sealed.sealed_anew(kept)
    with override_settings(CODE_KEYS=["new"]):
        assert sealed.open_sealed(anew)
        with pytest.raises(sealed.Unopened, match="GYMSITE_CODE_KEYS"):
            sealed.open_sealed(kept)


def test_all_are_sealed_anew_by_a_command(ada, app, settings):
    before = Authenticator.objects.get().data["secret"]
    with override_settings(CODE_KEYS=["new", *settings.CODE_KEYS]):
        call_command("seal")
    with override_settings(CODE_KEYS=["new"]):
        anew = sealed.open_sealed(Authenticator.objects.get().data["secret"])
    assert anew == sealed.open_sealed(before)
    with (
        override_settings(CODE_KEYS=["lost"]),
        pytest.raises(CommandError, match="GYMSITE_CODE_KEYS"),
    ):
        call_command("seal")


def test_a_secret_from_before_is_read_as_it_is():
    assert sealed.open_sealed("JBSWY3DPEHPK3PXP") == "JBSWY3DPEHPK3PXP"


@pytest.mark.parametrize(
    ("periods", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_one_step_off(ada, app, periods, opens):
    with time_machine.travel(timezone.now(), tick=False):
        spent = spend_code(user_id=ada.pk, code=app(periods), now=timezone.now())
    assert bool(spent) is opens


def test_a_code_opens_once_on_the_page_and_over_the_api_together(ada, app):
    code = app()
    page = Client()
    enter(page, PASSWORD)
    page.post("/account/2fa/authenticate/", {"code": code})
    assert is_in(page)
    answer = Api().post(
        "/auth/login", {"username": "ada", "password": PASSWORD, "code": code}
    )
    assert answer.status_code == 401
    other = Client()
    enter(other, PASSWORD)
    other.post("/account/2fa/authenticate/", {"code": code})
    assert not is_in(other)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_twenty_with_one_code_at_once_one_gets_in(ada, app):
    now = timezone.now()
    outcomes = race([partial(spend_code, user_id=ada.pk, code=app(), now=now)] * 20)
    assert [outcome.error for outcome in outcomes.all if outcome.error] == []
    assert len([value for value in outcomes.values if value]) == 1
