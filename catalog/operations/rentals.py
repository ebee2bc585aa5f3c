"""Lending things: a unit for some days, its deposit, its return and late fees."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from catalog import locks, rules
from catalog.errors import NothingToRent, RentalKindNotFound, WrongRentalState
from catalog.event_kinds import CatalogEvent
from catalog.models import Rental, RentalKind
from catalog.operations.rental_payments import PURPOSE, move, note, settle_deposit
from catalog.queries.rentals import free_units
from gymsite.core import errors as core_errors
from gymsite.core import references, rivals, row_locks
from gymsite.core.models import Branch, User
from gymsite.payments.models import Payment
from gymsite.payments.operations import (
    DESK,
    begin,
    fail_payment,
    gateway_named,
    pay,
    reverse_charge,
)
from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements

SQL = statements("catalog", "rentals")
TRIES = 20  # units, each of which a rival took at the same moment


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants a thing of which kind, where, on which days (both included)."""

    kind_id: int
    branch_id: int
    member_id: int
    starts_on: date
    ends_on: date


def rent(
    *,
    wish: Wish,
    gateway: str = "card",
    source: str = "",
    reference: str | None = None,
    seen_minor: int | None = None,
    now: datetime,
) -> Rental:
    """Rent a unit and pay its fees and deposit; a free one needs no payment.

    ``reference`` (core.references.new) makes a wish that is sent twice one rental;
    ``seen_minor`` is what the member saw that it comes to, with the deposit. Not to be
    called inside a transaction, as it talks to the gateway: the unit is taken first and
    given back if the payment is declined. Raises RentalKindNotFound, RentalDates,
    PriceChanged, NothingToRent, PaymentDeclined.
    """
    gateway_named(gateway)
    rental = _sent_before(reference, wish.member_id) or _take(
        wish, gateway, reference, seen_minor, now
    )
    payment = rental.payment
    if payment is None or not payment.is_open or payment.gateway == DESK:
        return rental
    return pay(payment, source=source, now=now)


def _sent_before(reference: str | None, member_id: int) -> Rental | None:
    """The member's rental of this reference, which a first click made."""
    if reference is None:
        return None
    rentals = Rental.objects.select_related("payment").exclude(
        status=Rental.Status.CANCELLED
    )
    return rentals.filter(reference=reference, member_id=member_id).first()


def _sent_first(reference: str | None, member_id: int) -> Rental:
    if rental := _sent_before(reference, member_id):
        return rental
    raise WrongRentalState(
        "This was sent before, and cancelled since.", remedy="Look under Rentals."
    )


@transaction.atomic
def _take(
    wish: Wish,
    gateway: str,
    reference: str | None,
    seen_minor: int | None,
    now: datetime,
) -> Rental:
    member = User.objects.filter(pk=wish.member_id, is_active=True)
    if row_locks.key_shared(member) is None:
        raise core_errors.NotFound("There is no such member.")
    kind, branch = _kind(wish.kind_id), _branch(wish.branch_id)
    today = branch.today(now)
    if refusal := rules.rentable(kind, wish.starts_on, wish.ends_on, today):
        raise refusal
    if refusal := rules.rental_price_stands(
        kind, wish.starts_on, wish.ends_on, seen_minor
    ):
        raise refusal
    taken = _unit_taken(wish, kind, branch, today, reference or references.new(), now)
    if taken is None:  # the same wish, sent twice at once
        return _sent_first(reference, wish.member_id)
    rental = Rental.objects.get(pk=taken)
    due = rental.fee_minor + rental.deposit_minor
    if due:
        rental.payment = begin(
            purpose=PURPOSE,
            thing=rental.reference,
            branch_id=branch.pk,
            member_id=wish.member_id,
            amount_minor=due,
            currency=rental.currency,
            gateway=gateway,
            now=now,
        )
        rental.save(update_fields=["payment"])
    if not due or gateway == DESK:
        note(CatalogEvent.RENTED, rental, wish.member_id, now)
    return rental


def _kind(kind_id: int) -> RentalKind:
    kind = row_locks.shared(RentalKind.objects.filter(pk=kind_id, is_active=True))
    if kind is None:
        raise RentalKindNotFound(f"There is no kind {kind_id} to rent.")
    return kind


def _branch(branch_id: int) -> Branch:
    branch = row_locks.shared(Branch.objects.filter(pk=branch_id, is_active=True))
    if branch is None:
        raise core_errors.Invalid({"branch": ["There is no such branch."]})
    return branch


