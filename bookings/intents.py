"""What visitors come to a class's page for."""

from bookings.errors import SessionNotFound
from bookings.queries.sessions import session_for_page
from gymsite.core.periods import when
from gymsite.web import intents


def register() -> None:
    intents.declare("class-page", book_session)


def book_session(session_id: int) -> str | None:
    try:
        session = session_for_page(session_id)
    except SessionNotFound:
        return None
    return f"book {session.gym_class.name}, {when(session.starts_at, session.zone)}"
