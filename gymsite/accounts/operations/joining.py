"""Joining with an address that a mailed code confirms, on the pages and over the API.

Nobody learns whether an address has an account: each step looks, answers and takes as
long as for a new one, and there is no account before the code. A person who already has
an account gets a mail that says so instead of a code.
"""

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from gymsite.accounts import sealed
from gymsite.accounts.errors import JoiningOver
from gymsite.core import throttle, tokens
from gymsite.core.errors import EmailTaken, Invalid, UsernameTaken
from gymsite.core.models import User
from gymsite.core.operations import log_in_limits, users

LASTS = timedelta(minutes=15)
TRIES = 5
MAILS = 5  # to one address per hour


@dataclass(frozen=True, slots=True)
class Joining:
    """What is kept of a person between the mail and its code.

    A browser's session keeps it, or the caller of the API, sealed. ``said`` is what
    register_user is to be told, ``code`` a hash, ``until`` ISO 8601.
    """

    id: str
    said: dict[str, Any]
    code: str
    until: str

    def kept(self) -> dict[str, Any]:
        return asdict(self)

    def token(self) -> str:
        """All of it for the caller to bring back, readable by this site alone."""
        return sealed.seal(json.dumps(self.kept())).removeprefix(sealed.MARK)

    def is_over(self, now: datetime) -> bool:
        return now > datetime.fromisoformat(self.until)


def joining_of(token: str) -> Joining:
    """What a caller brings back; raises JoiningOver if this site did not seal it."""
    try:
        return Joining(**json.loads(sealed.open_sealed(sealed.MARK + token)))
    except (sealed.Unopened, ValueError, TypeError) as error:
        raise JoiningOver() from error


def begin_joining(
    *,
    email: str,
    password: str,
    username: str = "",
    first_name: str = "",
    last_name: str = "",
    phone: str = "",
    home_branch_id: int | None = None,
    address: str,
    now: datetime,
) -> Joining:
    """Mail a code, or mail that there already is an account.

    Without a username one is made of the e-mail address. ``address`` is where the
    request comes from (log_in_limits). Raises TooMany, Invalid by field, UsernameTaken.
    """
    log_in_limits.check_registering(log_in_limits.Origin(address), now=now)
    said: dict[str, Any] = {
        "first_name": first_name,
        "last_name": last_name,
        "phone": phone,
        "home_branch_id": home_branch_id,
    }
    name = username or users.username_for(email)
    user = users.new_member(username=name, email=email, now=now, **said)
    users.check_account(user, password)
    if User.objects.filter(username__iexact=user.username).exists():
        raise UsernameTaken()
    code, hashed = f"{secrets.randbelow(1_000_000):06}", make_password(password)
    _mail(user.email, code, now)
    said |= {"email": user.email, "username": username, "hashed": hashed}
    return Joining(tokens.new(), said, _sealed(code), (now + LASTS).isoformat())


def finish_joining(*, joining: Joining, code: str, now: datetime) -> User:
    """Make the account of the person who shows the code.

    Raises JoiningOver after 15 minutes, TooMany after five tries, Invalid,
    UsernameTaken. A missing digit costs no try.
    """
    if joining.is_over(now):
        raise JoiningOver()
    code = "".join(code.split())
    if not (len(code) == 6 and code.isdecimal()):
        raise Invalid({"code": ["Type all six digits of the mail."]})
    throttle.hit(f"join:{joining.id}", allowed=TRIES, window=LASTS, now=now)
    if not constant_time_compare(joining.code, _sealed(code)):
        raise _wrong()
    try:
        return _registered(joining.said, now)
    # somebody else was quicker, or guessed a code that was never mailed
    except EmailTaken:
        raise _wrong() from None


def _sealed(code: str) -> str:
    return salted_hmac("gymsite.joining", code, algorithm="sha256").hexdigest()


def _wrong() -> Invalid:
    return Invalid({"code": ["That is not the code that we mailed last."]})


def _mail(email: str, code: str, now: datetime) -> None:
    key = f"join-mail:{tokens.digest(email).hex()[:32]}"
    if throttle.count(key, window=timedelta(hours=1), now=now)[0] > MAILS:
        return
    if User.objects.filter(email=email).exists():
        link = settings.SITE_URL + reverse("account_reset_password")
        about = {"password_reset_url": link}
        get_adapter().send_mail("account/email/account_already_exists", email, about)
    else:
        get_adapter().send_mail("account/email/join_code", email, {"code": code})


@transaction.atomic
def _registered(said: dict[str, Any], now: datetime) -> User:
    name = said["username"] or users.username_for(said["email"])
    user = users.register_user(**said | {"username": name}, now=now)
    EmailAddress.objects.create(
        user=user, email=user.email, primary=True, verified=True
    )
    return user
