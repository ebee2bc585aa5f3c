"""What visitors come to the page of a class, or of a free time, for."""

from bookings.errors import SessionNotFound
from bookings.models import Service, Trainer
from bookings.queries.sessions import session_for_page
from bookings.rules.slots import read_start
from gymsite.core.models import Branch
from gymsite.core.periods import when
from gymsite.web import intents


def register() -> None:
    intents.declare("class-page", book_session)
    intents.declare("slot", book_slot)


def book_session(session_id: int) -> str | None:
    try:
        session = session_for_page(session_id)
    except SessionNotFound:
        return None
    return f"book {session.gym_class.name}, {when(session.starts_at, session.zone)}"


def book_slot(branch: str, service: str, trainer: str, start: str) -> str | None:
    at = read_start(start)
    place = Branch.objects.filter(slug=branch).first()
    sold = Service.objects.filter(slug=service).first()
    person = Trainer.objects.filter(slug=trainer).first()
    if not (at and place and sold and person):
        return None
    return f"book {sold} with {person}, {when(at, place.zone)}"
