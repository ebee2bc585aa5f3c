"""The log-in library's forms of passkeys, which read what a browser's own dialogue
made; anybody may send other things.

Whatever can't be read is a passkey that does not match, and never a server error.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as mfa_forms
from django import forms

# what the parsers of JSON and of passkeys raise at text that is none
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


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
        """What can't be read is not shown again."""
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
