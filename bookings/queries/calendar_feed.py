"""What the private calendar feed holds."""

from datetime import datetime, timedelta

from django.db.models import Count, F, Max, Min, QuerySet, Sum

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


def version(member_id: int, now: datetime) -> str:
    """Changes whenever what ``feed`` gives would look otherwise; one statement over the same rows.

    Bookings are only added (the newest id), only leave by time (the first), and every change of one that shows raises
    a number of its own or of its session.
    """
    rows = Booking.objects.filter(member_id=member_id, starts_at__gte=now - KEPT)
    found = rows.aggregate(
        rows=Count("id"),
        newest=Max("id"),
        first=Min("starts_at"),
        changes=Sum(F("sequence") + F("session__revision")),
    )
    first = found["first"].timestamp() if found["first"] else 0
    return f"{found['rows']}-{found['newest']}-{first:.0f}-{found['changes']}"
