"""What readers of a calendar see of a session, and the number that grows in the
transaction that changes any of it."""

import pgtrigger

from bookings.models.occupancy import LONGEST, OCCUPIES
from gymsite.core.models import Branch

APPOINTMENTS_AHEAD = """
UPDATE bookings_appointment appointment SET sequence = appointment.sequence + 1, revised_at = now()
FROM (
    SELECT id FROM bookings_appointment
    WHERE {column} = NEW.id AND status IN {occupies}
        AND ends_at > now() AND starts_at > now() - {longest}
    ORDER BY id FOR NO KEY UPDATE
) ahead
WHERE appointment.id = ahead.id;
RETURN NULL;
"""
AHEAD = """
UPDATE bookings_classsession session SET revision = session.revision + 1, revised_at = now()
FROM (
    SELECT id FROM bookings_classsession WHERE {column} = NEW.id AND ends_at > now() ORDER BY id FOR NO KEY UPDATE
) ahead
WHERE session.id = ahead.id;
RETURN NULL;
"""


def revises(column: str, *names: str) -> pgtrigger.Trigger:
    """A change of these columns of the row that ``column`` points at revises the
    sessions that are not over."""
    return _revises("revises_sessions", AHEAD.format(column=column), names)


def revises_appointments(column: str, *names: str) -> pgtrigger.Trigger:
    """The same of the appointments that stand and are not over."""
    func = APPOINTMENTS_AHEAD.format(column=column, occupies=OCCUPIES, longest=LONGEST)
    return _revises("revises_appointments", func, names)


def _revises(name: str, func: str, names: tuple[str, ...]) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf(*names),
        condition=pgtrigger.Condition(
            " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in names)
        ),
        func=func,
    )


SHOWN = ("starts_at", "ends_at", "room_id", "trainer_id", "status")
COUNTS_REVISIONS = pgtrigger.Trigger(
    name="counts_revisions",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf(*SHOWN),
    condition=pgtrigger.Condition(
        " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in SHOWN)
    ),
    func="NEW.revision := OLD.revision + 1; NEW.revised_at := now(); RETURN NEW;",
)


class BranchShown(Branch):
    """The branch as calendars show it: core knows nothing of sessions, so its trigger
    is declared here."""

    class Meta:
        proxy = True
        triggers = [
            revises("branch_id", "name", "address"),
            revises_appointments("branch_id", "name", "address"),
        ]
