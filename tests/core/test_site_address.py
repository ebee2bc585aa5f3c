"""Links that leave the site begin with its setting, whatever host a request names: that
is the client's to choose."""

from email.message import EmailMessage

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from gymsite.core.operations.users import new_calendar_token
from gymsite.notifications.mail import send_due
from gymsite.notifications.operations import notify
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
SITE = "https://gym.example"


@pytest.fixture
def ada(settings):
    settings.ALLOWED_HOSTS, settings.SITE_URL = ["*"], SITE
    return UserFactory(username="ada", email="ada@example.com")


@pytest.fixture
def forger():
    return Client(headers={"host": "evil.example"})


def sent() -> str:
    """All of the one mail that has left: headers, text and HTML."""
    (message,) = mail.outbox
    whole: EmailMessage = message.message()
    parts = [
        part.get_payload(decode=True).decode()
        for part in whole.walk()
        if not part.is_multipart()
    ]
    return "\n".join([str(whole.items()), *parts])


def reset(client, address):
    client.post("/account/password/reset/", {"email": address})


def join(client, address):
    said = {
        "email": address,
        "username": "maya",
        "password1": "quiet-otter-climbs-7",
        "first_name": "Maya",
    }
    client.post("/account/signup/", said)


@pytest.mark.parametrize(
    ("asks", "address"),
    [
        (reset, "ada@example.com"),
        (reset, "nobody@example.com"),
        (join, "nobody@example.com"),
    ],
)
def test_mails_that_a_request_sends_lead_to_the_site(ada, forger, asks, address):
    asks(forger, address)
    text = sent()
    assert "evil.example" not in text
    assert f"{SITE}/account/" in text


def test_notices_lead_to_the_site(ada):
    now = timezone.now()
    notify(ada.pk, kind="booked", title="You are booked", url="/bookings/", at=now)
    send_due(limit=1, now=now)
    assert f"{SITE}/bookings/" in sent()


def test_the_calendars_address_is_the_sites(ada, forger):
    token = new_calendar_token(user_id=ada.pk)
    forger.force_login(ada)
    page = forger.get("/calendar/").content.decode()
    assert f"{SITE}/calendar/{token}.ics" in page
    assert "evil.example" not in page
