"""What trainers note about their clients."""

from datetime import datetime

from django.db import transaction

from bookings.event_kinds import BookingEvent
from bookings.models import Appointment, ClientNote, Trainer
from gymsite.core.errors import Invalid, NotFound
from gymsite.core.operations.events import record


@transaction.atomic
def add_note(
    *, trainer_id: int, client_id: int, text: str, actor_id: int, now: datetime
) -> ClientNote:
    """Note something about a client of the trainer; the event says that, not what.
    Raises NotFound for somebody who is no client, Invalid."""
    trained = Appointment.objects.filter(trainer_id=trainer_id, client_id=client_id)
    if not trained.exists():
        raise NotFound("There is no such person.")
    if not 1 <= len(text.strip()) <= 2000:
        raise Invalid({"text": ["A note has 1 to 2,000 characters."]})
    note = ClientNote.objects.create(
        trainer_id=trainer_id, client_id=client_id, text=text.strip(), created_at=now
    )
    _note(note, BookingEvent.CLIENT_NOTED, actor_id, now)
    return note


@transaction.atomic
def remove_note(
    *, note_id: int, trainer_id: int, client_id: int, actor_id: int, now: datetime
) -> None:
    """Take a trainer's own note about a client away; a second time changes nothing."""
    own = ClientNote.objects.select_for_update(of=("self",))
    note = own.filter(pk=note_id, trainer_id=trainer_id, client_id=client_id).first()
    if note is not None:
        _note(note, BookingEvent.CLIENT_NOTE_REMOVED, actor_id, now)
        note.delete()


def _note(note: ClientNote, kind: BookingEvent, actor_id: int, now: datetime) -> None:
    trainer = Trainer.objects.get(pk=note.trainer_id)
    record(kind, trainer, at=now, actor_id=actor_id, client=note.client_id)
