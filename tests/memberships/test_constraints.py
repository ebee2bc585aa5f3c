"""Each invariant of memberships holds in the database itself: raw SQL that breaks it is refused by its name."""

import pytest
from django.utils import timezone

from memberships.models import LedgerEntry, Payment
from memberships.operations.memberships import enroll
from memberships.operations.payments import take_payment
from tests import constraints
from tests.constraints import copied, refused_by
from tests.factories import AllowanceFactory, MembershipFactory, PlanFactory, UserFactory

pytestmark = pytest.mark.django_db


def update(table, what):
    return f"UPDATE {table} SET {what} WHERE id = %(id)s"


PLAN, MEMBERSHIP, ALLOWANCE = "memberships_plan", "memberships_membership", "memberships_allowance"
PAYMENT, LEDGER = "memberships_payment", "memberships_ledgerentry"

BREAKS = {
    "memberships_plan_classes_fit_kind": ("plan", lambda: update(PLAN, "classes = 8")),
    "memberships_plan_packs_expire": ("pack_plan", lambda: update(PLAN, "valid_days = NULL")),
    "memberships_membership_one_base": ("base", lambda: copied(MEMBERSHIP, status="'frozen'")),
    "memberships_membership_ends_after_start": ("base", lambda: update(MEMBERSHIP, "ends_on = starts_on - 1")),
    "memberships_membership_packs_end": ("pack", lambda: update(MEMBERSHIP, "ends_on = NULL")),
    "memberships_allowance_one_a_period": ("allowance", lambda: copied(ALLOWANCE)),
    "memberships_allowance_within_grant": ("allowance", lambda: update(ALLOWANCE, "used = granted + 1")),
    "memberships_allowance_ends_after_start": ("allowance", lambda: update(ALLOWANCE, "ends_on = starts_on - 1")),
    "memberships_payment_reference_unique": ("payment", lambda: copied(PAYMENT)),
    "memberships_payment_paid_has_time": ("payment", lambda: update(PAYMENT, "paid_at = NULL")),
    "memberships_ledgerentry_sign_fits_kind": ("entry", lambda: copied(LEDGER, amount_minor="-1")),
    "memberships_ledgerentry_append_only": ("entry", lambda: update(LEDGER, "amount_minor = 1")),
    "memberships_ledgerentry_never_truncated": ("entry", lambda: "TRUNCATE memberships_ledgerentry CASCADE"),
    "memberships_ledgerentry_refund_reverses": (
        "entry",
        lambda: copied(LEDGER, kind="'refund'", amount_minor="-amount_minor"),
    ),
}


@pytest.fixture
def rows():
    now, member = timezone.now(), UserFactory()
    base = enroll(member_id=member.pk, plan_id=PlanFactory().pk, actor_id=member.pk, now=now)
    payment = Payment.objects.get()
    take_payment(payment_id=payment.pk, actor_id=member.pk, now=now)
    Payment.objects.update(gateway_reference="ch_1")
    pack = MembershipFactory(member=member, plan=PlanFactory(pack=True))
    return {
        "plan": base.plan_id,
        "pack_plan": pack.plan_id,
        "base": base.pk,
        "pack": pack.pk,
        "allowance": AllowanceFactory(membership=pack).pk,
        "payment": payment.pk,
        "entry": LedgerEntry.objects.get().pk,
    }


@pytest.mark.parametrize("name", sorted(BREAKS))
def test_what_breaks_it_is_refused_by_its_name(rows, name):
    row, statement = BREAKS[name]
    assert refused_by(statement(), id=rows[row]) == name


def test_no_constraint_is_left_untried():
    assert set(BREAKS) == constraints.named("memberships")


@pytest.mark.parametrize("what", ["classes = NULL", "classes = 0", "valid_days = 0"])
def test_a_pack_has_classes_and_days(rows, what):
    """A CHECK lets NULL pass, so the constraint has to ask for it."""
    assert refused_by(update(PLAN, what), id=rows["pack_plan"]).startswith("memberships_plan_")


@pytest.mark.parametrize(
    ("row", "statement"),
    [
        ("base", lambda: copied(MEMBERSHIP, status="'ended'")),
        ("base", lambda: update(MEMBERSHIP, "ends_on = starts_on")),
        ("pack", lambda: copied(MEMBERSHIP)),
        ("allowance", lambda: update(ALLOWANCE, "used = granted")),
        ("entry", lambda: copied(LEDGER, kind="'refund'", amount_minor="-amount_minor", reverses_id="id")),
    ],
)
def test_what_is_right_passes(rows, row, statement):
    assert refused_by(statement(), id=rows[row]) is None


def test_the_ledger_is_not_deleted_from(rows):
    statement = "DELETE FROM memberships_ledgerentry WHERE id = %(id)s"
    assert refused_by(statement, id=rows["entry"]) == "memberships_ledgerentry_append_only"
