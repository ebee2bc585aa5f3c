"""Joining and resetting tell nobody whether an address has an account.

The status, the words and the number of statements are the same.
"""

import json
import re

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gymsite.accounts import sealed
from gymsite.accounts.operations.joining import LASTS, TRIES, Joining
from gymsite.core.models import Event, User
from gymsite.core.operations.log_in_limits import REGISTRATIONS
from tests.api import Api, assert_problem
from tests.factories import BranchFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db
KNOWN, NEW = "ada@example.com", "new@example.com"
STRONG = "quiet-otter-climbs-7"


@pytest.fixture(autouse=True)
def ada(settings):
    settings.CONFIRM_ADDRESSES = True
    return UserFactory(username="ada", email=KNOWN)


def join(client, address, **more):
    said = {"email": address, "password1": STRONG, "first_name": "Maya"}
    return client.post("/account/signup/", said | more)


def reset(client, address):
    return client.post("/account/password/reset/", {"email": address})


def seen(client, answer, address):
    """What the sender can see of an answer and of the page it leads to.

    The typed address is left out.
    """
    page = client.get(answer["Location"])
    shown = re.sub(r'value="[A-Za-z0-9]{64}"', "", page.content.decode()).replace(
        address, "ADDRESS"
    )
    return (
        answer.status_code,
        answer["Location"],
        sorted(client.cookies),
        page.status_code,
        shown,
    )


def code():
    return re.search(r"\b\d{6}\b", mail.outbox[-1].subject)[0]


@pytest.mark.parametrize("asks", [join, reset])
def test_a_known_address_is_answered_like_a_new_one(asks):
    found, tallies = [], []
    for address in (KNOWN, NEW):
        client = Client()
        with CaptureQueriesContext(connection) as captured:
            answer = asks(client, address)
        found.append(seen(client, answer, address))
        tallies.append(len(captured))
    assert found[0] == found[1]
    assert found[0][0] == 302
    assert len(mail.outbox) == 2
    # a millisecond, where a password's hash takes twenty
    assert abs(tallies[0] - tallies[1]) <= 3, tallies


def test_the_owner_of_a_known_address_is_told():
    join(Client(), "Ada@Example.com")
    assert mail.outbox[0].to == [KNOWN]
    assert "already" in mail.outbox[0].subject
    assert "/account/password/reset/" in mail.outbox[0].body


def test_there_is_no_account_before_the_code_and_one_is_led_back_after_it():
    client, page = Client(), f"/classes/{SessionFactory().pk}/"
    answer = join(client, NEW, next=page)
    assert User.objects.filter(email=NEW).count() == 0
    answer = client.post(answer["Location"], {"code": f" {code()[:3]} {code()[3:]} "})
    assert (answer.status_code, answer["Location"]) == (302, page)
    user = User.objects.get(email=NEW)
    assert (client.session["_auth_user_id"], user.first_name, user.username) == (
        str(user.pk),
        "Maya",
        "new",
    )
    assert user.check_password(STRONG)
    assert EmailAddress.objects.values_list("email", "verified").get(user=user) == (
        NEW,
        True,
    )
    assert Event.objects.filter(kind="registered", member_id=user.pk).exists()
    assert len(mail.outbox) == 1  # nothing more to confirm


def test_a_wrong_code_is_answered_alike_and_five_are_all():
    for address in (KNOWN, NEW):
        client = Client()
        join(client, address)
        wrong = "000000" if "000000" not in mail.outbox[-1].subject else "000001"
        answers = [
            client.post("/account/signup/code/", {"code": wrong}).status_code
            for _ in range(TRIES + 1)
        ]
        assert answers == [422] * TRIES + [429]
        assert client.get("/account/signup/code/")["Location"] == "/account/signup/"
    assert set(User.objects.values_list("email", flat=True)) == {KNOWN}


def test_a_digit_left_out_costs_no_try():
    client = Client()
    join(client, NEW)
    for typed in ("12345", "1234567", "12345a") * 2:
        answer = client.post("/account/signup/code/", {"code": typed})
        assert "Type all six digits" in answer.content.decode()
    assert client.post("/account/signup/code/", {"code": code()}).status_code == 302


def test_logging_in_before_the_code_tells_nothing_either():
    answers = []
    for address in (KNOWN, NEW):
        client = Client()
        join(client, address)
        answer = client.post("/account/login/", {"login": address, "password": STRONG})
        answers.append((answer.status_code, "_auth_user_id" in client.session))
    assert answers == [(200, False), (200, False)]


def test_a_code_holds_for_15_minutes():
    client = Client()
    join(client, NEW)
    with time_machine.travel(timezone.now() + LASTS * 1.01):
        answer = client.post("/account/signup/code/", {"code": code()})
    assert answer["Location"] == "/account/signup/"
    assert not User.objects.filter(email=NEW).exists()


