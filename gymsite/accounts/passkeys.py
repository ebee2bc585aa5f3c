"""The site that a passkey is for, and the log-in library's forms for passkeys.

The forms read what a browser's own dialogue made, but anybody may send other things.
What can't be read is a passkey that does not match, and never a server error.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as mfa_forms
from django import forms
from django.conf import settings

# what the parsers of JSON and of passkeys raise for invalid text
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
LOOPBACK = ("127.0.0.1", "::1")


def site_id() -> str:
    """The domain that passkeys are made for and asked for.

    It is the setting's, whatever host a request names. Browsers accept no number as a
    domain, so this machine is localhost.
    """
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return "localhost" if host in LOOPBACK else host


@contextmanager
def readable() -> Iterator[None]:
    try:
        yield
    except UNREADABLE as error:
        raise get_adapter().validation_error("incorrect_code") from error


class CredentialField(forms.JSONField):
    def __init__(self) -> None:
        super().__init__(widget=forms.HiddenInput)

    def to_python(self, value: Any) -> Any:
        with readable():
            return super().to_python(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Input that can't be read is not shown again."""
        try:
            return super().bound_data(data, initial)
        except UNREADABLE:
            return None


class PasskeyForm(mfa_forms.AuthenticateWebAuthnForm):
    credential = CredentialField()

    def clean_credential(self) -> Authenticator:
        with readable():
            return super().clean_credential()


class LoginForm(PasskeyForm, mfa_forms.LoginWebAuthnForm):
    pass


class ReauthenticateForm(PasskeyForm, mfa_forms.ReauthenticateWebAuthnForm):
    pass


class AddForm(mfa_forms.AddWebAuthnForm):
    credential = CredentialField()

    def clean(self) -> dict[str, Any]:
        with readable():
            return super().clean()
