"""A trainer's notes about a client."""

from django.db.models import QuerySet

from bookings.models import ClientNote


def about(trainer_id: int, client_id: int) -> QuerySet[ClientNote]:
    """Newest first (bookings_clientnote_client)."""
    notes = ClientNote.objects.filter(trainer_id=trainer_id, client_id=client_id)
    return notes.order_by("-id")
