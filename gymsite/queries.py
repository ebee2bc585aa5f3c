"""Reads that need every app: the staff's start page, a work queue first and charts second."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.http import urlencode

from bookings.models import ClassSession
from bookings.queries import staff as timetable
from catalog.models import Order, Product, PurchaseOrder, Rental, Review, StockLevel
from catalog.queries import purchasing
from gymsite.core.models import Branch, Notification, Outbox, PutOff, User
from gymsite.core.queries.branches import past_their_day
from gymsite.payments.models import Payment
from memberships.models import Membership

MOST = 100  # a tile counts no further, so that no queue can make the page slow
WEEK = timedelta(days=7)
MONTH = timedelta(days=30)
LATE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Tile:
    """One queue: how much of it there is (up to MOST), what that means, and the list that it opens."""

    label: str
    means: str
    url: str
    count: int

    @property
    def shown(self) -> str:
        return f"{MOST - 1}+" if self.count >= MOST else str(self.count)


@dataclass(frozen=True, slots=True)
class Queue:
    """A tile before it is counted. ``model`` names the list and the permission that it takes to see it."""

    label: str
    means: str
    model: str
    filters: dict[str, str]
    rows: Callable[[Sequence[Branch], datetime], QuerySet]


def branches_of(user: User) -> list[Branch]:
    """The branches that a member of staff sees: their own, or all for the owner."""
    rows = Branch.objects.filter(is_active=True)
    return list(rows if user.sees_all_branches else rows.filter(pk__in=[user.home_branch_id]))


def _payments(
    status: str, *, since: timedelta | None = None, **others: str
) -> Callable[[Sequence[Branch], datetime], QuerySet]:
    def rows(branches: Sequence[Branch], now: datetime) -> QuerySet:
        found = Payment.objects.filter(status=status, branch__in=branches, **others)  # payments_payment_status
        return found.filter(created_at__gte=now - since) if since else found

    return rows


def _sessions(condition: Q) -> Callable[[Sequence[Branch], datetime], QuerySet]:
    def rows(branches: Sequence[Branch], now: datetime) -> QuerySet:
        ahead = ClassSession.objects.filter(starts_at__gte=now, starts_at__lt=now + WEEK)  # bookings_session_by_time
        return ahead.filter(condition, branch__in=branches)

    return rows


def _without_session(branches: Sequence[Branch], now: datetime) -> QuerySet:
    return timetable.without_session(now).filter(branch__in=branches)


def _past_due(branches: Sequence[Branch], now: datetime) -> QuerySet:
    return Membership.objects.filter(status=Membership.Status.PAST_DUE, branch__in=branches)  # memberships_of_branch


def _mail_failed(branches: Sequence[Branch], now: datetime) -> QuerySet:
    return Notification.objects.filter(email_state="failed", branch__in=branches)  # core_notification_failed


def _low_stock(branches: Sequence[Branch], now: datetime) -> QuerySet:
    low = StockLevel.objects.filter(on_hand__lte=F("reorder_at"))  # catalog_stocklevel_low
    return low.filter(product__status=Product.Status.ON_SALE)


def _late_deliveries(branches: Sequence[Branch], now: datetime) -> QuerySet[PurchaseOrder]:
    return purchasing.late(branches, now)


def _to_pack(branches: Sequence[Branch], now: datetime) -> QuerySet:
    return Order.objects.filter(status=Order.Status.PAID, branch__in=branches)  # catalog_order_branch


def _to_read(branches: Sequence[Branch], now: datetime) -> QuerySet:
    return Review.objects.filter(status=Review.Status.PENDING, branch__in=branches)  # catalog_review_pending


def _overdue(branches: Sequence[Branch], now: datetime) -> QuerySet:
    out = Rental.objects.filter(status=Rental.Status.OUT)  # catalog_rental_branch_due
    return out.filter(past_their_day("ends_on", branches, now))


def _not_handed_out(branches: Sequence[Branch], now: datetime) -> QuerySet:
    return Outbox.objects.filter(Q(attempts__gt=0) | Q(due_at__lt=now - LATE))


def _put_off(branches: Sequence[Branch], now: datetime) -> QuerySet:
    return PutOff.objects.all()  # as many as fail, which is none on most days


QUEUES = (
    Queue(
        "Payments to take",
        "Asked for at the desk and not paid yet.",
        "payments.payment",
        {"status__exact": "pending", "gateway__exact": "desk"},
        _payments("pending", gateway="desk"),
    ),
    Queue(
        "Failed payments",
        "Declined in the last 30 days.",
        "payments.payment",
        {"status__exact": "failed"},
        _payments("failed", since=MONTH),
    ),
    Queue(
        "Sessions without a trainer",
        "In the next 7 days, with a trainer who does not work here any more.",
        "bookings.classsession",
        {"needs": "trainer", "when": "week"},
        _sessions(timetable.NEEDS_TRAINER),
    ),
    Queue(
        "Classes without a session",
        "Weekly classes with none in the next 7 days; the list says why of each.",
        "bookings.gymclass",
        {"needs": "session"},
        _without_session,
    ),
    Queue(
        "Free places, people waiting",
        "Sessions of the next 7 days that have both.",
        "bookings.classsession",
        {"needs": "filling", "when": "week"},
        _sessions(timetable.PLACES_FOR_THE_WAITING),
    ),
    Queue(
        "Memberships with a payment due",
        "Their members can't book until it is paid.",
        "memberships.membership",
        {"status__exact": "past_due"},
        _past_due,
    ),
    Queue(
        "Orders to pack",
        "Paid, and not ready to collect yet.",
        "catalog.order",
        {"status__exact": "paid"},
        _to_pack,
    ),
    Queue(
        "Rentals overdue",
        "Handed out, and past their last day.",
        "catalog.rental",
        {"return": "overdue"},
        _overdue,
    ),
    Queue(
        "Low stock",
        "Products on sale at their reorder level or below.",
        "catalog.stocklevel",
        {"stock": "low"},
        _low_stock,
    ),
    Queue(
        "Late deliveries",
        "Purchase orders that should have come in full by now.",
        "catalog.purchaseorder",
        {"delivery": "late"},
        _late_deliveries,
    ),
    Queue(
        "Reviews to read",
        "Written by members, and not published or rejected yet.",
        "catalog.review",
        {"status__exact": "pending"},
        _to_read,
    ),
    Queue(
        "Mails that failed",
        "Notices given up after five tries; they stand in the site.",
        "core.notification",
        {"email_state__exact": "failed"},
        _mail_failed,
    ),
    Queue(
        "Events not handed out",
        "Tried and failed, or waiting for over 5 minutes: is the job worker running?",
        "core.outbox",
        {},
        _not_handed_out,
    ),
    Queue(
        "Work put off",
        "Rows that a job could not finish; it tries each again, later each time.",
        "core.putoff",
        {},
        _put_off,
    ),
)


def work_queue(branches: Sequence[Branch], user: User, now: datetime) -> list[Tile]:
    """The tiles that the person may open, each counted up to MOST by one bounded query."""
    return [_tile(queue, branches, now) for queue in QUEUES if _may_see(user, queue.model)]


def _may_see(user: User, model: str) -> bool:
    app, name = model.split(".")
    return user.has_perm(f"{app}.view_{name}")


def _tile(queue: Queue, branches: Sequence[Branch], now: datetime) -> Tile:
    rows = queue.rows(branches, now).order_by()
    address = reverse(f"admin:{queue.model.replace('.', '_')}_changelist")
    query = f"?{urlencode(queue.filters)}" if queue.filters else ""
    return Tile(queue.label, queue.means, address + query, len(rows.values_list("pk")[:MOST]))
