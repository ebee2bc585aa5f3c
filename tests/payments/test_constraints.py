"""Each invariant of money holds in the database itself: raw SQL that breaks it is refused by its name."""

import pytest
from django.utils import timezone

from gymsite.payments.models import LedgerEntry, Payment
from gymsite.payments.operations import take_payment
from memberships.operations.memberships import enroll
from tests import constraints
from tests.constraints import copied, refused_by
from tests.factories import PlanFactory, UserFactory

pytestmark = pytest.mark.django_db


def update(table, what):
    return f"UPDATE {table} SET {what} WHERE id = %(id)s"


PAYMENT, LEDGER = "payments_payment", "payments_ledgerentry"

BREAKS = {
    "payments_payment_reference_unique": ("payment", lambda: copied(PAYMENT)),
    "payments_payment_paid_has_time": ("payment", lambda: update(PAYMENT, "paid_at = NULL")),
    "payments_ledgerentry_sign_fits_kind": ("entry", lambda: copied(LEDGER, amount_minor="-1")),
    "payments_ledgerentry_append_only": ("entry", lambda: update(LEDGER, "amount_minor = 1")),
    "payments_ledgerentry_never_truncated": ("entry", lambda: "TRUNCATE payments_ledgerentry CASCADE"),
    "payments_ledgerentry_refund_reverses": (
        "entry",
        lambda: copied(LEDGER, kind="'refund'", amount_minor="-amount_minor"),
    ),
}


@pytest.fixture
def rows():
    now, member = timezone.now(), UserFactory()
    enroll(member_id=member.pk, plan_id=PlanFactory().pk, actor_id=member.pk, now=now)
    payment = Payment.objects.get()
    take_payment(payment_id=payment.pk, actor_id=member.pk, now=now)
    Payment.objects.update(gateway_reference="ch_1")
    return {"payment": payment.pk, "entry": LedgerEntry.objects.get().pk}


@pytest.mark.parametrize("name", sorted(BREAKS))
def test_what_breaks_it_is_refused_by_its_name(rows, name):
    row, statement = BREAKS[name]
    assert refused_by(statement(), id=rows[row]) == name


def test_no_constraint_is_left_untried():
    assert set(BREAKS) == constraints.named("payments")


def test_a_refund_of_what_was_charged_passes(rows):
    statement = copied(LEDGER, kind="'refund'", amount_minor="-amount_minor", reverses_id="id")
    assert refused_by(statement, id=rows["entry"]) is None


def test_the_ledger_is_not_deleted_from(rows):
    statement = "DELETE FROM payments_ledgerentry WHERE id = %(id)s"
    assert refused_by(statement, id=rows["entry"]) == "payments_ledgerentry_append_only"
