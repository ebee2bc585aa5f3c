"""People: joining, PINs, calendar addresses, leaving."""

import re
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from gymsite.core import errors, member_numbers, row_locks, throttle, tokens
from gymsite.core.batches import InUseAgain
from gymsite.core.event_kinds import CoreEvent
from gymsite.core.models import Branch, Role, User
from gymsite.core.models.users import STAFF_ROLES
from gymsite.core.operations import events, sessions
from gymsite.core.text import is_misleading, tidy, tidy_email, tidy_identifier

PIN = re.compile(r"[0-9]{6}", re.ASCII)
PIN_TRIES = 5
PIN_WINDOW = timedelta(minutes=15)
NOT_IN_NAMES = re.compile(r"[^a-z0-9._-]")
# The API has addresses of these names beside those of people (docs/api.md).
RESERVED_USERNAMES = frozenset({"book", "confirm", "register", "user"})


# How each text of an account is kept; a look-up uses the same form.
KEPT_AS = {"username": tidy_identifier, "email": tidy_email}
SAID = ("username", "email", "first_name", "last_name", "phone", "home_branch")


@transaction.atomic
def register_user(
    *,
    username: str,
    email: str,
    password: str = "",
    hashed: str = "",
    first_name: str = "",
    last_name: str = "",
    phone: str = "",
    home_branch_id: int | None = None,
    actor_id: int | None = None,
    now: datetime,
) -> User:
    """Make a member's account, by themselves or by ``actor_id``.

    ``hashed`` is the hash of a password whose rules were checked before; it is kept in
    place of ``password``. Raises Invalid by field, EmailTaken, UsernameTaken.
    """
    user = new_member(
        username=username,
        email=email,
        first_name=first_name,
        last_name=last_name,
        phone=phone,
        home_branch_id=home_branch_id,
        now=now,
    )
    check_account(user, None if hashed else password)
    user.password = hashed or make_password(password)
    with errors.refusals():
        user.save(force_insert=True)
    events.record(CoreEvent.REGISTERED, user, at=now, actor_id=actor_id or user.pk)
    return user


def new_member(*, home_branch_id: int | None, now: datetime, **said: str) -> User:
    """The row of a new account, with each text as it is kept; not saved."""
    texts = as_kept(said)
    return User(
        **texts, home_branch_id=home_branch_id, role=Role.MEMBER, date_joined=now
    )


def as_kept(said: dict[str, str]) -> dict[str, str]:
    """Texts of an account by field, each in the form in which it is kept."""
    return {name: KEPT_AS.get(name, tidy)(text) for name, text in said.items()}


def check_account(user: User, password: str | None) -> None:
    """Raise Invalid with every field of an account that can't stand.

    A readable password is checked against its rules too; None means it is hashed
    already.
    """
    found = account_faults(user, *SAID)
    if password is not None and (faults := password_faults(password, user)):
        found["password"] = faults
    if found:
        raise errors.Invalid(found)


def password_faults(password: str, user: User) -> list[str]:
    """What is wrong with a password, for a person with the names of ``user``."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        return list(error.messages)
    return []


def account_faults(user: User, *names: str) -> dict[str, list[str]]:
    """What can't stand of the fields ``names`` of an account, whoever typed it."""
    found: dict[str, list[str]] = {}
    for name in names:
        field: Any = User._meta.get_field(name)
        value = getattr(user, field.attname)
        try:
            field.clean(value, user)
        except ValidationError as error:
            found[name] = list(error.messages)
        if why := _text_fault(value):
            found[name] = [why]
    if "username" in names and (why := username_fault(user.username)):
        found["username"] = [why]
    return found