def test_an_address_taken_meanwhile_stays_its_owners():
    client = Client()
    join(client, NEW)
    UserFactory(username="quick", email=NEW)
    answer = client.post("/account/signup/code/", {"code": code()})
    assert answer.status_code == 422
    assert "_auth_user_id" not in client.session


def test_one_address_gets_a_few_mails_an_hour():
    for _ in range(8):
        join(Client(), KNOWN)
    assert len(mail.outbox) == 5


def test_without_a_mail_server_joining_logs_in_at_once(settings):
    settings.CONFIRM_ADDRESSES = False
    client = Client()
    join(client, NEW)
    assert "_auth_user_id" in client.session


def test_a_password_like_the_username_to_be_is_said_at_its_field():
    client, name = Client(), "quiet.otter.climbs"
    address = f"{name}@a-gym-of-a-very-long-name.example"
    answer = join(client, address, password1=name)
    assert answer.status_code == 200
    assert "too similar" in answer.context["form"].errors["password1"][0]


def register(address, **more):
    said = {"username": "maya", "email": address, "password": STRONG} | more
    return Api().post("/users/register", said)


def logs_in(name):
    return Api().post("/auth/login", {"username": name, "password": STRONG})


def confirm(joining, code):
    return Api().post("/users/confirm", {"joining": joining, "code": code})


def test_registering_over_the_api_and_logging_in_tells_nothing():
    found, tallies = [], []
    for address in (KNOWN, NEW):
        with CaptureQueriesContext(connection) as captured:
            begun = register(address)
            then = [logs_in(name) for name in (address, "maya")]
        body = begun.json()
        assert body.pop("email") == address
        length = len(body.pop("joining")) - len(address)
        seen = [(one.status_code, sorted(one.headers), one.json()) for one in then]
        found.append((begun.status_code, sorted(begun.headers), body, seen))
        tallies.append((len(captured), length // 20))
    assert found[0] == found[1]
    assert found[0][0] == 202
    assert [status for status, *_ in found[0][-1]] == [401, 401]
    assert abs(tallies[0][0] - tallies[1][0]) <= 3, tallies
    assert tallies[0][1] == pytest.approx(tallies[1][1], abs=1)
    assert [message.to for message in mail.outbox] == [[KNOWN], [NEW]]


def test_the_code_opens_the_account_that_was_registered():
    branch = BranchFactory()
    begun = register(NEW, last_name="Lovelace", home_branch=branch.pk).json()
    for _ in range(TRIES + 1):  # a missing digit costs none
        assert_problem(confirm(begun["joining"], "12345"), 422, "invalid")
    assert (begun["status"], begun["expires_in"]) == ("code_sent", 900)
    assert not User.objects.filter(email=NEW).exists()
    made = confirm(begun["joining"], f" {code()[:3]} {code()[3:]} ")
    assert made.status_code == 201
    account = made.json()
    assert (account["username"], account["last_name"], account["home_branch"]) == (
        "maya",
        "Lovelace",
        branch.pk,
    )
    assert logs_in("maya").status_code == 200
    assert EmailAddress.objects.get(user_id=account["id"]).verified
    # and only once
    assert_problem(confirm(begun["joining"], code()), 409, "username_taken")


def test_a_wrong_code_over_the_api_is_answered_alike_and_five_are_all():
    for address in (KNOWN, NEW):
        joining = register(address).json()["joining"]
        wrong = "000000" if "000000" not in mail.outbox[-1].subject else "000001"
        for _ in range(TRIES):
            assert_problem(confirm(joining, wrong), 422, "invalid")
        assert_problem(confirm(joining, wrong), 429, "too_many_tries")


def test_what_is_brought_back_was_sealed_here_and_is_not_old():
    begun = register(NEW).json()
    plain = json.dumps(Joining("x", {}, "", "2100-01-01T00:00:00+00:00").kept())
    for other in ("", "x", plain, sealed.MARK + plain, begun["joining"][:-5]):
        assert_problem(confirm(other, code()), 409, "joining_over")
    with time_machine.travel(timezone.now() + LASTS * 1.01):
        assert_problem(confirm(begun["joining"], code()), 409, "joining_over")
    assert not User.objects.filter(email=NEW).exists()


def test_a_username_that_is_taken_is_said_of_both():
    for address in (KNOWN, NEW):
        assert_problem(register(address, username="ADA"), 409, "username_taken")
    assert not mail.outbox


@pytest.mark.parametrize("confirms", [True, False])
def test_a_key_does_not_undo_the_count_of_what_is_refused(settings, confirms):
    settings.CONFIRM_ADDRESSES = confirms
    said = {"username": "ada", "email": NEW, "password": STRONG}
    answers = [
        Api().post("/users/register", said, key=f"k{number}").status_code
        for number in range(REGISTRATIONS.allowed + 1)
    ]
    assert answers == [409] * REGISTRATIONS.allowed + [429]
