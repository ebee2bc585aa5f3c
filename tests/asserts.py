"""What must hold after anything.

These are the invariants of gymsite.ops.reconcile, and what only operations promise.
"""

from django.db import connection

from gymsite.ops.invariants import INVARIANTS

PLACE = "('booked', 'attended', 'no_show')"

# A seed or an import writes rows without history and past lines without gaps;
# operations write both.
ALSO = {
    "positions_have_no_gap": """
        SELECT s.id, s.waitlist_last, count(w.id) FROM bookings_classsession s
        LEFT JOIN bookings_waitlistentry w ON w.session_id = s.id
        GROUP BY s.id HAVING s.waitlist_last <> count(w.id)""",
    "nobody_is_in_two_places_at_once": f"""
        SELECT a.id, b.id FROM bookings_booking a JOIN bookings_booking b ON b.member_id = a.member_id AND b.id > a.id
            AND b.starts_at < a.ends_at AND a.starts_at < b.ends_at
        WHERE a.status IN {PLACE} AND b.status IN {PLACE}""",
    "each_booking_was_recorded_once": """
        SELECT b.id FROM bookings_booking b
        LEFT JOIN core_event e ON e.subject = 'booking' AND e.subject_id = b.id AND e.kind IN ('booked', 'promoted')
        GROUP BY b.id HAVING count(e.id) <> 1""",
    "each_end_was_recorded_once": """
        SELECT b.id FROM bookings_booking b
        LEFT JOIN core_event e ON e.subject = 'booking' AND e.subject_id = b.id
            AND e.kind IN ('cancelled', 'late_cancelled', 'class_called_off')
        GROUP BY b.id, b.status HAVING count(e.id) <> (b.status IN ('cancelled', 'late_cancelled'))::int""",
}

# True whenever no operation is under way, as long as there is time to promote.
NOBODY_WAITS_BESIDE_A_FREE_PLACE = """
    SELECT id, capacity, booked_count, waitlist_length FROM bookings_classsession
    WHERE status = 'scheduled' AND booked_count < capacity AND waitlist_length > 0"""


def broken() -> dict[str, list[tuple]]:
    """The invariants that do not hold, each with the rows that break it."""
    statements = {invariant.name: invariant.sql for invariant in INVARIANTS} | ALSO
    found = {name: _rows(statement) for name, statement in statements.items()}
    return {name: rows for name, rows in found.items() if rows}


def _rows(statement: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def assert_all_holds() -> None:
    assert broken() == {}


def assert_nobody_waits_beside_a_free_place() -> None:
    assert _rows(NOBODY_WAITS_BESIDE_A_FREE_PLACE) == []
