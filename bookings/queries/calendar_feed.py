"""What the private calendar feed holds."""

from datetime import datetime, timedelta

from django.db.models import Count, DecimalField, Func, QuerySet, Sum, Value
from django.db.models.functions import Cast

from bookings.models import Booking
from bookings.queries.bookings import bookings
from gymsite.core.models import User

KEPT = timedelta(days=60)
MOST = 500
SHOWN = (
    *(
        "id",
        "reference",
        "status",
        "starts_at",
        "ends_at",
        "free_until",
        "sequence",
        "cancelled_at",
    ),
    *(
        f"session__{name}"
        for name in (
            "status",
            "starts_at",
            "ends_at",
            "room_id",
            "trainer_id",
            "revision",
            "revised_at",
        )
    ),
)
WIDE = DecimalField(max_digits=30, decimal_places=0)


def owner_of(token: str) -> int | None:
    """Whose calendar has this address; an account that is closed has none."""
    return (
        User.objects.filter(calendar_token=token, is_active=True)
        .values_list("pk", flat=True)
        .first()
    )


def feed(member_id: int, now: datetime) -> QuerySet[Booking]:
    """Bookings from 60 days back onwards, cancelled ones too, so that calendars take
    them out."""
    return (
        bookings(member_id)
        .filter(starts_at__gte=now - KEPT)
        .order_by("starts_at", "id")[:MOST]
    )


def version(member_id: int, now: datetime) -> str:
    """Changes whenever what ``feed`` gives would look otherwise; one statement over the
    same rows.

    It hashes what the rows hold, with the instant of each session's last revision for
    the names that they do not. The numbers of revisions alone would come again after a
    fail-over that lost commits, or with a restored backup.
    """
    rows = Booking.objects.filter(member_id=member_id, starts_at__gte=now - KEPT)
    hashed = Func(
        Func(Value(" "), *SHOWN, function="concat_ws"), 0, function="hashtextextended"
    )
    found = rows.aggregate(rows=Count("id"), content=Sum(Cast(hashed, WIDE)))
    return f"{found['rows']}-{found['content'] or 0:.0f}"
