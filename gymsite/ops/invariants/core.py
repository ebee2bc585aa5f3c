"""Log-ins of the API, kept answers, and what happened."""

from .invariant import Invariant

# Where an event's subject is found; "database" is the seed's mark. Those of OWNED belong to the event's member.
SUBJECTS = {
    "booking": "bookings_booking",
    "waitlistentry": "bookings_waitlistentry",
    "classsession": "bookings_classsession",
    "checkin": "bookings_checkin",
    "membership": "memberships_membership",
    "payment": "payments_payment",
    "user": "core_user",
    "branch": "core_branch",
    "order": "catalog_order",
    "review": "catalog_review",
    "rental": "catalog_rental",
    "purchaseorder": "catalog_purchaseorder",
    "stocklevel": "catalog_stocklevel",
    "product": "catalog_product",
    "rentalkind": "catalog_rentalkind",
    "rentalunit": "catalog_rentalunit",
    "room": "bookings_room",
    "trainer": "bookings_trainer",
    "gymclass": "bookings_gymclass",
}
OWNED = {"booking", "waitlistentry", "checkin", "membership", "payment", "order", "review", "rental"}


def _without_subject() -> str:
    """Events whose subject is not there, is somebody else's, or is of a kind that is not known."""
    known = ", ".join(f"'{subject}'" for subject in (*SUBJECTS, "database"))
    parts = [f"SELECT id, kind, subject, subject_id FROM core_event WHERE subject NOT IN ({known})"]
    for subject, table in SUBJECTS.items():
        key = "product_id" if subject == "stocklevel" else "id"
        belongs = " OR e.member_id <> s.member_id" if subject in OWNED else ""
        parts.append(
            f"SELECT e.id, e.kind, e.subject, e.subject_id FROM core_event e LEFT JOIN {table} s"
            f" ON s.{key} = e.subject_id WHERE e.subject = '{subject}' AND (s.{key} IS NULL{belongs})"
        )
    return "\nUNION ALL ".join(parts)


INVARIANTS = (
    Invariant(
        "token_opens_one_log_in",
        "No token opens two log-ins of the API that stand, neither as access nor as refresh token nor as one used up.",
        ("core_apisession",),
        """
        SELECT token, count(*), min(id), max(id) FROM (
            SELECT id, access_hash AS token FROM core_apisession WHERE is_active
            UNION ALL SELECT id, refresh_hash FROM core_apisession WHERE is_active
            UNION ALL SELECT id, replaced_hash FROM core_apisession WHERE is_active AND replaced_hash IS NOT NULL
        ) tokens GROUP BY token HAVING count(*) > 1
        """,
    ),
    Invariant(
        "log_in_is_hashed_and_in_time",
        "A log-in keeps SHA-256 hashes of its tokens, has used up one exactly when it was refreshed, and ends after it"
        " began.",
        ("core_apisession",),
        """
        SELECT id FROM core_apisession
        WHERE octet_length(access_hash) <> 32 OR octet_length(refresh_hash) <> 32 OR octet_length(replaced_hash) <> 32
            OR (replaced_hash IS NULL) <> (refreshed_at IS NULL)
            OR refreshed_at < created_at - interval '1 minute' OR refreshed_at > expires_at
        """,
    ),
    Invariant(
        "kept_answer_is_whole",
        "An idempotency key has the fingerprint of its request and, once it was answered, a status and a body.",
        ("core_idempotencykey",),
        """
        SELECT id, owner, status FROM core_idempotencykey
        WHERE octet_length(fingerprint) <> 32 OR (status IS NULL) <> (body IS NULL) OR status NOT BETWEEN 200 AND 599
        """,
    ),
    Invariant(
        "closed_accounts_hold_nothing",
        "A closed account has no running membership, no booking or turn ahead and nothing booked to rent (an hour after"
        " it was closed, since jobs end these).",
        (
            "core_user",
            "core_event",
            "memberships_membership",
            "bookings_booking",
            "bookings_waitlistentry",
            "catalog_rental",
        ),
        """
        SELECT held.what, held.id, u.id AS member_id FROM core_user u JOIN (
            SELECT 'membership' AS what, id, member_id FROM memberships_membership WHERE status <> 'ended'
            UNION ALL
            SELECT 'booking', id, member_id FROM bookings_booking WHERE status = 'booked' AND starts_at > now()
            UNION ALL
            SELECT 'turn', id, member_id FROM bookings_waitlistentry WHERE status = 'waiting' AND starts_at > now()
            UNION ALL
            SELECT 'rental', id, member_id FROM catalog_rental WHERE status = 'booked'
        ) held ON held.member_id = u.id
        WHERE NOT u.is_active AND NOT EXISTS (
            SELECT FROM core_event e
            WHERE e.member_id = u.id AND e.kind = 'deactivated' AND e.at > now() - interval '1 hour'
        )
        """,
    ),
    Invariant(
        "event_has_its_subject",
        "What an event is about exists and, where it is somebody's, belongs to the event's member.",
        ("core_event", *SUBJECTS.values()),
        _without_subject(),
    ),
    Invariant(
        "outbox_holds_events",
        "What waits for its notices is an event, due no earlier than it happened.",
        ("core_outbox", "core_event"),
        """
        SELECT o.event_id, o.due_at, e.at FROM core_outbox o LEFT JOIN core_event e ON e.id = o.event_id
        WHERE e.id IS NULL OR o.due_at < e.at
        """,
    ),
)
