"""Whether a time can be booked with a trainer: facts in, a refusal or None out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bookings import errors
from bookings.models.appointments import TRANSITIONS, AppointmentStatus
from bookings.rules import slots
from bookings.rules.slots import Length, Span, Starts
from bookings.rules.timing import MARKS_CHANGE_FOR
from gymsite.core.errors import DomainError, Invalid
from gymsite.core.periods import local_day, when
from memberships.errors import PackRequired, PackUsedUp
from memberships.queries import AppointmentPack


@dataclass(frozen=True, slots=True)
class AppointmentPolicy:
    """What of a BookingPolicy concerns appointments."""

    id: int
    notice_minutes: int
    horizon_days: int
    cutoff_minutes: int
    grace_minutes: int
    on_request: bool

    def free_until(self, starts_at: datetime, now: datetime) -> datetime:
        """Until when an appointment booked now may be cancelled for nothing."""
        cutoff = starts_at - timedelta(minutes=self.cutoff_minutes)
        if not self.grace_minutes:
            return cutoff
        return min(starts_at, max(cutoff, now + timedelta(minutes=self.grace_minutes)))

    def earliest(self, now: datetime) -> datetime:
        return now + timedelta(minutes=self.notice_minutes)

    def last_day(self, now: datetime, zone: ZoneInfo) -> date:
        return local_day(now, zone) + timedelta(days=self.horizon_days)

    def on(
        self, days: Iterable[date], minutes: int, zone: ZoneInfo, now: datetime
    ) -> list[datetime]:
        """The raster of so many minutes, from the notice to the horizon."""
        last, earliest = self.last_day(now, zone), self.earliest(now)
        found = slots.raster([day for day in days if day <= last], minutes, zone)
        return [start for start in found if start >= earliest and start > now]


@dataclass(frozen=True, slots=True)
class AppointmentFacts:
    """What a decision about one start may look at. ``opening`` is None where a branch
    names no hours; ``taken`` is the trainer's time, ``clients`` the client's."""

    now: datetime
    starts_at: datetime
    zone: ZoneInfo
    trainer: str
    length: Length
    policy: AppointmentPolicy
    opening: list[Span] | None
    working: list[Span]
    taken: list[Span]
    clients: list[Span]
    with_oneself: bool = False
    not_given: str = ""  # the service, where the trainer does not give it

    @property
    def said(self) -> str:
        return when(self.starts_at, self.zone)

    @property
    def day(self) -> date:
        return local_day(self.starts_at, self.zone)

    def free_that_day(self) -> Starts:
        """When it could start on its day, by the rules that a client books by."""
        on = self.policy.on([self.day], self.length.raster, self.zone, self.now)
        free = slots.starts(on, self.working, self.taken, self.clients, self.length)
        return tuple(free)


AppointmentRule = Callable[[AppointmentFacts], DomainError | None]


def with_somebody_else(facts: AppointmentFacts) -> DomainError | None:
    if not facts.with_oneself:
        return None
    words = "Nobody has an appointment with themselves."
    return Invalid({"trainer": [words]}, words)


def is_given(facts: AppointmentFacts) -> DomainError | None:
    if not facts.not_given:
        return None
    return errors.ServiceNotGiven(
        f"{facts.trainer} does not give {facts.not_given}.",
        remedy="Choose another trainer or service.",
    )


def lies_ahead(facts: AppointmentFacts) -> DomainError | None:
    if facts.starts_at > facts.now:
        return None
    return errors.AppointmentTooSoon(
        f"{facts.said} is past.", remedy="Choose a later time."
    )


def starts_on_raster(facts: AppointmentFacts) -> DomainError | None:
    minutes = facts.length.raster
    if slots.on_raster(facts.starts_at, minutes, facts.zone):
        return None
    return errors.OffRaster(
        f"Appointments start every {minutes} minutes, counted from midnight.",
        remedy="Choose one of the times shown.",
        raster_minutes=minutes,
    )


def early_enough(facts: AppointmentFacts) -> DomainError | None:
    earliest = facts.policy.earliest(facts.now)
    if facts.starts_at >= earliest:
        return None
    return errors.AppointmentTooSoon(
        f"Appointments are booked at least {facts.policy.notice_minutes} minutes "
        f"before; the next can start {when(earliest, facts.zone)}.",
        remedy="Choose a later time, or ask the front desk.",
        earliest=earliest.isoformat(),
    )


def near_enough(facts: AppointmentFacts) -> DomainError | None:
    days, last = facts.policy.horizon_days, facts.policy.last_day(facts.now, facts.zone)
    if facts.day <= last:
        return None
    return errors.AppointmentTooFar(
        f"Appointments are booked at most {days} days ahead.",
        remedy="Choose an earlier day.",
        last_day=last.isoformat(),
    )


def within_opening_hours(facts: AppointmentFacts) -> DomainError | None:
    client = facts.length.clients(facts.starts_at)
    if facts.opening is None or slots.inside(client, facts.opening):
        return None
    return errors.OutsideOpeningHours(
        f"The branch is not open for all of {facts.length.minutes} minutes from "
        f"{facts.said} on.",
        remedy="Choose a time within the opening hours.",
    )


def within_working_hours(facts: AppointmentFacts) -> DomainError | None:
    if slots.inside(facts.length.clients(facts.starts_at), facts.working):
        return None
    return errors.TrainerNotAvailable(
        f"{facts.trainer} takes no appointments on {facts.said}.",
        remedy="Choose one of the times shown.",
    )


def trainer_is_free(facts: AppointmentFacts) -> DomainError | None:
    if not slots.meets(facts.length.trainers(facts.starts_at), facts.taken):
        return None
    return errors.SlotTaken(
        f"{facts.trainer} is not free on {facts.said}.", remedy="Choose another time."
    )


def client_is_free(facts: AppointmentFacts) -> DomainError | None:
    if not slots.meets(facts.length.clients(facts.starts_at), facts.clients):
        return None
    return errors.OverlappingBooking(
        f"You have a class or an appointment on {facts.said}.",
        remedy="Cancel that one first, or choose another time.",
    )


_FREE = (within_opening_hours, trainer_is_free, client_is_free)
BY_CLIENT: tuple[AppointmentRule, ...] = (
    with_somebody_else,
    is_given,
    lies_ahead,
    starts_on_raster,
    early_enough,
    near_enough,
    within_working_hours,
    *_FREE,
)
# Staff book at short notice, far ahead and between the usual hours.
BY_STAFF: tuple[AppointmentRule, ...] = (
    with_somebody_else,
    is_given,
    lies_ahead,
    *_FREE,
)


def judge_appointment(facts: AppointmentFacts, *, by_staff: bool) -> DomainError | None:
    """The first refusal, or None when every rule agrees."""
    for rule in BY_STAFF if by_staff else BY_CLIENT:
        if refusal := rule(facts):
            return refusal
    return None


def next_states(
    status: str,
    *,
    opens_at: datetime,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> tuple[AppointmentStatus, ...]:
    """What its trainer may make of an appointment now, in the order of its life; a
    client is checked in from ``opens_at`` on. Cancelling what stands is left out."""
    reachable = TRANSITIONS[AppointmentStatus(status)]
    over = now > ends_at + MARKS_CHANGE_FOR
    allowed = {
        AppointmentStatus.BOOKED: now < starts_at,
        AppointmentStatus.CONFIRMED: now < starts_at,
        AppointmentStatus.CHECKED_IN: opens_at <= now and not over,
        AppointmentStatus.COMPLETED: starts_at <= now and not over,
        AppointmentStatus.NO_SHOW: starts_at <= now and not over,
        AppointmentStatus.DECLINED: True,
    }
    return tuple(one for one, may in allowed.items() if may and one in reachable)


def paying_pack(
    packs: Sequence[AppointmentPack],
) -> AppointmentPack | DomainError:
    """The pack that pays for an appointment, or why none of them does. They are good
    for it, in the order of use."""
    if not packs:
        return PackRequired(remedy="Buy one, or pay in another way.")
    paid = [pack for pack in packs if pack.was_paid]
    if not paid:
        return errors.PaymentDue(
            f"{packs[0].plan_name} is still to be paid for.",
            remedy="Pay it at the front desk, or pay in another way.",
        )
    used = paid[0]
    return next((pack for pack in paid if pack.left > 0), None) or PackUsedUp(
        f"You have used all {used.granted} appointments of {used.plan_name}.",
        remedy="Buy another one, or pay in another way.",
        used=used.used,
        limit=used.granted,
    )


def may_say(
    *,
    opens_at: datetime,
    ends_at: datetime,
    zone: ZoneInfo,
    now: datetime,
) -> DomainError | None:
    """Whether it may be said now what became of an appointment: from ``opens_at`` on,
    for seven days after the end."""
    if now < opens_at:
        return errors.AttendanceNotOpen(
            f"What becomes of it is said from {when(opens_at, zone)} on.",
            remedy="Come back then.",
            opens_at=opens_at.isoformat(),
        )
    closing = ends_at + MARKS_CHANGE_FOR
    if now > closing:
        return errors.AttendanceClosed(
            f"It could be changed until {when(closing, zone)}.",
            closed_at=closing.isoformat(),
        )
    return None
