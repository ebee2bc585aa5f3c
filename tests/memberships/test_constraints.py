"""Each invariant of memberships holds in the database itself: raw SQL that breaks it is
refused by its name."""

import pytest
from django.utils import timezone

from memberships.models.memberships import AS_SOLD
from memberships.operations.memberships import enroll
from tests import constraints
from tests.constraints import copied, refused_by, update
from tests.factories import (
    AllowanceFactory,
    MembershipFactory,
    PlanFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


PLAN, MEMBERSHIP, ALLOWANCE = (
    "memberships_plan",
    "memberships_membership",
    "memberships_allowance",
)
PERIOD = "memberships_billingperiod"

BREAKS = {
    "memberships_plan_classes_fit_kind": ("plan", lambda: update(PLAN, "classes = 8")),
    "memberships_plan_packs_expire": (
        "pack_plan",
        lambda: update(PLAN, "valid_days = NULL"),
    ),
    "memberships_plan_appointments_in_packs": (
        "plan",
        lambda: update(PLAN, "includes_appointments = true, includes_classes = false"),
    ),
    "memberships_membership_appointments_in_packs": (
        "pack",
        lambda: copied(MEMBERSHIP, includes_appointments="true"),
    ),
    "memberships_membership_one_base": (
        "base",
        lambda: copied(MEMBERSHIP, status="'frozen'"),
    ),
    "memberships_membership_ends_after_start": (
        "base",
        lambda: update(MEMBERSHIP, "ends_on = starts_on - 1"),
    ),
    "memberships_membership_packs_end": (
        "pack",
        lambda: update(MEMBERSHIP, "ends_on = NULL"),
    ),
    "memberships_membership_base_unless_pack": (
        "base",
        lambda: copied(MEMBERSHIP, is_base="false"),
    ),
    "memberships_membership_classes_fit_kind": (
        "pack",
        lambda: copied(MEMBERSHIP, classes="NULL"),
    ),
    "memberships_membership_packs_expire": (
        "pack",
        lambda: copied(MEMBERSHIP, valid_days="NULL"),
    ),
    "memberships_membership_keeps_its_terms": (
        "base",
        lambda: update(MEMBERSHIP, "price_minor = 1"),
    ),
    "memberships_allowance_one_a_period": ("allowance", lambda: copied(ALLOWANCE)),
    "memberships_allowance_within_grant": (
        "allowance",
        lambda: update(ALLOWANCE, "used = granted + 1"),
    ),
    "memberships_allowance_ends_after_start": (
        "allowance",
        lambda: update(ALLOWANCE, "ends_on = starts_on - 1"),
    ),
    "memberships_billingperiod_one_a_period": (
        "period",
        lambda: copied(PERIOD, payment_id="NULL"),
    ),
    "memberships_billingperiod_is_what_is_paid": (
        "period",
        lambda: update(PERIOD, "amount_minor = amount_minor + 1"),
    ),
    "memberships_billingperiod_ends_after_start": (
        "period",
        lambda: update(PERIOD, "ends_on = starts_on - 1"),
    ),
}


@pytest.fixture
def rows():
    now, member = timezone.now(), UserFactory()
    base = enroll(
        member_id=member.pk, plan_id=PlanFactory().pk, actor_id=member.pk, now=now
    )
    pack = MembershipFactory(member=member, plan=PlanFactory(pack=True))
    return {
        "plan": base.plan_id,
        "pack_plan": pack.plan_id,
        "base": base.pk,
        "pack": pack.pk,
        "allowance": AllowanceFactory(membership=pack).pk,
        "period": base.periods.get().pk,
    }


@pytest.mark.parametrize("name", sorted(BREAKS))
def test_what_breaks_it_is_refused_by_its_name(rows, name):
    row, statement = BREAKS[name]
    assert refused_by(statement(), id=rows[row]) == name


def test_no_constraint_is_left_untried():
    tried = set(BREAKS) | constraints.of_currencies()
    assert constraints.named("memberships") <= tried
    assert set(BREAKS) <= constraints.named("memberships")


@pytest.mark.parametrize("what", ["classes = NULL", "classes = 0", "valid_days = 0"])
def test_a_pack_has_classes_and_days(rows, what):
    """A CHECK lets NULL pass, so the constraint has to ask for it."""
    assert refused_by(update(PLAN, what), id=rows["pack_plan"]).startswith(
        "memberships_plan_"
    )


@pytest.mark.parametrize(
    ("row", "statement"),
    [
        ("base", lambda: copied(MEMBERSHIP, status="'ended'")),
        ("base", lambda: update(MEMBERSHIP, "ends_on = starts_on")),
        ("pack", lambda: copied(MEMBERSHIP)),
        ("allowance", lambda: update(ALLOWANCE, "used = granted")),
        (
            "period",
            lambda: copied(
                PERIOD,
                payment_id="NULL",
                starts_on="ends_on + 1",
                ends_on="ends_on + 31",
            ),
        ),
    ],
)
def test_what_is_right_passes(rows, row, statement):
    assert refused_by(statement(), id=rows[row]) is None


@pytest.mark.parametrize("column", AS_SOLD)
def test_no_term_of_what_was_bought_changes(rows, column):
    assert refused_by(update(MEMBERSHIP, f"{column} = {column}"), id=rows["pack"]) == (
        "memberships_membership_keeps_its_terms"
    )
