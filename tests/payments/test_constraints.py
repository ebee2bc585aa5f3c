"""The database itself holds each invariant of money, by its name."""

from itertools import product

import pytest
from django.db import connection, transaction
from django.utils import timezone

from gymsite.payments.models import LedgerEntry, Payment, WebhookDelivery
from gymsite.payments.operations import take_payment
from memberships.operations.memberships import enroll
from tests import constraints
from tests.constraints import copied, refused_by, update
from tests.factories import PlanFactory, UserFactory

pytestmark = pytest.mark.django_db


def of_what_is_open(*columns):
    """The columns of an entry, as the payment that is not paid has them."""
    open_one = "FROM payments_payment WHERE status = 'pending'"
    names = {"id": "payment_id"}
    return {names.get(one, one): f"(SELECT {one} {open_one})" for one in columns}


PAYMENT, LEDGER = "payments_payment", "payments_ledgerentry"
WEBHOOK = "payments_webhookdelivery"

BREAKS = {
    "payments_payment_key_unique": (
        "payment",
        lambda: copied(PAYMENT, gateway_reference="''"),
    ),
    "payments_payment_reference_unique": (
        "payment",
        lambda: copied(PAYMENT, key="'another'"),
    ),
    "payments_payment_one_open_a_thing": (
        "open",
        lambda: copied(PAYMENT, key="'another'"),
    ),
    "payments_payment_asks_for_something": (
        "open",
        lambda: copied(PAYMENT, key="'a'", thing="'a'", amount_minor="0"),
    ),
    "payments_payment_open_is_looked_up": (
        "open",
        lambda: copied(PAYMENT, key="'a'", thing="'a'", gateway="'card'"),
    ),
    "payments_payment_keeps_its_amount": (
        "payment",
        lambda: update(PAYMENT, "amount_minor = amount_minor + 1"),
    ),
    "payments_payment_follows_its_states": (
        "payment",
        lambda: update(PAYMENT, "status = 'pending'"),
    ),
    "payments_payment_is_in_the_ledger": (
        "open",
        lambda: update(PAYMENT, "status = 'paid', paid_at = now()"),
    ),
    "payments_ledgerentry_agrees_with_payment": (
        "entry",
        lambda: copied(LEDGER, **of_what_is_open("id", "amount_minor")),
    ),
    "payments_ledgerentry_within_what_was_paid": (
        "entry",
        lambda: copied(
            LEDGER, kind="'refund'", amount_minor="-amount_minor - 1", reverses_id="id"
        ),
    ),
    "payments_payment_refunded_within_amount": (
        "payment",
        lambda: update(PAYMENT, "refunded_minor = amount_minor + 1"),
    ),
    "payments_payment_paid_has_time": (
        "payment",
        lambda: update(PAYMENT, "paid_at = NULL"),
    ),
    "payments_ledgerentry_sign_fits_kind": (
        "entry",
        lambda: copied(LEDGER, kind="'refund'", amount_minor="1", reverses_id="id"),
    ),
    "payments_ledgerentry_append_only": (
        "entry",
        lambda: update(LEDGER, "amount_minor = 1"),
    ),
    "payments_ledgerentry_never_truncated": (
        "entry",
        lambda: "TRUNCATE payments_ledgerentry CASCADE",
    ),
    "payments_ledgerentry_refund_reverses": (
        "entry",
        lambda: copied(LEDGER, kind="'refund'", amount_minor="-1"),
    ),
    "payments_webhookdelivery_once": ("delivery", lambda: copied(WEBHOOK)),
    "payments_webhookdelivery_differs_from_something": (
        "delivery",
        lambda: update(WEBHOOK, "outcome = 'differs'"),
    ),
}


@pytest.fixture
def rows():
    now, member = timezone.now(), UserFactory()
    enroll(member_id=member.pk, plan_id=PlanFactory().pk, actor_id=member.pk, now=now)
    payment = Payment.objects.get()
    take_payment(payment_id=payment.pk, actor_id=member.pk, now=now)
    Payment.objects.update(gateway_reference="ch_1")
    pack = enroll(
        member_id=member.pk,
        plan_id=PlanFactory(pack=True).pk,
        actor_id=member.pk,
        now=now,
    )
    return {
        "payment": payment.pk,
        "entry": LedgerEntry.objects.get().pk,
        "open": pack.periods.get().payment_id,
        "delivery": WebhookDelivery.objects.create(
            gateway="card", event_id="evt_1", payment=payment, received_at=now
        ).pk,
    }


@pytest.mark.parametrize("name", sorted(BREAKS))
def test_what_breaks_it_is_refused_by_its_name(rows, name):
    row, statement = BREAKS[name]
    assert refused_by(statement(), id=rows[row]) == name


def test_no_constraint_is_left_untried():
    tried = set(BREAKS) | constraints.of_currencies()
    assert constraints.named("payments") <= tried
    assert set(BREAKS) <= constraints.named("payments")


def test_a_refund_of_what_was_charged_passes(rows):
    statement = copied(
        LEDGER, kind="'refund'", amount_minor="-amount_minor + 1", reverses_id="id"
    )
    assert refused_by(statement, id=rows["entry"]) is None


def test_what_went_back_is_not_written_by_hand(rows):
    for row in ("payment", "open"):
        statement = update(PAYMENT, "refunded_minor = 1")
        refused = refused_by(statement, id=rows[row])
        assert refused == "payments_payment_is_in_the_ledger"


@pytest.mark.parametrize(
    "change",
    ["currency = 'EUR'", "key = 'x'", "member_id = member_id + 1", "gateway = 'card'"],
)
def test_what_was_asked_for_stays(rows, change):
    assert (
        refused_by(update(PAYMENT, change), id=rows["payment"])
        == "payments_payment_keeps_its_amount"
    )


def test_a_payment_is_charged_once(rows):
    assert (
        refused_by(copied(LEDGER), id=rows["entry"])
        == "payments_ledgerentry_within_what_was_paid"
    )


STATES = [str(status) for status in Payment.Status]


@pytest.mark.parametrize(
    ("before", "after"),
    [pair for pair in product(STATES, STATES) if pair[0] != pair[1]],
)
def test_the_steps_that_the_model_knows_pass_and_no_others(rows, before, after):
    with transaction.atomic(), connection.cursor() as cursor:
        # what the fixture left to say
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SET LOCAL session_replication_role = replica")
        look_up_at = "now()" if before == "returning" else "NULL"
        cursor.execute(
            f"UPDATE {PAYMENT} SET status = %s, paid_at = now(), look_up_at = "
            f"{look_up_at} WHERE id = %s",
            [before, rows["payment"]],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
        refused = refused_by(update(PAYMENT, f"status = '{after}'"), id=rows["payment"])
        transaction.set_rollback(True)
    known = after in Payment.TRANSITIONS[Payment.Status(before)]
    assert (refused == "payments_payment_follows_its_states") != known


def test_the_ledger_is_not_deleted_from(rows):
    statement = "DELETE FROM payments_ledgerentry WHERE id = %(id)s"
    assert refused_by(statement, id=rows["entry"]) == "payments_ledgerentry_append_only"
