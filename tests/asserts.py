"""What must hold after anything: one SQL statement an invariant, each selecting the rows that break it."""

from django.db import connection

PLACE = "('booked', 'attended', 'no_show')"

INVARIANTS = {
    "places are counted": f"""
        SELECT s.id, s.booked_count, count(b.id) FROM bookings_classsession s
        LEFT JOIN bookings_booking b ON b.session_id = s.id AND b.status IN {PLACE}
        GROUP BY s.id HAVING s.booked_count <> count(b.id)""",
    "no session is oversold": """
        SELECT id, booked_count, capacity FROM bookings_classsession WHERE booked_count NOT BETWEEN 0 AND capacity""",
    "waiting people are counted": """
        SELECT s.id, s.waitlist_length, count(w.id) FROM bookings_classsession s
        LEFT JOIN bookings_waitlistentry w ON w.session_id = s.id AND w.status = 'waiting'
        GROUP BY s.id HAVING s.waitlist_length <> count(w.id)""",
    "positions have no gap": """
        SELECT s.id, s.waitlist_last, count(w.id) FROM bookings_classsession s
        LEFT JOIN bookings_waitlistentry w ON w.session_id = s.id
        GROUP BY s.id HAVING s.waitlist_last <> count(w.id) OR s.waitlist_last <> COALESCE(max(w.position), 0)""",
    "nobody is in two places at once": f"""
        SELECT a.id, b.id FROM bookings_booking a JOIN bookings_booking b ON b.member_id = a.member_id AND b.id > a.id
            AND b.starts_at < a.ends_at AND a.starts_at < b.ends_at
        WHERE a.status IN {PLACE} AND b.status IN {PLACE}""",
    "one active booking a member and session": f"""
        SELECT session_id, member_id FROM bookings_booking WHERE status IN {PLACE}
        GROUP BY session_id, member_id HAVING count(*) > 1""",
    "a booking lies where its session lies": """
        SELECT b.id FROM bookings_booking b JOIN bookings_classsession s ON s.id = b.session_id
        WHERE (b.starts_at, b.ends_at, b.branch_id) IS DISTINCT FROM (s.starts_at, s.ends_at, s.branch_id)""",
    "a cancelled session holds nobody": """
        SELECT id FROM bookings_classsession WHERE status = 'cancelled' AND (booked_count > 0 OR waitlist_length > 0)""",
    "a promoted turn has its booking": """
        SELECT w.id FROM bookings_waitlistentry w LEFT JOIN bookings_booking b ON b.id = w.booking_id
        WHERE w.status = 'promoted'
          AND (b.id IS NULL OR (b.member_id, b.session_id) IS DISTINCT FROM (w.member_id, w.session_id))""",
    # a class is used by a place, by a late cancel and, reserved, by a turn
    "used classes are those that somebody uses": f"""
        SELECT a.id, a.used, count(u.id) FROM memberships_allowance a
        LEFT JOIN (
            SELECT id, allowance_id FROM bookings_booking WHERE status IN {PLACE} OR status = 'late_cancelled'
            UNION ALL SELECT -id, allowance_id FROM bookings_waitlistentry WHERE status = 'waiting'
        ) u ON u.allowance_id = a.id
        GROUP BY a.id HAVING a.used <> count(u.id)""",
    "no allowance is overdrawn": "SELECT id FROM memberships_allowance WHERE used NOT BETWEEN 0 AND granted",
    "each booking was told once": """
        SELECT b.id FROM bookings_booking b
        LEFT JOIN core_event e ON e.subject = 'booking' AND e.subject_id = b.id AND e.kind IN ('booked', 'promoted')
        GROUP BY b.id HAVING count(e.id) <> 1""",
    "each end was told once": """
        SELECT b.id FROM bookings_booking b
        LEFT JOIN core_event e ON e.subject = 'booking' AND e.subject_id = b.id
            AND e.kind IN ('cancelled', 'late_cancelled', 'class_called_off')
        GROUP BY b.id, b.status HAVING count(e.id) <> (b.status IN ('cancelled', 'late_cancelled'))::int""",
}

# True whenever no operation is under way and no place was left to a later job.
NOBODY_WAITS_BESIDE_A_FREE_PLACE = """
    SELECT id, capacity, booked_count, waitlist_length FROM bookings_classsession
    WHERE status = 'scheduled' AND booked_count < capacity AND waitlist_length > 0"""


def broken() -> dict[str, list[tuple]]:
    """The invariants that do not hold, each with the rows that break it."""
    found = {}
    with connection.cursor() as cursor:
        for name, statement in INVARIANTS.items():
            cursor.execute(statement)
            if rows := cursor.fetchall():
                found[name] = rows
    return found


def assert_all_holds() -> None:
    assert broken() == {}


def assert_nobody_waits_beside_a_free_place() -> None:
    with connection.cursor() as cursor:
        cursor.execute(NOBODY_WAITS_BESIDE_A_FREE_PLACE)
        assert cursor.fetchall() == []
