"""Coming in: at the desk, at a kiosk, over the API."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from bookings import errors
from bookings.event_kinds import BookingEvent
from bookings.models import Booking, CheckIn, PinAttempt
from bookings.queries import checkins as reads
from gymsite.core import errors as core_errors
from gymsite.core import row_locks, throttle
from gymsite.core.models import Branch, User
from gymsite.core.operations.events import record
from gymsite.core.operations.users import PIN_WINDOW, member_by_pin
from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements
from memberships.queries import entitlements

SQL = statements("bookings", "checkins")

WRONG_PINS_A_KIOSK = 20


@dataclass(frozen=True, slots=True)
class Visit:
    """A check-in, the booking it was for, and whether the scan was a repeat."""

    checkin: CheckIn
    booking: Booking | None
    repeated: bool


@transaction.atomic
def check_in(
    *,
    member_id: int,
    branch_id: int,
    method: str,
    nonce: UUID | None = None,
    code: UUID | None = None,
    actor_id: int | None = None,
    now: datetime,
) -> Visit:
    """Let a member in and mark their booking around now as attended.

    A ``nonce`` seen before answers as it did then.

    ``code`` names what was shown (codes.id_of), which opens the door once. Raises
    NotFound, AccountClosed, BadCode, or CheckInRefused where neither a membership nor a
    booking opens the door today.
    """
    branch, member = _branch_and_member(branch_id, member_id)
    checkin_id = _claim_nonce(nonce, now) if nonce else None
    if nonce and checkin_id is None:
        return _earlier(nonce, member_id)
    booking = reads.booking_around(
        member_id=member_id, branch_id=branch_id, now=now, lock=True
    )
    if booking is None and not _door_opens(member, branch, now):
        raise errors.CheckInRefused(remedy="Choose a plan, or ask the front desk.")
    if code and _claim_nonce(code, now) is None:
        raise errors.BadCode(
            "This code was used.",
            remedy="Each code lets one person in once. Open a new one.",
        )
    checkin = CheckIn(
        id=checkin_id,
        at=now,
        branch=branch,
        member=member,
        booking=booking,
        method=method,
    )
    checkin.save(force_insert=True)
    if booking and booking.status == Booking.Status.BOOKED:
        booking.status, booking.attended_at = Booking.Status.ATTENDED, now
        booking.save(update_fields=["status", "attended_at"])
    record(
        BookingEvent.CHECKED_IN,
        checkin,
        at=now,
        actor_id=actor_id or member_id,
    )
    return Visit(checkin, booking, repeated=False)


def check_in_by_pin(
    *,
    member_number: str,
    pin: str,
    branch_id: int,
    kiosk: str = "",
    nonce: UUID | None = None,
    now: datetime,
) -> Visit:
    """Let in who knows the number and the PIN; each PIN that is tried is noted.

    Raises BadPin, TooMany (after five tries of a member or 20 wrong ones at ``kiosk``
    in 15 minutes, when no PIN is tried any more) and what check_in raises.
    """
    _open_branch(branch_id)
    wrong: dict[str, Any] = {
        "key": f"kiosk-pin:{branch_id}:{kiosk}",
        "window": PIN_WINDOW,
        "now": now,
    }
    throttle.check(**wrong, allowed=WRONG_PINS_A_KIOSK)
    try:
        member = member_by_pin(member_number=member_number, pin=pin, now=now)
    except core_errors.BadPin:
        note_try(member_number, None, branch_id, succeeded=False, now=now)
        throttle.count(**wrong)
        raise
    note_try(member_number, member.pk, branch_id, succeeded=True, now=now)
    return check_in(
        member_id=member.pk,
        branch_id=branch_id,
        method=CheckIn.Method.KIOSK_PIN,
        nonce=nonce,
        now=now,
    )


def note_try(
    member_number: str,
    member_id: int | None,
    branch_id: int,
    *,
    succeeded: bool,
    now: datetime,
) -> None:
    """Keep that somebody tried a PIN, with what is legible of the number typed."""
    legible = "".join(letter for letter in member_number if letter.isprintable())
    PinAttempt.objects.create(
        at=now,
        branch_id=branch_id,
        member_id=member_id,
        member_number=legible[:12],
        succeeded=succeeded,
    )


def _branch_and_member(branch_id: int, member_id: int) -> tuple[Branch, User]:
    """Hold the account open: closing it waits until the member is in."""
    member, branch = (
        row_locks.key_shared(User.objects.filter(pk=member_id)),
        _open_branch(branch_id),
    )
    if member is None:
        raise core_errors.NotFound("There is no such member.")
    if not member.is_active:
        raise errors.AccountClosed(remedy="Ask the front desk.")
    return branch, member


def _open_branch(branch_id: int) -> Branch:
    branch = Branch.objects.filter(pk=branch_id, is_active=True).first()
    if branch is None:
        raise core_errors.NotFound("There is no such branch.")
    return branch


def _claim_nonce(nonce: UUID, now: datetime) -> int | None:
    """The id of a new check-in for this scan; None when the scan has one."""
    row = fetch_one(SQL.claim_nonce, {"nonce": nonce, "now": now})
    return row.checkin_id if row else None


def _earlier(nonce: UUID, member_id: int) -> Visit:
    checkin = reads.by_nonce(nonce)
    if checkin is None or checkin.member_id != member_id:
        raise core_errors.Invalid({"nonce": ["This number was used for another scan."]})
    return Visit(checkin, checkin.booking, repeated=True)


def _door_opens(member: User, branch: Branch, now: datetime) -> bool:
    """Whether it is staff, or a member whose membership is good here today."""
    if member.role != "member":
        return True
    today = branch.today(now)
    return any(
        entitlement.status == "active"
        and entitlement.reaches(today)
        and entitlement.branch_id in (None, branch.pk)
        for entitlement in entitlements(member.pk, today)
    )
