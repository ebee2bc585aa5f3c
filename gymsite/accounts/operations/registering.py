"""Registering over the API without telling anybody whether an address has an account.

Only the owner of the address is told, by mail.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse

from gymsite.core import errors, throttle
from gymsite.core.models import User
from gymsite.core.operations import users
from gymsite.notifications.operations import notify
from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements

SQL = statements("gymsite.accounts", "registering")

ONE_MAIL = timedelta(days=1)


def register_quietly(*, now: datetime, **said: Any) -> User:
    """Register as ``users.register_user`` does, but hide that an address is taken.

    A taken address gets the answer of a new one. Then nothing is made, and the owner of
    the address gets a mail, at most one per day. Raises Invalid, UsernameTaken.
    """
    try:
        return users.register_user(now=now, **said)
    except errors.EmailTaken:
        return _as_if_new(now=now, **said)


@transaction.atomic
def _as_if_new(*, now: datetime, **said: Any) -> User:
    user = users.new_member(
        now=now, **{name: said[name] for name in said if name != "password"}
    )
    # new addresses get this answer, so this one gets it too
    if User.objects.filter(username__iexact=user.username).exists():
        raise errors.UsernameTaken()
    user.pk, user.member_number = fetch_one(SQL.numbers)
    _tell_owner(user.email, now)
    return user


def _tell_owner(email: str, now: datetime) -> None:
    owner = User.objects.filter(email=email).only("id").first()
    if (
        owner is None
        or throttle.count(f"registered-again:{owner.pk}", window=ONE_MAIL, now=now)[0]
        > 1
    ):
        return
    notify(
        owner.pk,
        kind="registered_again",
        title="You have an account already",
        body=(
            "Somebody, perhaps you, wanted to join with your address. If you forgot "
            "your password, choose a new one."
        ),
        url=reverse("account_reset_password"),
        at=now,
    )
