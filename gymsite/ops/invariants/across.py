"""What several apps must agree on: money, events and subjects, what was closed."""

from gymsite.postgres.invariant import Invariant, invariants_of
from gymsite.postgres.statements import read

# Where an event's subject is found; "database" is the seed's mark. Those of OWNED
# belong to the event's member.
SUBJECTS = {
    "booking": "bookings_booking",
    "waitlistentry": "bookings_waitlistentry",
    "classsession": "bookings_classsession",
    "checkin": "bookings_checkin",
    "appointment": "bookings_appointment",
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
    "answeralert": "core_answeralert",
}
OWNED = {
    "appointment",
    "booking",
    "waitlistentry",
    "checkin",
    "membership",
    "payment",
    "order",
    "review",
    "rental",
}


def _without_subject() -> str:
    """Events whose subject is missing, somebody else's, or of an unknown kind."""
    known = ", ".join(f"'{subject}'" for subject in (*SUBJECTS, "database"))
    parts = [
        (
            "SELECT id, kind, subject, subject_id FROM core_event WHERE subject NOT IN "
            f"({known})"
        )
    ]
    for subject, table in SUBJECTS.items():
        key = "product_id" if subject == "stocklevel" else "id"
        owner = "client_id" if subject == "appointment" else "member_id"
        belongs = f" OR e.member_id <> s.{owner}" if subject in OWNED else ""
        parts.append(
            "SELECT e.id, e.kind, e.subject, e.subject_id FROM core_event e LEFT JOIN "
            f"{table} s ON s.{key} = e.subject_id WHERE e.subject = '{subject}' AND "
            f"(s.{key} IS NULL{belongs})"
        )
    return "\nUNION ALL ".join(parts)


INVARIANTS = (
    *invariants_of(read("gymsite.ops.invariants", "across")),
    Invariant(
        "event_has_its_subject",
        "What an event is about exists and, where it is somebody's, belongs to the "
        "event's member.",
        ("core_event", *SUBJECTS.values()),
        _without_subject(),
    ),
)
