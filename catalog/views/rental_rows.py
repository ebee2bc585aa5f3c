"""Rentals in words: until when, what is late and what that costs, what comes back."""

from datetime import datetime
from typing import Any

from catalog import rules
from catalog.models import Rental, RentalKind
from catalog.views.sentences import dated, moment
from gymsite.core import references
from gymsite.core.money import shown
from gymsite.payments.models import Payment
from gymsite.payments.queries.payment_choices import paid_by

TAGS = {"booked": "wait", "out": "good", "returned": "", "cancelled": ""}


def kind_card(kind: RentalKind) -> dict[str, Any]:
    """What its pages say of a kind."""
    return {
        "slug": kind.slug,
        "name": kind.name,
        "summary": kind.summary,
        "fee": shown(kind.day_fee_minor, kind.currency)
        if kind.day_fee_minor
        else "Free",
        "is_free": not kind.day_fee_minor,
        "terms": terms(kind),
        "drawing": kind.picture,
    }


def terms(kind: RentalKind) -> list[str]:
    """Deposit, lateness and the longest time, one line each."""
    said = [f"Up to {kind.longest_days} day{'s' if kind.longest_days > 1 else ''}"]
    if kind.deposit_minor:
        said.append(
            f"{shown(kind.deposit_minor, kind.currency)} deposit, back when you "
            "return it"
        )
    if kind.late_fee_minor:
        said.append(f"{shown(kind.late_fee_minor, kind.currency)} for each day late")
    return said


def rental_line(rental: Rental, now: datetime) -> dict[str, Any]:
    """What a list says about a rental, in the time of its branch."""
    today = rental.branch.today(now)
    holds = rental.status in (Rental.Status.BOOKED, Rental.Status.OUT)
    begun = today >= rental.starts_on
    days = rules.days_late(rental.ends_on, today) if holds else 0
    return {
        "reference": rental.reference,
        "name": rental.unit.kind.name,
        "unit": rental.unit.code,
        "branch": rental.branch.name,
        "first": dated(rental.starts_on),
        "last": dated(rental.ends_on),
        "status": rental.get_status_display(),
        "tag": TAGS[rental.status],
        "late_days": days,
        "late_cost": shown(days * rental.late_fee_minor, rental.currency)
        if days and rental.late_fee_minor
        else "",
        "is_due_today": holds and begun and today == rental.ends_on,
        "begun": begun,
        "is_over": not holds,
        "can_return": rental.status == Rental.Status.OUT
        and rental.announced_at is None,
        "is_announced": rental.status == Rental.Status.OUT
        and rental.announced_at is not None,
        "can_cancel": rental.status == Rental.Status.BOOKED
        and today <= rental.starts_on,
    }


def rental_shown(rental: Rental, now: datetime) -> dict[str, Any]:
    """A rental's own page, from queries.rentals.by_reference."""
    zone, currency = rental.branch.zone, rental.currency
    return rental_line(rental, now) | {
        "shown": references.shown(rental.reference),
        "fee": shown(rental.fee_minor, currency),
        "deposit": shown(rental.deposit_minor, currency)
        if rental.deposit_minor
        else "",
        "late_fee": shown(rental.late_fee_minor, currency)
        if rental.late_fee_minor
        else "",
        "paid": _paid(rental.payment, currency),
        "is_due": bool(
            rental.payment and rental.payment.status == Payment.Status.PENDING
        ),
        "booked": moment(rental.created_at, zone),
        "returned": moment(rental.returned_at, zone) if rental.returned_at else "",
        "settled": settled(rental) if rental.status == Rental.Status.RETURNED else "",
        "was_declined": bool(
            rental.payment and rental.payment.status == Payment.Status.FAILED
        ),
    }


def _paid(payment: Payment | None, currency: str) -> str:
    if payment is None:
        return "Nothing to pay"
    amount = shown(payment.amount_minor, currency)
    if payment.status == Payment.Status.PENDING:
        return f"{amount} to be paid: {paid_by(payment.gateway).lower()}"
    if payment.status == Payment.Status.FAILED:
        return "Nothing was charged"
    if payment.status in (Payment.Status.RETURNING, Payment.Status.RETURNED):
        return f"{amount} comes back in full"
    given_back = ""
    if payment.status == Payment.Status.REFUNDED:
        given_back = ", given back in full"
    elif payment.refunded_minor:
        given_back = f", {shown(payment.refunded_minor, currency)} of it given back"
    return f"{amount}, {paid_by(payment.gateway).lower()}{given_back}"


def settled(rental: Rental) -> str:
    """What came of the deposit and of being late."""
    currency = rental.currency
    was_paid = rental.payment is not None and rental.payment.paid_at is not None
    deposit = rental.deposit_minor if was_paid else 0
    kept = min(deposit, rental.late_minor)
    said = []
    if deposit > kept:
        said.append(f"{shown(deposit - kept, currency)} of your deposit comes back.")
    if kept:
        said.append(f"{shown(kept, currency)} of the deposit was kept for being late.")
    if owed := rental.late_payment and rental.late_payment.amount_minor:
        for_what = "for being late" if was_paid or not rental.fee_minor else "in fees"
        said.append(f"{shown(owed, currency)} {for_what} is to be paid at the desk.")
    return " ".join(said)
