"""Links that leave the site begin with its setting.

They ignore the host that a request names, which the client chooses.
"""

from email.message import EmailMessage

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from gymsite.accounts import passkeys
from gymsite.core.operations.users import new_calendar_token
from gymsite.notifications.mail import send_due
from gymsite.notifications.operations import notify
from tests.factories import PASSWORD, UserFactory

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
    """The whole of the one mail that has left: headers, text and HTML."""
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


def added(forger, ada):
    forger.force_login(ada)
    forger.post("/account/reauthenticate/", {"password": PASSWORD})
    page = forger.get("/account/2fa/webauthn/add/")
    return page.context["js_data"]["creation_options"]["publicKey"]["rp"]


def asked_for(forger):
    answer = forger.get(
        "/account/2fa/webauthn/login/", headers={"accept": "application/json"}
    )
    return answer.json()["request_options"]["publicKey"]["rpId"]


def test_passkeys_are_made_and_asked_for_the_site(ada, forger):
    """Otherwise whoever names another host gets passkeys that open nothing."""
    assert asked_for(forger) == added(forger, ada)["id"] == "gym.example"


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("https://gym.example:8443", "gym.example"),
        ("http://127.0.0.1:8000", "localhost"),  # a browser takes no number
        ("http://[::1]:8000", "localhost"),
        ("http://localhost:8000", "localhost"),
    ],
)
def test_the_domain_of_passkeys(settings, address, domain):
    settings.SITE_URL = address
    assert passkeys.site_id() == domain
