"""The class page's own read."""

from bookings.errors import SessionNotFound
from bookings.models import ClassSession

BIGGEST = 2**63


def session_for_page(session_id: int) -> ClassSession:
    """A session with all that its page names; raises SessionNotFound."""
    joined = ("gym_class__class_type", "trainer", "substitute_for", "room", "branch")
    found = (
        ClassSession.objects.select_related(*joined).filter(pk=session_id).first()
        if session_id < BIGGEST
        else None
    )
    if found is None:
        raise SessionNotFound(
            "The link may be old.", remedy="The timetable shows what is on."
        )
    return found
