"""Logging in over the API, tokens, and accounts."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gymsite.core import member_numbers
from gymsite.core.models import ApiSession, User
from gymsite.notifications.mail import send_due
from tests.api import Api, assert_problem
from tests.factories import PASSWORD, BranchFactory, UserFactory

pytestmark = pytest.mark.django_db


def log_in(user, **fields):
    return Api().post(
        "/auth/login", {"username": user.username, "password": PASSWORD} | fields
    )


@pytest.fixture
def user():
    return UserFactory(username="ada")


def test_a_name_and_password_give_tokens_that_work(user):
    response = log_in(user)
    assert response.status_code == 200
    pair = response.json()
    assert set(pair) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (pair["token_type"], pair["expires_in"]) == ("Bearer", 900)
    assert response["Cache-Control"] == "no-store"
    assert (
        Api(token=pair["access_token"]).get("/users/ada").json()["email"] == user.email
    )


@pytest.mark.parametrize(
    "name",
    [
        {"username": "ADA"},
        {"username": "ada@example.com"},
        {"email": "Ada@Example.com"},
    ],
)
def test_the_name_is_a_username_or_an_address_in_any_case(user, name):
    assert Api().post("/auth/login", name | {"password": PASSWORD}).status_code == 200


def test_a_wrong_password_an_unknown_name_and_a_closed_account_sound_alike(user):
    UserFactory(username="gone", is_active=False)
    for name, password in (("ada", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD)):
        assert_problem(
            Api().post("/auth/login", {"username": name, "password": password}),
            401,
            "bad_credentials",
        )
    assert not ApiSession.objects.exists()


def test_tries_are_counted_by_name_and_a_success_starts_anew(user):
    for _ in range(9):
        assert_problem(log_in(user, password="wrong"), 401, "bad_credentials")
    assert log_in(user).status_code == 200
    for _ in range(10):
        assert_problem(log_in(user, password="wrong"), 401, "bad_credentials")
    refused = log_in(user)
    assert assert_problem(refused, 429, "too_many_tries")["retry_after"] > 0
    assert int(refused["Retry-After"]) > 0


def test_refreshing_trades_both_tokens(user):
    first = log_in(user).json()
    second = (
        Api().post("/auth/refresh", {"refresh_token": first["refresh_token"]}).json()
    )
    assert Api(token=second["access_token"]).get("/users/ada").status_code == 200
    assert_problem(Api(token=first["access_token"]).get("/users/ada"), 401, "bad_token")


def test_a_replayed_refresh_token_ends_the_session(user):
    first = log_in(user).json()
    second = (
        Api().post("/auth/refresh", {"refresh_token": first["refresh_token"]}).json()
    )
    assert_problem(
        Api().post("/auth/refresh", {"refresh_token": first["refresh_token"]}),
        401,
        "bad_token",
    )
    assert_problem(
        Api(token=second["access_token"]).get("/users/ada"), 401, "bad_token"
    )
    assert_problem(
        Api().post("/auth/refresh", {"refresh_token": second["refresh_token"]}),
        401,
        "bad_token",
    )


def test_logging_out_ends_both_tokens(user):
    pair = log_in(user).json()
    assert Api(token=pair["access_token"]).post("/auth/logout").json() == {
        "status": "logged_out"
    }
    assert_problem(Api(token=pair["access_token"]).get("/users/ada"), 401, "bad_token")
    assert_problem(
        Api().post("/auth/refresh", {"refresh_token": pair["refresh_token"]}),
        401,
        "bad_token",
    )


def test_no_token_and_an_old_token_are_401_with_the_scheme(user):
    missing = Api().get("/users/ada")
    assert_problem(missing, 401, "not_logged_in")
    assert missing["WWW-Authenticate"] == "Bearer"
    old = Api(user)
    ApiSession.objects.update(
        access_expires_at=ApiSession.objects.get().created_at - timedelta(seconds=1)
    )
    assert_problem(old.get("/users/ada"), 401, "bad_token")
    for token in ("x", "é", "a" * 10_000):
        assert_problem(Api(token=token).get("/users/ada"), 401, "bad_token")


def test_registering_opens_a_members_account():
    branch = BranchFactory()
    fields = {
        "username": "grace",
        "email": "grace@example.com",
        "password": PASSWORD,
        "first_name": "Grace 🏋️‍♀️",
    }
    response = Api().post("/users/register", fields | {"home_branch": branch.pk})
    assert response.status_code == 201, response.content
    found = response.json()
    assert (found["username"], found["role"], found["home_branch"]) == (
        "grace",
        "member",
        branch.pk,
    )
    assert found["first_name"] == "Grace 🏋️‍♀️"
    assert "password" not in found
    assert (
        Api()
        .post("/auth/login", {"username": "grace", "password": PASSWORD})
        .status_code
        == 200
    )


def test_registering_says_every_field_that_can_not_stand(user):
    fields = {
        "username": "a b",
        "email": "nope",
        "password": "123",
        "home_branch": 2**62,
    }
    errors = assert_problem(Api().post("/users/register", fields), 422, "invalid")[
        "errors"
    ]
    assert set(errors) >= {"username", "email", "password", "home_branch"}
    taken = {"username": "ADA", "email": "other@example.com", "password": PASSWORD}
    assert_problem(Api().post("/users/register", taken), 409, "username_taken")
    assert User.objects.count() == 1


def register(**said):
    fields = {"username": "grace", "password": PASSWORD, "first_name": "Grace"}
    return Api().post("/users/register", fields | said)


def test_registering_tells_nobody_whether_an_address_is_known(user):
    known, new = register(email="ADA@example.com"), register(email="new@example.com")
    assert known.status_code == new.status_code == 201
    found, other = known.json(), new.json()
    same = {"username", "first_name", "last_name", "phone", "role", "home_branch"}
    assert {name: found[name] for name in same} == {name: other[name] for name in same}
    assert found["email"] == "ada@example.com"
    assert other["id"] == found["id"] + 1
    assert found["id"] != user.pk
    assert luhn(found["member_number"]) and len(found["member_number"]) == len(
        other["member_number"]
    )
    assert sorted(known.headers) == sorted(new.headers)
    assert not User.objects.filter(pk=found["id"]).exists()


def luhn(number):
    return member_numbers.read(number) == number


def test_the_owner_of_the_address_is_told_once_a_day(user):
    for _ in range(3):
        register(email=user.email)
    send_due(limit=10, now=timezone.now())
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [
        ([user.email], "You have an account already")
    ]
    assert "/account/password/reset/" in mail.outbox[0].body


def test_a_taken_username_is_said_of_known_addresses_too(user):
    """Otherwise the owner of a username could try addresses with it."""
    for email in ("new@example.com", user.email):
        assert_problem(register(username="ADA", email=email), 409, "username_taken")


def test_registering_a_known_address_costs_about_as_much(user):
    tallies = []
    for email in ("new@example.com", user.email):
        with CaptureQueriesContext(connection) as captured:
            register(email=email, username=f"g{len(email)}")
        tallies.append(len(captured))
    # compared with a password's hash of 20 ms
    assert abs(tallies[0] - tallies[1]) <= 5, tallies


@pytest.mark.parametrize(
    "username", ["book", "Register", "user", "a@b.example", "ad\u202ea", "a\tb", "👩‍💻"]
)
def test_usernames_that_mislead_or_are_addresses_of_ours_are_refused(username):
    fields = {"username": username, "email": "x@example.com", "password": PASSWORD}
    assert (
        "username"
        in assert_problem(Api().post("/users/register", fields), 422, "invalid")[
            "errors"
        ]
    )


def test_compatible_spellings_are_one_username():
    fields = {"username": "ａｄａ", "email": "x@example.com", "password": PASSWORD}
    assert Api().post("/users/register", fields).json()["username"] == "ada"
    assert (
        Api()
        .post("/auth/login", {"username": "ａｄａ", "password": PASSWORD})
        .status_code
        == 200
    )


def test_a_name_may_not_hide_control_characters():
    fields = {
        "username": "x",
        "email": "x@example.com",
        "password": PASSWORD,
        "last_name": "Smith\u202egro.live",
    }
    assert (
        "last_name"
        in assert_problem(Api().post("/users/register", fields), 422, "invalid")[
            "errors"
        ]
    )


def test_people_are_seen_by_themselves_their_branch_and_the_owner(user):
    elsewhere = BranchFactory(slug="hill", name="Hill")
    desk, far_desk = (
        UserFactory(role="front_desk"),
        UserFactory(role="front_desk", home_branch=elsewhere),
    )
    owner, trainer = (
        UserFactory(role="owner", home_branch=elsewhere),
        UserFactory(role="trainer"),
    )
    for viewer in (user, desk, owner):
        assert Api(viewer).get("/users/ADA").json()["username"] == "ada"
    for viewer in (UserFactory(), far_desk, trainer):
        assert_problem(Api(viewer).get("/users/ada"), 404, "not_found")
    assert_problem(Api(owner).get("/users/nobody"), 404, "not_found")


def test_an_account_with_a_second_factor_asks_for_its_code(user):
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    assert_problem(log_in(user), 401, "second_factor_needed")
    assert_problem(log_in(user, code="000000x"), 401, "bad_credentials")
    assert_problem(log_in(user, password="wrong", code="1"), 401, "bad_credentials")
    *_, counter = yield_hotp_counters_from_time()  # the one that stays good the longest
    code = format_hotp_value(hotp_value(secret, counter))
    assert log_in(user, code=code).status_code == 200
    # a code serves once
    assert_problem(log_in(user, code=code), 401, "bad_credentials")
    recovery = RecoveryCodes(
        Authenticator.objects.get(type="recovery_codes")
    ).get_unused_codes()[0]
    assert log_in(user, code=recovery).status_code == 200
    assert_problem(log_in(user, code=recovery), 401, "bad_credentials")
