"""A member's calendar: whose it is, what is in it, and when it looks otherwise."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from bookings.models import Appointment, Booking
from bookings.queries.appointments import appointments
from bookings.queries.bookings import bookings
from gymsite.core.models import User
from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements

SQL = statements("bookings", "calendars")
FEED_KEPT = timedelta(days=60)
FEED_MOST = 500


def calendar_owner(token: str) -> int | None:
    """Whose calendar has this address; an account that is closed has none."""
    owners = User.objects.filter(calendar_token=token, is_active=True)
    return owners.values_list("pk", flat=True).first()


def booked(member_id: int, now: datetime) -> QuerySet[Booking]:
    """Bookings from 60 days back; cancelled ones too, so that calendars drop them."""
    rows = bookings(member_id).filter(starts_at__gte=now - FEED_KEPT)
    return rows.order_by("starts_at", "id")[:FEED_MOST]


def met(member_id: int, now: datetime) -> QuerySet[Appointment]:
    """Appointments from 60 days back, as bookings are."""
    rows = appointments().filter(client_id=member_id, starts_at__gte=now - FEED_KEPT)
    return rows.select_related("payment").order_by("starts_at", "id")[:FEED_MOST]


def feed_version(member_id: int, now: datetime) -> str:
    """Changes whenever the feed would look otherwise; one statement."""
    asked = {"member": member_id, "since": now - FEED_KEPT}
    return fetch_one(SQL.feed_version, asked).version
