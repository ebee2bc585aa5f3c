"""The settings that docs/deploy.md tells a site to set.

Django's own check judges them, and their cookies are tried.
"""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client

from gymsite.accounts import devices
from tests.factories import PASSWORD, UserFactory

SITE = {
    "DATABASE_URL": "postgresql://gymsite@db.invalid/gymsite",
    "GYMSITE_PRODUCTION": "1",
    "GYMSITE_DEBUG": "0",
    "GYMSITE_PROXIES": "1",
    "GYMSITE_SECRET_KEY": "a-key-of-a-test-that-opens-nothing-0123456789-abcdefghijklmnop",
    "GYMSITE_ALLOWED_HOSTS": "gym.example",
    "GYMSITE_SITE_URL": "https://gym.example",
}
COOKIES = """
import json
from django.conf import settings
from gymsite.accounts import devices
PARTS = "NAME", "SECURE", "HTTPONLY", "DOMAIN", "PATH"
found = {kind: [getattr(settings, f"{kind}_COOKIE_{part}") for part in PARTS] for kind in ("SESSION", "CSRF")}
print(json.dumps(found | {"device": devices.COOKIE}))
"""


def run(*command: str, **changed: str) -> subprocess.CompletedProcess:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GYMSITE_", "DJANGO_"))
    }
    environment |= {"DJANGO_SETTINGS_MODULE": "gymsite.settings"} | SITE | changed
    return subprocess.run(
        [sys.executable, *command],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("changed", "share"),
    [
        ({}, "100"),
        ({"GYMSITE_PRODUCTION": "0"}, "0"),
        ({"GYMSITE_PRODUCTION": "0", "GYMSITE_RUN": "home"}, "1"),
        ({"GYMSITE_REQUEST_SAMPLE": "7", "GYMSITE_RUN": "home"}, "7"),
    ],
)
def test_one_request_in_so_many_is_sampled(changed, share):
    asks = "from gymsite import settings; print(settings.REQUEST_SAMPLE)"
    assert run("-c", asks, **changed).stdout.strip() == share


def test_the_check_for_deploying_finds_nothing():
    checked = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert checked.returncode == 0, checked.stderr


def test_the_check_finds_what_is_amiss():
    checked = run(
        "manage.py",
        "check",
        "--deploy",
        "--fail-level",
        "WARNING",
        GYMSITE_SECRET_KEY="short",
    )
    assert checked.returncode != 0
    assert "security.W009" in checked.stderr


def test_cookies_are_of_this_host_alone():
    cookies = json.loads(run("-c", COOKIES).stdout)
    assert cookies == {
        "SESSION": ["__Host-session", True, True, None, "/"],
        "CSRF": ["__Host-csrf", True, True, None, "/"],
        "device": "__Host-device",
    }


@pytest.mark.django_db
def test_a_browser_takes_them_at_log_in(settings, monkeypatch):
    """A browser takes a name that begins with __Host- at log-in.

    It takes it only with Secure, for the whole host and for no domain.
    """
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = (
        "__Host-session",
        "__Host-csrf",
    )
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    monkeypatch.setattr(devices, "COOKIE", "__Host-device")
    client, user = Client(enforce_csrf_checks=True), UserFactory()
    client.get("/account/login/", secure=True)
    said = {
        "login": user.username,
        "password": PASSWORD,
        "csrfmiddlewaretoken": client.cookies["__Host-csrf"].value,
    }
    headers = {"referer": "https://testserver/account/login/"}
    assert (
        client.post("/account/login/", said, secure=True, headers=headers).status_code
        == 302
    )
    assert set(client.cookies) >= {"__Host-session", "__Host-csrf", "__Host-device"}
    for name in ("__Host-session", "__Host-csrf", "__Host-device"):
        cookie = client.cookies[name]
        assert (
            cookie["secure"],
            cookie["path"],
            cookie["domain"],
            cookie["samesite"],
        ) == (True, "/", "", "Lax"), name
    assert client.get("/profile/", secure=True).status_code == 200
