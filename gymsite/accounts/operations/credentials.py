"""What lets a person in: address, password, second factor, PIN.

A change ends what was given out under the old one. The person whose credential changes
is told, at the old address and the new one, and an event says who did it.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.urls import reverse

from gymsite.accounts import roles
from gymsite.core import errors, throttle
from gymsite.core.event_kinds import CoreEvent, EventKind
from gymsite.core.models import User
from gymsite.core.operations import events, sessions
from gymsite.core.operations.users import check_pin, held, put
from gymsite.notifications.operations import notify

OWN_TRIES, DESK_TRIES, AN_HOUR = 5, 100, timedelta(hours=1)
ASK = "If that was not you, ask the front desk at once."


@transaction.atomic
def change_account(
    *,
    user_id: int,
    actor_id: int,
    email: str | None = None,
    username: str | None = None,
    now: datetime,
    **said: Any,
) -> User:
    """Change what the desk may change of somebody's account.

    That is names, phone, home branch, and the two names to log in with. The try is not
    counted here: the admin counts it before its own transaction, which a refusal undoes
    (count_address_try). Raises Invalid by field, EmailTaken, UsernameTaken, Forbidden;
    then nothing is changed.
    """
    if email is not None:
        _change_email(user_id, email, actor_id, now)
    if username is not None:
        change_username(user_id=user_id, username=username, actor_id=actor_id, now=now)
    user = held(user_id)
    put(user, **{name: text for name, text in said.items() if name != "home_branch"})
    if "home_branch" in said:
        user.home_branch = said["home_branch"]
    if said:
        user.save(update_fields=list(said))
        events.record(CoreEvent.PROFILE_CHANGED, user, at=now, actor_id=actor_id)
    return user


def change_email(*, user_id: int, email: str, actor_id: int, now: datetime) -> User:
    """Give an account another e-mail address.

    It changes in the one place that log-in and reset look at (account_emailaddress
    too). Raises TooMany, and then looks at no address; Invalid, EmailTaken, Forbidden
    (nobody changes that of a peer or of a superior).
    """
    count_address_try(user_id=user_id, actor_id=actor_id, now=now)
    return _change_email(user_id, email, actor_id, now)


def count_address_try(*, user_id: int | None, actor_id: int, now: datetime) -> None:
    """Count a try that is about to reveal whether an address is taken.

    The count keeps anybody from finding out whose addresses are known. Raises TooMany.
    Call it outside the transaction of what follows: a refusal undoes that.
    """
    whose, allowed = ("own", OWN_TRIES) if user_id == actor_id else ("desk", DESK_TRIES)
    throttle.hit(f"email:{whose}:{actor_id}", allowed=allowed, window=AN_HOUR, now=now)


@transaction.atomic
def _change_email(user_id: int, email: str, actor_id: int, now: datetime) -> User:
    user = held(user_id)
    before = user.email
    put(user, email=email)
    if user.email == before:
        return user
    check_may_change(actor_id, user)
    with errors.refusals():
        _changed(
            user, "email", kind=CoreEvent.EMAIL_CHANGED, actor_id=actor_id, now=now
        )
    said = f"Log in with {user.email} from now on. {ASK}"
    for address in (before, ""):  # the new one is the account's own
        notify(
            user.pk,
            kind=CoreEvent.EMAIL_CHANGED,
            title="Your e-mail address is changed",
            body=said,
            at=now,
            to=address,
        )
    return user


@transaction.atomic
def change_username(
    *, user_id: int, username: str, actor_id: int, now: datetime
) -> User:
    """Give an account another name to log in with.

    Raises Invalid, UsernameTaken, Forbidden.
    """
    user = held(user_id)
    before = user.username
    put(user, username=username)
    if user.username == before:
        return user
    check_may_change(actor_id, user)
    with errors.refusals():
        _changed(
            user,
            "username",
            kind=CoreEvent.USERNAME_CHANGED,
            actor_id=actor_id,
            now=now,
        )
    _tell(
        user,
        CoreEvent.USERNAME_CHANGED,
        "Your username is changed",
        f"It is {user.username} now.",
        now,
    )
    return user


@transaction.atomic
def change_password(*, user_id: int, password: str, now: datetime) -> User:
    """Set the password that its owner chose, and end their other sessions."""
    user = held(user_id)
    user.set_password(password)
    _changed(
        user, "password", kind=CoreEvent.PASSWORD_CHANGED, actor_id=user_id, now=now
    )
    _tell(
        user,
        CoreEvent.PASSWORD_CHANGED,
        "Your password is changed",
        "You are logged out everywhere else.",
        now,
    )
    return user


@transaction.atomic
def change_second_factor(*, user_id: int, is_on: bool, now: datetime) -> User:
    """Record that the log-in library added or took away a code or passkey.

    The library itself keeps it.
    """
    user = held(user_id)
    _changed(user, kind=CoreEvent.SECOND_FACTOR_CHANGED, actor_id=user_id, now=now)
    title = (
        "Logging in asks for a second step"
        if is_on
        else "A second step is switched off"
    )
    _tell(
        user,
        CoreEvent.SECOND_FACTOR_CHANGED,
        title,
        "You are logged out everywhere else.",
        now,
    )
    return user


@transaction.atomic
def set_pin(*, user_id: int, pin: str, actor_id: int, now: datetime) -> User:
    """Set the six digits that a member types at the kiosk.

    Raises Invalid, Forbidden.
    """
    check_pin(pin)
    user = held(user_id)
    check_may_change(actor_id, user)
    user.pin_hash = make_password(pin)
    user.save(update_fields=["pin_hash"])
    events.record(CoreEvent.PIN_CHANGED, user, at=now, actor_id=actor_id)
    _tell(
        user,
        CoreEvent.PIN_CHANGED,
        "Your check-in PIN is changed",
        "The kiosk takes the new one only.",
        now,
    )
    return user


def check_may_change(actor_id: int, user: User) -> None:
    """Raise Forbidden unless the account is one's own or a subordinate's."""
    if actor_id == user.pk:
        return
    role = User.objects.values_list("role", flat=True).get(pk=actor_id)
    if user.role not in roles.beneath(role):
        raise errors.Forbidden(
            "This account is not beneath yours.",
            remedy="Its owner changes this themselves.",
        )


def _changed(
    user: User, *fields: str, kind: EventKind, actor_id: int, now: datetime
) -> None:
    """Keep the change, end every earlier session of the person, and record it."""
    user.credentials_version += 1
    user.save(update_fields=[*fields, "credentials_version"])
    sessions.end_all(user_id=user.pk)
    events.record(kind, user, at=now, actor_id=actor_id)


def _tell(user: User, kind: EventKind, title: str, body: str, now: datetime) -> None:
    notify(
        user.pk,
        kind=kind,
        title=title,
        body=f"{body} {ASK}",
        url=reverse("profile"),
        at=now,
    )
