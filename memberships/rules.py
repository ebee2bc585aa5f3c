"""Facts about what may pay for a class, and the periods that classes are counted by."""

from dataclasses import dataclass
from datetime import date, timedelta

from gymsite.core.periods import monday, next_month
from memberships.models import Terms


@dataclass(frozen=True, slots=True)
class Entitlement:
    """One membership as it bears on one date; ``used`` counts that date's period."""

    membership_id: int
    status: str
    is_base: bool
    starts_on: date
    ends_on: date | None
    plan_name: str
    kind: str
    period: str
    classes: int | None
    branch_id: int | None
    includes_classes: bool
    window_days: int | None
    allowance_id: int | None
    used: int
    granted: int | None
    was_paid: bool = True  # its first price was taken, or it had none
    includes_appointments: bool = False

    @property
    def limit(self) -> int | None:
        """Classes in the period; None without a limit."""
        return (
            None
            if self.kind == "unlimited"
            else self.classes
            if self.granted is None
            else self.granted
        )

    @property
    def left(self) -> int | None:
        return None if self.limit is None else self.limit - self.used

    def reaches(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True, slots=True)
class AppointmentPack:
    """A pack as it bears on one appointment."""

    membership_id: int
    plan_name: str
    ends_on: date
    allowance_id: int
    granted: int
    used: int
    was_paid: bool

    @property
    def left(self) -> int:
        return self.granted - self.used


def included_classes(terms: Terms | Entitlement) -> str:
    """How many classes a plan or a membership includes, in words; of a pack of
    appointments, how many of those."""
    if terms.includes_appointments:
        return f"{terms.classes} appointment{'' if terms.classes == 1 else 's'}"
    if not terms.includes_classes:
        return "no classes"
    if terms.classes is None:
        return "as many classes as you like"
    count = f"{terms.classes} class{'' if terms.classes == 1 else 'es'}"
    return count if terms.kind == Terms.Kind.PACK else f"{count} a {terms.period}"


def period_of(period: str, day: date) -> tuple[date, date]:
    """First and last day of the calendar week or month that ``day`` is counted in."""
    if period == "week":
        first = monday(day)
        return first, first + timedelta(days=6)
    first = day.replace(day=1)
    return first, next_month(first) - timedelta(days=1)


def billed_until(period: str, starts_on: date) -> date:
    """The last day of the week or month that is paid for from ``starts_on`` on."""
    if period == "week":
        return starts_on + timedelta(days=6)
    following = next_month(starts_on)
    last = (next_month(following) - timedelta(days=1)).day
    return following.replace(day=min(starts_on.day, last)) - timedelta(days=1)


def counted_in(entitlement: Entitlement, day: date) -> tuple[date, date]:
    """First and last day of the period that counts ``day``; a pack's is its life."""
    if not entitlement.is_base and entitlement.ends_on:
        return entitlement.starts_on, entitlement.ends_on
    return period_of(entitlement.period, day)


def counted_until(entitlement: Entitlement, day: date) -> date:
    """The last day of the period in which ``entitlement``'s classes are counted."""
    return counted_in(entitlement, day)[1]