def _text_fault(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    if "\0" in value:
        return "This holds a character that no text has."
    return "Control characters can't be used." if is_misleading(value) else None


def username_fault(username: str) -> str | None:
    """Why nobody may have this username, or None when they may.

    The column's own validator has its own reasons, which are not among these.
    """
    if "@" in username:
        return "An @ would make it look like an e-mail address."
    if username.casefold() in RESERVED_USERNAMES:
        return "This name is kept for the site itself. Choose another."
    return None


def username_for(email: str) -> str:
    """A username for a person who joins with an e-mail address.

    It is the address's first part, with digits where somebody has that name.
    """
    name = (
        NOT_IN_NAMES.sub("", tidy_email(email).partition("@")[0].partition("+")[0])[
            :30
        ].strip(".-_")
        or "member"
    )
    is_free = (
        username_fault(name) is None
        and not User.objects.filter(username__iexact=name).exists()
    )
    return name if is_free else f"{name}{secrets.randbelow(900_000) + 100_000}"


@transaction.atomic
def change_profile(
    *,
    user_id: int,
    first_name: str,
    last_name: str,
    phone: str,
    home_branch_id: int | None,
    now: datetime,
) -> User:
    """Change what a person says about themselves; raises Invalid by field.

    A member's home branch is a wish. That of staff says whose rows they see, so
    somebody else sets it.
    """
    user = held(user_id)
    if user.role in STAFF_ROLES and home_branch_id != user.home_branch_id:
        raise errors.Invalid(
            {"home_branch": ["The owner sets the branch that you work at."]}
        )
    user.home_branch_id = home_branch_id
    put(user, first_name=first_name, last_name=last_name, phone=phone)
    user.save(update_fields=["first_name", "last_name", "phone", "home_branch"])
    events.record(CoreEvent.PROFILE_CHANGED, user, at=now, actor_id=user_id)
    return user


def held(user_id: int, *, alone: bool = False) -> User:
    """The user's row, locked.

    With ``alone``, nobody writes a row that points at it in the meantime either. Raises
    NotFound.
    """
    user = User.objects.select_for_update(no_key=not alone).filter(pk=user_id).first()
    if user is None:
        raise errors.NotFound("There is no such user.")
    return user


def put(user: User, **said: str) -> None:
    """Put names and the like on a row as they are kept; raises Invalid by field."""
    for name, text in as_kept(said).items():
        setattr(user, name, text)
    if found := account_faults(user, *said):
        raise errors.Invalid(found)


def check_pin(pin: str) -> None:
    """Raise Invalid for what is no PIN, or one that is guessed first."""
    if not PIN.fullmatch(pin):
        raise errors.Invalid({"pin": ["A PIN is six digits."]})
    if len(set(pin)) == 1 or pin in "0123456789" or pin in "9876543210":
        raise errors.Invalid(
            {"pin": ["This PIN is too easy to guess. Mix the digits."]}
        )


def member_by_pin(*, member_number: str, pin: str, now: datetime) -> User:
    """The active member with this number and PIN.

    Raises BadPin, or TooMany after five tries in 15 minutes.
    """
    number = member_numbers.read(member_number)
    key = f"pin:{number or 'unknown'}"
    throttle.hit(key, allowed=PIN_TRIES if number else 100, window=PIN_WINDOW, now=now)
    user = (
        User.objects.filter(member_number=number, is_active=True).first()
        if number
        else None
    )
    # an unknown number takes as long as a wrong PIN, so that numbers can't be told
    # apart by time
    stored = user.pin_hash if user and user.pin_hash else make_password(None)
    if not check_password(pin, stored) or user is None:
        raise errors.BadPin()
    throttle.forget(key)
    return user


def new_calendar_token(*, user_id: int) -> str:
    """Give the user's calendar a new private address; the old one stops working."""
    token = tokens.new()
    User.objects.filter(pk=user_id).update(calendar_token=token)
    return token


@transaction.atomic
def deactivate_user(
    *, user_id: int, actor_id: int | None, reason: str, now: datetime
) -> User:
    """Close an account: nobody can log in to it, and its API sessions end.

    The event lets other apps give back what the account held. Closing waits for
    whatever is being written for this member (a booking holds FOR KEY SHARE); what
    comes later sees it. It is allowed at any time; a second time changes nothing.
    Raises NotFound.
    """
    user = held(user_id, alone=True)
    if not user.is_active:
        return user
    user.is_active = False
    user.save(update_fields=["is_active"])
    sessions.end_all(user_id=user_id)
    events.record(CoreEvent.DEACTIVATED, user, at=now, actor_id=actor_id, reason=reason)
    return user


@transaction.atomic
def reopen_user(
    *, user_id: int, actor_id: int | None, reason: str, now: datetime
) -> User:
    """Open a closed account again: its member logs in and books as before.

    What closing gave back stays given back. It is allowed at any time; a second time
    changes nothing. Raises NotFound.
    """
    user = held(user_id)
    if user.is_active:
        return user
    user.is_active = True
    user.save(update_fields=["is_active"])
    events.record(CoreEvent.REACTIVATED, user, at=now, actor_id=actor_id, reason=reason)
    return user


def hold_closed(user_id: int) -> None:
    """Keep a closed account closed until the caller's transaction ends.

    Whatever gives back what a closed account held asks this for each row, since the
    account may be opened again between two of them. Raises InUseAgain.
    """
    if row_locks.shared(User.objects.filter(pk=user_id, is_active=False)) is None:
        raise InUseAgain


@transaction.atomic
def change_role(
    *, user_id: int, role: str, actor_id: int, reason: str, now: datetime
) -> User:
    """Give a person another role, and the access to the admin that goes with it.

    Raises NotFound or Invalid.
    """
    if role not in Role.values:
        raise errors.Invalid({"role": ["There is no such role."]})
    user = held(user_id)
    before, user.role = user.role, role
    user.is_staff = role in STAFF_ROLES
    user.credentials_version += 1  # ends what began in the old role
    user.save(update_fields=["role", "is_staff", "credentials_version"])
    sessions.end_all(user_id=user_id)
    events.record(
        CoreEvent.ROLE_CHANGED,
        user,
        at=now,
        actor_id=actor_id,
        before=before,
        after=role,
        reason=reason,
    )
    return user


@transaction.atomic
def change_branch(
    *, user_id: int, branch_id: int, actor_id: int, reason: str, now: datetime
) -> User:
    """Give a person another branch; for staff it says whose rows they see.

    Raises NotFound or Invalid.
    """
    if not Branch.objects.filter(pk=branch_id, is_active=True).exists():
        raise errors.Invalid({"branch": ["There is no such branch."]})
    user = held(user_id)
    before, user.home_branch_id = user.home_branch_id, branch_id
    user.save(update_fields=["home_branch"])
    events.record(
        CoreEvent.BRANCH_CHANGED,
        user,
        at=now,
        actor_id=actor_id,
        before=before,
        after=branch_id,
        reason=reason,
    )
    return user
