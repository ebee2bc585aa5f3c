"""What the private calendar feed holds."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from bookings.models import Booking
from bookings.queries.my_schedule import bookings
from gymsite.core.models import User

KEPT = timedelta(days=60)
MOST = 500


def owner_of(token: str) -> int | None:
    """Whose calendar has this address; an account that is closed has none."""
    return User.objects.filter(calendar_token=token, is_active=True).values_list("pk", flat=True).first()


def feed(member_id: int, now: datetime) -> QuerySet[Booking]:
    """Bookings from 60 days back onwards, cancelled ones too, so that calendars take them out."""
    return bookings(member_id).filter(starts_at__gte=now - KEPT).order_by("starts_at", "id")[:MOST]
