"""How django-allauth's log-in and sign-up are ours: their words, and one event for each new account."""

from datetime import UTC, datetime
from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.db import transaction
from django.http import HttpRequest

from gymsite.core import errors
from gymsite.core.models import User
from gymsite.core.operations import events


class AccountAdapter(DefaultAccountAdapter):
    @transaction.atomic
    def save_user(self, request: HttpRequest, user: User, form: forms.Form, commit: bool = True) -> User:
        """Keep a new account and record it, as operations.users.register_user does for the API.

        Raises EmailTaken or UsernameTaken where another sign-up was quicker than the form's own look.
        """
        with errors.refusals():
            saved = super().save_user(request, user, form, commit)
        now = datetime.now(UTC)
        if commit:
            events.record("registered", saved, at=now, actor_id=saved.pk, member_id=saved.pk)
        return saved


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
