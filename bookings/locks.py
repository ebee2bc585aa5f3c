"""Row locks of bookings, the only place that takes them. Order: sessions by key, then
what pays (claim_place), then bookings and entries, then allowances
(memberships.operations.allowances.return_classes). See docs/locks.md.
"""

from collections.abc import Iterable

from django.db.models import Q

from bookings.errors import BookingNotFound, SessionNotFound
from bookings.models import HOLDS_PLACE, Booking, ClassSession


def lock_session(session_id: int) -> ClassSession:
    """Hold one session's seats and waitlist until the transaction ends; other rows'
    foreign-key checks pass."""
    session = (
        ClassSession.objects.select_for_update(of=("self",), no_key=True)
        .select_related("gym_class", "branch")
        .filter(pk=session_id)
        .first()
    )
    if session is None:
        raise SessionNotFound(f"There is no session {session_id}.")
    return session


def try_lock_sessions(session_ids: Iterable[int]) -> list[int]:
    """Lock those of the sessions that nobody holds; never waits, so it can be asked for
    out of order."""
    rows = ClassSession.objects.select_for_update(
        of=("self",), no_key=True, skip_locked=True
    )
    return list(
        rows.filter(pk__in=list(session_ids))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def lock_roster(session_id: int, shown: Iterable[int]) -> list[Booking]:
    """The bookings of a locked session that hold a place, and those ``shown`` whatever
    became of them; by key."""
    rows = Booking.objects.select_for_update(of=("self",), no_key=True).select_related(
        "member", "policy"
    )
    here = rows.filter(session_id=session_id)
    return list(
        here.filter(Q(status__in=HOLDS_PLACE) | Q(pk__in=list(shown))).order_by("pk")
    )


def lock_booking(
    booking_id: int, *, member_id: int | None = None
) -> tuple[Booking, ClassSession]:
    """The booking and its session, both held, the session first; with ``member_id``
    only that member's own."""
    rows = Booking.objects.filter(
        pk=booking_id, **({"member_id": member_id} if member_id else {})
    )
    session_id = rows.values_list("session_id", flat=True).first()
    if session_id is None:
        raise BookingNotFound(
            "There is no such booking.", remedy="You find yours under My bookings."
        )
    session = lock_session(session_id)
    return rows.select_for_update(of=("self",), no_key=True).get(), session
