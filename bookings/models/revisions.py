"""What readers of a calendar see of a session, and the number that grows in the
transaction that changes any of it."""

import pgtrigger

from gymsite.core.models import Branch

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
    return pgtrigger.Trigger(
        name="revises_sessions",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf(*names),
        condition=pgtrigger.Condition(
            " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in names)
        ),
        func=AHEAD.format(column=column),
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
        triggers = [revises("branch_id", "name", "address")]