def _unit_taken(
    wish: Wish,
    kind: RentalKind,
    branch: Branch,
    today: date,
    reference: str,
    now: datetime,
) -> int | None:
    """The id of the rental made; where a rival takes the unit, of another one.

    None when its reference is used up: the rival was the same wish, sent twice at once,
    or one that was cancelled. Raises NothingToRent; Busy, after so many rivals that
    more are left than can be tried.
    """
    values: dict[str, str | int | date | datetime] = {
        "reference": reference,
        "member": wish.member_id,
        "starts_on": wish.starts_on,
        "ends_on": wish.ends_on,
        "fee": rules.rental_total(kind, wish.starts_on, wish.ends_on),
        "late_fee": kind.late_fee_minor,
        "deposit": kind.deposit_minor,
        "currency": kind.currency,
        "now": now,
        "kind": kind.pk,
        "branch": branch.pk,
        "today": today,
    }
    for _ in range(TRIES):
        if taken := fetch_one(SQL.take_unit, values):
            return taken.id
        if Rental.objects.filter(reference=reference).exists():
            return None
        if not free_units(kind.pk, branch.pk, (wish.starts_on, wish.ends_on), today):
            raise NothingToRent(
                f"All of {kind.name} at {branch.name} are taken on some of these days.",
                remedy="Choose other days or another branch.",
            )
    raise rivals.busy()


@transaction.atomic
def hand_out(*, rental_id: int, actor_id: int, now: datetime) -> Rental:
    """The desk gives the unit to the member.

    A second time changes nothing; raises WrongRentalState. On its days only, when the
    unit is back from whoever had it, and not while a card is being asked.
    """
    rental = locks.lock_rental(rental_id)
    if rental.status == Rental.Status.OUT:
        return rental
    if refusal := rules.lendable(rental, rental.branch.today(now)):
        raise refusal
    paying = rental.payment
    if paying is not None and paying.is_open and paying.gateway != DESK:
        raise WrongRentalState(
            "Its payment is being made.", remedy="Wait for what comes of it."
        )
    with core_errors.refusals():
        move(rental, Rental.Status.OUT)
    note(CatalogEvent.HANDED_OUT, rental, actor_id, now)
    return rental


@transaction.atomic
def announce_return(*, rental_id: int, member_id: int, now: datetime) -> Rental:
    """A member says that a unit is back; the desk takes it back.

    A second time changes nothing. Raises RentalNotFound, WrongRentalState.
    """
    rental = locks.lock_rental(rental_id, member_id=member_id)
    if rental.status != Rental.Status.OUT:
        raise WrongRentalState(
            f"This rental is {rental.get_status_display().lower()}, so there is "
            "nothing to return."
        )
    if rental.announced_at is None:
        rental.announced_at = now
        rental.save(update_fields=["announced_at"])
        note(CatalogEvent.RETURN_ANNOUNCED, rental, member_id, now)
    return rental


@transaction.atomic
def return_rental(*, rental_id: int, actor_id: int, now: datetime) -> Rental:
    """The desk has the unit back, and the deposit goes back.

    Less what being late costs; the rest is paid at the desk. What was never paid
    becomes what is owed: the fee and what being late costs, without the deposit. Raises
    RentalNotFound, WrongRentalState (returned before, never handed out).
    """
    rental = locks.lock_rental(rental_id)
    today = rental.branch.today(now)
    if rental.status in (Rental.Status.RETURNED, Rental.Status.CANCELLED):
        raise WrongRentalState(
            f"This rental is {rental.get_status_display().lower()} already."
        )
    if rental.status != Rental.Status.OUT:
        raise WrongRentalState(
            "This was never handed out.", remedy="Cancel it instead."
        )
    rental.late_days = rules.days_late(rental.ends_on, today)
    rental.late_minor = rental.late_days * rental.late_fee_minor
    rental.returned_at = now
    settle_deposit(rental, now)
    move(
        rental,
        Rental.Status.RETURNED,
        "late_days",
        "late_minor",
        "returned_at",
        "late_payment",
    )
    note(CatalogEvent.RETURNED, rental, actor_id, now)
    return rental


@transaction.atomic
def cancel_rental(
    *, rental_id: int, member_id: int | None = None, actor_id: int, now: datetime
) -> Rental:
    """Give up a rental that was not handed out, before its first day is over.

    What was paid goes back in full.
    """
    rental = locks.lock_rental(rental_id, member_id=member_id)
    today = rental.branch.today(now)
    if rental.status != Rental.Status.BOOKED or (
        member_id and today > rental.starts_on
    ):
        raise WrongRentalState(
            "This rental can't be cancelled any more.", remedy="Return it instead."
        )
    payment = rental.payment
    if payment is not None and payment.status == Payment.Status.PAID:
        reverse_charge(payment, amount_minor=payment.left_minor, now=now)
    elif payment is not None:
        # the card may say yes yet, and is given it back then
        fail_payment(payment, now=now)
    move(rental, Rental.Status.CANCELLED)
    note(CatalogEvent.RENTAL_CANCELLED, rental, actor_id, now)
    return rental
