"""The facts about one member and one session, in one statement before each booking."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bookings.errors import SessionNotFound
from bookings.rules import Clash, Facts, PolicyFacts, SessionFacts
from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements
from memberships.queries import read_entitlements

SQL = statements("bookings", "eligibility")


def facts(*, session_id: int, member_id: int, now: datetime) -> Facts:
    """All that rules look at; raises SessionNotFound, for an unknown member too."""
    row = fetch_one(SQL.facts, {"session": session_id, "member": member_id})
    if row is None:
        raise SessionNotFound(
            f"There is no session {session_id}.", remedy="Go back to the timetable."
        )
    return Facts(
        now=now,
        session=SessionFacts(
            id=row.session_id,
            branch_id=row.branch_id,
            name=row.class_name,
            status=row.status,
            session_date=row.session_date,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            capacity=row.capacity,
            booked_count=row.booked_count,
            waitlist_length=row.waitlist_length,
            zone=ZoneInfo(row.time_zone),
        ),
        policy=PolicyFacts(**row.policy),
        account_open=row.account_open,
        booking_id=row.booking_id,
        booking_reference=row.booking_reference,
        entry_id=row.entry_id,
        entry_position=row.entry_position,
        reserved_membership_id=row.reserved_membership_id,
        clash=Clash(row.clash_name, row.clash_starts_at) if row.clash_name else None,
        entitlements=read_entitlements(row.entitlements),
        booked_unpaid=row.booked_unpaid,
    )


def booked_unpaid(member_id: int) -> int:
    """How many classes a member has booked on memberships not paid for yet."""
    return fetch_one(SQL.booked_unpaid, {"member": member_id}).classes
