"""Log-in with a second step and with a passkey, under a policy that allows no inline
script."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from playwright.sync_api import Page, expect

from tests.browser.test_journey import press
from tests.factories import PASSWORD, MemberFactory

NEW_PASSWORD = "slow-heron-listens-3"


@pytest.fixture
def member(transactional_db):
    return MemberFactory(username="ana", first_name="Ana")


@pytest.fixture
def page(visitor, member) -> Page:
    return visitor().open("/account/login/")


def log_in(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("Username or e-mail").fill("ana")
    page.get_by_label("Password").fill(password)
    press(page, "Log in")


def code_now(secret: str) -> str:
    *_, counter = yield_hotp_counters_from_time()  # the one that is good the longest
    return format_hotp_value(hotp_value(secret, counter))


def open_guarded(page: Page, path: str) -> None:
    """A page that asks for the password once more."""
    expect(page.get_by_role("link", name="Your profile")).to_be_visible()
    page.goto(page.url.rstrip("/") + path)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Confirm")


def log_out(page: Page) -> None:
    page.get_by_role("link", name="Your profile").first.click()
    press(page, "Log out")


def test_a_wrong_password_is_explained_in_its_place(page):
    log_in(page, "nothing like it")
    expect(page.get_by_role("alert")).to_be_visible()
    log_in(page)
    expect(page.get_by_role("link", name="Your profile")).to_be_visible()


def test_log_in_leads_back_to_where_one_was(visitor, member):
    page = visitor().open("/bookings/")
    log_in(page)
    expect(page.get_by_role("heading", name="My bookings")).to_be_visible()


def test_a_code_from_an_app_is_asked_for(page):
    log_in(page)
    open_guarded(page, "/account/2fa/totp/activate/")
    secret = page.get_by_label("Authenticator secret").input_value()
    expect(page.locator(".qr img")).to_be_visible()
    page.get_by_label("Authenticator code").fill(code_now(secret))
    press(page, "Activate")
    # the recovery codes, to be written down
    expect(page.get_by_label("Unused codes")).to_be_visible()
    log_out(page)
    page.get_by_role("link", name="Log in").click()
    log_in(page)
    expect(
        page.get_by_role("heading", name="Two-Factor Authentication")
    ).to_be_visible()


def test_a_passkey_is_added_and_logs_in(page):
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    kind = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
    }
    options = kind | {"isUserVerified": True, "automaticPresenceSimulation": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    log_in(page)
    open_guarded(page, "/account/2fa/webauthn/add/")
    page.get_by_label("Name").fill("My phone")
    page.get_by_label("Passwordless").check()
    press(page, "Add")
    expect(
        page.get_by_text("My phone").or_(page.get_by_label("Unused codes")).first
    ).to_be_visible()
    assert Authenticator.objects.filter(type="webauthn").count() == 1
    log_out(page)
    page.get_by_role("link", name="Log in").click()
    press(page, "Log in with a passkey")
    expect(page.get_by_role("link", name="Your profile")).to_be_visible()


def test_a_forgotten_password_is_set_anew(page, member):
    page.get_by_role("link", name="Forgot").first.click()
    page.get_by_label("Email").fill(member.email)
    press(page, "Reset")
    expect(page.get_by_role("heading", name="Password Reset").first).to_be_visible()
    (letter,) = mail.outbox
    link = next(
        word for word in letter.body.split() if "/account/password/reset/key/" in word
    )
    page.goto(
        f"{page.url.split('/account/')[0]}/account/{link.partition('/account/')[2]}"
    )  # not the site's own address
    page.get_by_label("New Password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New Password (again)").fill(NEW_PASSWORD)
    press(page, "Change Password")
    page.goto(page.url.split("/account/")[0] + "/account/login/")
    log_in(page, NEW_PASSWORD)
    expect(page.get_by_role("link", name="Your profile")).to_be_visible()
