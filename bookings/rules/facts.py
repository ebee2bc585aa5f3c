"""What a decision may look at, read at one instant."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from memberships.queries import Entitlement


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """A BookingPolicy's numbers (see its fields)."""

    id: int
    window_days: int
    cutoff_minutes: int
    promotion_margin_minutes: int
    promoted_grace_minutes: int
    unpaid_bookings: int = 1
    booked_grace_minutes: int = 10


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session as of now; ``zone`` is its branch's."""

    id: int
    branch_id: int
    name: str
    status: str
    session_date: date
    starts_at: datetime
    ends_at: datetime
    capacity: int
    booked_count: int
    waitlist_length: int
    zone: ZoneInfo

    @property
    def places_left(self) -> int:
        return self.capacity - self.booked_count


@dataclass(frozen=True, slots=True)
class Clash:
    """Another place that the member holds at an overlapping time."""

    name: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is judged of one member and one session, read at one instant."""

    now: datetime
    session: SessionFacts
    policy: PolicyFacts
    account_open: bool
    entitlements: tuple[Entitlement, ...]
    booking_id: int | None = None
    booking_reference: str | None = None
    entry_id: int | None = None
    entry_position: int | None = None
    reserved_membership_id: int | None = None
    clash: Clash | None = None
    # classes on memberships whose first payment is still to be taken
    booked_unpaid: int = 0
