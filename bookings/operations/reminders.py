"""Reminding clients of what they have booked."""

from datetime import datetime, timedelta

from bookings.event_kinds import BookingEvent
from gymsite.postgres.rows import execute
from gymsite.postgres.statements import statements

SQL = statements("bookings", "reminders")
BEFORE = timedelta(hours=24)
AT_ONCE = 500


def remind(*, now: datetime, at_once: int = AT_ONCE) -> int:
    """Remind of every appointment that starts within 24 hours; of how many.

    Once of each start: run again, or by several at once, it does what is left. A move
    brings a reminder of the new start. ``at_once`` are marked in one transaction.
    """
    reminded = some = _remind_some(at_once, now)
    while some == at_once:
        some = _remind_some(at_once, now)
        reminded += some
    return reminded


def _remind_some(most: int, now: datetime) -> int:
    values = {
        "now": now,
        "before": BEFORE,
        "most": most,
        "kind": BookingEvent.APPOINTMENT_REMINDED,
    }
    return execute(SQL.remind, values)
