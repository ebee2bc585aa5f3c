"""How django-allauth's log-in and sign-up are ours: their words, and our operations behind them."""

from datetime import UTC, datetime
from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest

from gymsite.core.models import User
from gymsite.core.operations import credentials, users


class AccountAdapter(DefaultAccountAdapter):
    def save_user(self, request: HttpRequest, user: User, form: forms.Form, commit: bool = True) -> User:
        """Keep a new account by the operation that the API and the desk use.

        Raises EmailTaken or UsernameTaken where another sign-up was quicker than the form's own look.
        """
        typed = form.cleaned_data
        made = users.register_user(
            username=typed["username"],
            email=typed["email"],
            password=typed["password1"],
            first_name=typed.get("first_name", ""),
            now=datetime.now(UTC),
        )
        user.__dict__.update(made.__dict__)
        return user

    def set_password(self, user: User, password: str) -> None:
        """Changing and resetting end here."""
        changed = credentials.change_password(user_id=user.pk, password=password, now=datetime.now(UTC))
        user.password, user.credentials_version = changed.password, changed.credentials_version


def second_factor_changed(request: HttpRequest, user: User, is_on: bool) -> None:
    changed = credentials.change_second_factor(user_id=user.pk, is_on=is_on, now=datetime.now(UTC))
    if request.user == user:
        update_session_auth_hash(request, changed)  # stay logged in here


def follow_second_factors() -> None:
    """The log-in library tells of codes and passkeys by signals alone."""

    def on(request: HttpRequest, user: User, authenticator: Authenticator, **about: Any) -> None:
        if authenticator.type != Authenticator.Type.RECOVERY_CODES:  # they come with the first of the others
            second_factor_changed(request, user, is_on=True)

    def off(request: HttpRequest, user: User, **about: Any) -> None:
        second_factor_changed(request, user, is_on=False)

    signals.authenticator_added.connect(on, weak=False)
    signals.authenticator_removed.connect(off, weak=False)


def say_it_once(form: forms.Form) -> None:
    """A label is enough; the same word again inside the field is noise that vanishes when one types."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


class LoginForm(allauth_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say_it_once(self)
        self.fields["login"].label = "Username or e-mail"
        self.fields["remember"].label = "Keep me logged in"


class SignupForm(allauth_forms.SignupForm):
    first_name = forms.CharField(max_length=150, required=False, help_text="As the trainers should call you.")
    field_order = ("first_name", "email", "username", "password1")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say_it_once(self)
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["email"].label = "E-mail"

    def clean(self) -> dict[str, Any]:
        """Ask the rules of names here already, so that each fault stands beside its field."""
        typed = super().clean() or {}
        said = {name: typed[name] for name in ("first_name", "username", "email") if name in typed}
        for name, words in users.account_faults(User(**said), *said).items():
            self.add_error(name, words)
        return typed
