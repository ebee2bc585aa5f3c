"""Joining and resetting tell nobody whether an address has an account: same status,
same words, as many statements."""

import re

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gymsite.accounts.joining import LASTS, TRIES
from gymsite.core.models import Event, User
from tests.factories import SessionFactory, UserFactory

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
    """What somebody at the other end can see of an answer and of the page it leads to,
    without the address typed."""
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
