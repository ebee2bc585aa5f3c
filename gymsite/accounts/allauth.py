"""The site's log-in and sign-up on top of django-allauth.

The words, the mail and the operations behind them are the site's own.
"""

import logging
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from allauth.account import forms as allauth_forms
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from allauth.mfa import signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from gymsite.accounts import devices, joining, page_sessions, passkeys, sealed
from gymsite.accounts.operations import credentials
from gymsite.core.models import Brand, User
from gymsite.core.operations import log_in_limits, second_factors, users
from gymsite.core.text import one_line
from gymsite.notifications import mail_message
from gymsite.web.http import client_address
from gymsite.web.navigation import audience_of

log = logging.getLogger(__name__)
LINKS = ("password_reset_url", "activate_url", "signup_url")


class AccountAdapter(DefaultAccountAdapter):
    def get_client_ip(self, request: HttpRequest) -> str:
        """Whom the library's limits count: the whole range that one client can rent."""
        return log_in_limits.Origin(client_address(request)).site

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        account, origin = _from(request, credentials)
        log_in_limits.check(account, origin, now=timezone.now())

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        account, origin = _from(request, credentials)
        log_in_limits.failed(account, origin, now=timezone.now())

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        page_sessions.begin(
            request.session,
            client=request.headers.get("User-Agent", ""),
            now=timezone.now(),
        )

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse:
        account = str(user.pk)
        log_in_limits.succeeded(account, _origin(request, account))
        response = super().post_login(request, user, **how)
        devices.remember(request, response, account)
        return response

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Where staff begin their work; a page that somebody came from goes first."""
        start = settings.LOGIN_STARTS.get(audience_of(request.user))
        return reverse(start) if start else super().get_login_redirect_url(request)

    def save_user(
        self, request: HttpRequest, user: User, form: forms.Form, commit: bool = True
    ) -> User:
        """Keep a new account by the operation that the API and the desk use.

        Nobody is asked for a username. Raises EmailTaken or UsernameTaken where another
        sign-up was quicker than the form's own look.
        """
        typed = form.cleaned_data
        made = users.register_user(
            username=users.username_for(typed["email"]),
            email=typed["email"],
            password=typed["password1"],
            first_name=typed.get("first_name", ""),
            now=timezone.now(),
        )
        # account/messages/logged_in.txt looks
        user.__dict__.update(made.__dict__, is_new=True)
        return user

    def set_password(self, user: User, password: str) -> None:
        """Changing a password and resetting one both end here."""
        changed = credentials.change_password(
            user_id=user.pk, password=password, now=timezone.now()
        )
        user.password, user.credentials_version = (
            changed.password,
            changed.credentials_version,
        )

    def send_mail(
        self, template_prefix: str, email: str, context: dict[str, Any]
    ) -> None:
        """Send one of the library's mails in the brand's name.

        The request is carried out even while the mail server is away; the page then
        says that no mail has left.
        """
        try:
            self.render_mail(template_prefix, email, context).send()
        except Exception:
            log.exception("The mail %s was not sent", template_prefix)
            if request := allauth_context.request:
                messages.warning(
                    request, "Our mail can't leave at the moment. Try again later."
                )

    def render_mail(
        self,
        template_prefix: str,
        email: Any,
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> Any:
        whose = mail_message.brand()
        site = SimpleNamespace(
            name=whose.name, domain=urlsplit(settings.SITE_URL).netloc
        )
        known = {
            "brand": whose,
            "site": settings.SITE_URL,
            "current_site": site,
            "email": email,
        }
        known |= context | {
            name: _on_the_site(context[name]) for name in LINKS if context.get(name)
        }
        known |= {"name": one_line(getattr(context.get("user"), "first_name", ""), 60)}
        known["content"] = render_to_string(
            f"{template_prefix}_message.txt", known
        ).strip()
        known["title"] = render_to_string(
            f"{template_prefix}_subject.txt", known
        ).strip()
        return mail_message.message(
            whose,
            to=email,
            subject=known["title"],
            text=render_to_string("mail/account.txt", known),
            html=render_to_string("mail/account.html", known),
            headers=headers,
        )


def _on_the_site(link: str) -> str:
    """Build a link with the setting's scheme and host.

    The client chooses those of the request.
    """
    site = urlsplit(settings.SITE_URL)
    return urlsplit(link)._replace(scheme=site.scheme, netloc=site.netloc).geturl()


def _from(
    request: HttpRequest, credentials: dict[str, Any]
) -> tuple[str, log_in_limits.Origin]:
    account = log_in_limits.account_of(
        credentials.get("email") or credentials.get("username") or ""
    )
    return account, _origin(request, account)


def _origin(request: HttpRequest, account: str) -> log_in_limits.Origin:
    return log_in_limits.Origin(
        client_address(request), devices.device_of(request, account)
    )


class SpendsCode(mfa_forms.BaseAuthenticateForm):
    """allauth's forms for codes; each code is good once, across all workers."""

    def clean_code(self) -> str:
        clear = check_rate_limit(self.user)
        code = self.cleaned_data["code"]
        self.authenticator = second_factors.spend_code(
            user_id=self.user.pk, code=code, now=timezone.now()
        )
        if self.authenticator is None:
            raise get_mfa_adapter().validation_error("incorrect_code")
        clear()
        return code


