"""What a trainer's page shows."""

import hashlib
from datetime import datetime

from django.db import transaction

from bookings.event_kinds import BookingEvent
from bookings.models import Trainer, TrainerPhoto
from gymsite.core.errors import NotFound
from gymsite.core.operations.events import record
from gymsite.web.pictures import Picture


@transaction.atomic
def set_photo(
    *, trainer_id: int, picture: Picture | None, actor_id: int, now: datetime
) -> None:
    """Give a trainer a photo in place of the one before, which goes; with None they
    have none. The same again changes nothing. Raises NotFound."""
    rows = Trainer.objects.select_for_update(of=("self",), no_key=True)
    trainer = rows.filter(pk=trainer_id).first()
    if trainer is None:
        raise NotFound("There is no such trainer.")
    before, after = trainer.photo_id, _photo(trainer_id, picture) if picture else None
    if before == (after and after.digest):
        return
    if after:
        after.save(force_insert=True)
    trainer.photo = after
    trainer.save(update_fields=["photo"])
    TrainerPhoto.objects.filter(digest=before).delete()
    record(
        BookingEvent.TRAINER_PHOTO_CHANGED,
        trainer,
        at=now,
        actor_id=actor_id,
        before=before,
        after=trainer.photo_id,
    )


def _photo(trainer_id: int, picture: Picture) -> TrainerPhoto:
    digest = hashlib.sha256(f"{trainer_id} {picture.digest}".encode()).hexdigest()
    return TrainerPhoto(
        digest=digest,
        content=picture.content,
        width=picture.width,
        height=picture.height,
    )
