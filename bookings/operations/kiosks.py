"""Ending a kiosk: whoever works at its branch may, nobody who stands before it."""

from datetime import datetime

from django.contrib.auth import authenticate
from django.db import transaction

from bookings.errors import NotStaffHere
from bookings.event_kinds import BookingEvent
from bookings.operations.checkins import note_try
from gymsite.core import throttle
from gymsite.core.errors import BadPin
from gymsite.core.models import Branch, User
from gymsite.core.operations import log_in_limits
from gymsite.core.operations.events import record
from gymsite.core.operations.users import PIN_WINDOW, member_by_pin
from gymsite.core.text import tidy_identifier
from gymsite.web.access import is_staff_of

WRONG_CODES_A_KIOSK = 10


def end_kiosk(
    *, name: str, code: str, branch_id: int, kiosk: str, address: str, now: datetime
) -> User:
    """Let a member of the branch's staff end a kiosk; nobody is logged in by it.

    ``name`` is a member number with the PIN as ``code``, or a username or e-mail
    address with the password. Raises NotStaffHere alike for who is unknown, wrong or
    works elsewhere, and TooMany: by account as PINs and passwords are, and after 10
    wrong tries at the kiosk in 15 minutes.
    """
    key = f"kiosk-end:{branch_id}:{kiosk}"
    throttle.check(key, allowed=WRONG_CODES_A_KIOSK, window=PIN_WINDOW, now=now)
    is_pin = name.strip().isdigit()
    user = (
        _by_pin(name, code, branch_id, now)
        if is_pin
        else _by_password(name, code, address, now)
    )
    if user is None or not is_staff_of(user, branch_id):
        throttle.count(key, window=PIN_WINDOW, now=now)
        raise NotStaffHere(remedy="Ask somebody who works at this branch.")
    with transaction.atomic():
        branch = Branch.objects.get(pk=branch_id)
        record(
            BookingEvent.KIOSK_ENDED,
            branch,
            at=now,
            actor_id=user.pk,
        )
    return user


def _by_pin(number: str, pin: str, branch_id: int, now: datetime) -> User | None:
    try:
        user = member_by_pin(member_number=number, pin=pin, now=now)
    except BadPin:
        note_try(number, None, branch_id, succeeded=False, now=now)
        return None
    note_try(number, user.pk, branch_id, succeeded=True, now=now)
    return user


def _by_password(name: str, password: str, address: str, now: datetime) -> User | None:
    """Within the limits of a log-in; no second factor, since nobody is logged in."""
    name = tidy_identifier(name)
    account, origin = log_in_limits.account_of(name), log_in_limits.Origin(address)
    log_in_limits.check(account, origin, now=now)
    user = authenticate(
        None,
        **({"email": name} if "@" in name else {"username": name}),
        password=password,
    )
    if user is None:
        log_in_limits.failed(account, origin, now=now)
    return user