class CodeForm(SpendsCode, mfa_forms.AuthenticateForm):
    pass


class CodeAgainForm(SpendsCode, mfa_forms.ReauthenticateForm):
    pass


class MfaAdapter(DefaultMFAAdapter):
    """Keeps authenticator secrets encrypted, under keys that can change.

    GYMSITE_CODE_KEYS holds the keys.
    """

    def encrypt(self, text: str) -> str:
        return sealed.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return sealed.open_sealed(encrypted_text)

    def get_totp_issuer(self) -> str:
        return Brand.objects.values_list("name", flat=True).first() or "gymsite"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": passkeys.site_id(), "name": self.get_totp_issuer()}


def second_factor_changed(request: HttpRequest, user: User, is_on: bool) -> None:
    changed = credentials.change_second_factor(
        user_id=user.pk, is_on=is_on, now=timezone.now()
    )
    if request.user == user:
        update_session_auth_hash(request, changed)  # stay logged in here


def follow_second_factors() -> None:
    """Hear of codes and passkeys by signals, all that the log-in library offers."""

    def on(
        request: HttpRequest, user: User, authenticator: Authenticator, **about: Any
    ) -> None:
        # they are made together with the first of the others
        if authenticator.type != Authenticator.Type.RECOVERY_CODES:
            second_factor_changed(request, user, is_on=True)

    def off(request: HttpRequest, user: User, **about: Any) -> None:
        second_factor_changed(request, user, is_on=False)

    signals.authenticator_added.connect(on, weak=False)
    signals.authenticator_removed.connect(off, weak=False)


def say_it_once(form: forms.Form) -> None:
    """Drop placeholders: a label is enough.

    The same word inside the field is noise that vanishes when somebody types.
    """
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


class LoginForm(allauth_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say_it_once(self)
        self.fields["login"].label = "Username or e-mail"
        self.fields["remember"].label = "Keep me logged in"


class SignupForm(allauth_forms.SignupForm):
    first_name = forms.CharField(
        max_length=150, required=False, help_text="As the trainers should call you."
    )
    field_order = ("first_name", "email", "password1")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say_it_once(self)
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["email"].label = "E-mail"

    def validate_unique_email(self, value: str) -> str:
        return (
            value
            if settings.CONFIRM_ADDRESSES
            else super().validate_unique_email(value)
        )

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        if settings.CONFIRM_ADDRESSES:
            return None, joining.begin(request, self.cleaned_data)
        return super().try_save(request)

    def clean(self) -> dict[str, Any]:
        """Check names and passwords here, so that an error stands beside its field."""
        typed = super().clean() or {}
        said = {name: typed[name] for name in ("first_name", "email") if name in typed}
        user = User(username=users.username_for(said.get("email", "")), **said)
        faults = users.account_faults(user, *said)
        password = typed.get("password1")
        if password and (unfit := users.password_faults(password, user)):
            faults["password1"] = unfit
        for name, words in faults.items():
            self.add_error(name, words)
        return typed
