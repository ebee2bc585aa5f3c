"""What can be booked by the hour."""

from django.db.models import Q, QuerySet

from bookings.models import Service


def offered(
    branch_id: int | None = None, trainer_id: int | None = None
) -> QuerySet[Service]:
    """Services in use, with a branch those that are offered there, with a trainer those
    that they give; page them by (name, id)."""
    rows = Service.objects.filter(is_active=True)
    if branch_id is not None:
        rows = rows.filter(Q(branch_id=branch_id) | Q(branch_id=None))
    if trainer_id is not None:
        rows = rows.filter(given_by__trainer=trainer_id)
    return rows
