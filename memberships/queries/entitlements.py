"""What a member may pay a class or an appointment with."""

from datetime import UTC, date, datetime
from typing import Any

from gymsite.core.periods import local_day
from gymsite.postgres.rows import fetch_all, fetch_one
from gymsite.postgres.statements import statements
from memberships.rules import AppointmentPack, Entitlement

SQL = statements("memberships", "entitlements")


def read_entitlements(rows: list[dict[str, Any]] | None) -> tuple[Entitlement, ...]:
    """The entitlements of a statement's JSON, base membership first, then packs."""
    return tuple(
        Entitlement(
            **row
            | {
                "starts_on": date.fromisoformat(row["starts_on"]),
                "ends_on": row["ends_on"] and date.fromisoformat(row["ends_on"]),
            }
        )
        for row in rows or ()
    )


def entitlements(member_id: int, day: date) -> tuple[Entitlement, ...]:
    """Every membership of a member that has not ended, as of a class on ``day``."""
    return tuple(
        fetch_all(SQL.entitlements, {"member": member_id, "day": day}, Entitlement)
    )


def entitlements_of_today(
    member_id: int, now: datetime
) -> tuple[date, tuple[Entitlement, ...]]:
    """The member's today (UTC's without a branch) and the ``entitlements`` of it."""
    found = fetch_one(SQL.entitlements_of_today, {"member": member_id, "now": now})
    return found.today or local_day(now, UTC), read_entitlements(found.entitlements)


def appointment_packs(
    member_id: int, branch_id: int, day: date
) -> tuple[AppointmentPack, ...]:
    """The packs that are good for an appointment at a branch on ``day``, used up ones
    and unpaid ones too, the one that ends first at the front."""
    values = {"member": member_id, "branch": branch_id, "day": day}
    return tuple(fetch_all(SQL.appointment_packs, values, AppointmentPack))
