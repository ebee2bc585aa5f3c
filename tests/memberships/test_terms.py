"""What was bought keeps its terms: a plan that changes later changes nobody's past."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse

from bookings.errors import AllowanceUsedUp
from bookings.models import Booking
from bookings.operations.bookings import book_session
from gymsite.payments.models import Payment
from gymsite.payments.operations import take_payment
from memberships.models import Allowance, Plan
from memberships.operations.allowances import ensure_allowance
from memberships.operations.memberships import end_membership, enroll
from memberships.queries import entitlements
from memberships.rules import counted_in
from tests.asserts import assert_all_holds
from tests.factories import (
    AllowanceFactory,
    BranchFactory,
    MembershipFactory,
    PlanFactory,
    SessionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def bought(now, **plan):
    """A member who has just bought a plan of these terms, and paid for it."""
    member, plan = UserFactory(), PlanFactory(**plan)
    enroll(member_id=member.pk, plan_id=plan.pk, actor_id=member.pk, now=now)
    for payment in Payment.objects.filter(member=member):
        take_payment(payment_id=payment.pk, actor_id=member.pk, now=now)
    return member, plan


def change(plan, **terms):
    Plan.objects.filter(pk=plan.pk).update(**terms)


def test_a_week_that_becomes_a_month_gives_nobody_twice_as_many_classes(now):
    member, plan = bought(now, per_period=True, classes=2, period="week")
    sessions = [SessionFactory(gym_class__starts=time(hour)) for hour in (7, 12, 18)]
    for session in sessions[:2]:
        book_session(session_id=session.pk, member_id=member.pk, now=now)
    day = sessions[0].session_date
    before = entitlements(member.pk, day)
    change(plan, period="month")
    assert entitlements(member.pk, day) == before
    assert (before[0].limit, before[0].used) == (2, 2)
    with pytest.raises(AllowanceUsedUp):
        book_session(session_id=sessions[2].pk, member_id=member.pk, now=now)
    assert_all_holds()


@pytest.mark.parametrize(
    "terms",
    [
        {"kind": "unlimited", "classes": None},
        {"classes": 1},
        {"includes_classes": False},
        {"booking_window_days": 1},
        {"name": "Something else"},
    ],
)
def test_no_change_of_the_plan_reaches_what_was_bought(now, terms):
    member, plan = bought(now, per_period=True)
    before = entitlements(member.pk, now.date())
    change(plan, **terms)
    assert entitlements(member.pk, now.date()) == before


def test_a_plan_that_moves_to_another_branch_leaves_its_members_where_they_train(now):
    member, plan = bought(now)
    session = SessionFactory()
    change(plan, branch=BranchFactory(slug="hillside", name="Hillside"))
    assert book_session(session_id=session.pk, member_id=member.pk, now=now).pk
    assert_all_holds()


def test_a_plan_made_unlimited_leaves_its_members_their_classes(now):
    member, plan = bought(now, per_period=True, classes=8)
    change(plan, kind="unlimited", classes=None)
    booking = book_session(session_id=SessionFactory().pk, member_id=member.pk, now=now)
    assert booking.allowance_id == Allowance.objects.get().pk
    assert_all_holds()


def test_the_pages_say_what_was_bought(now, client):
    member, plan = bought(now, per_period=True, name="Eight a month")
    booking = book_session(session_id=SessionFactory().pk, member_id=member.pk, now=now)
    change(plan, name="Two a year", kind="unlimited", classes=None)
    client.force_login(member)
    assert b"Two a year" not in client.get(reverse("membership")).content
    page = client.get(
        reverse("booking", args=[Booking.objects.get().reference])
    ).content
    assert b"Eight a month" in page
    assert b"Two a year" not in page
    assert booking.allowance_id


DAYS = [
    date(2026, 1, 1),
    date(2026, 3, 1),
    date(2026, 12, 31),
    date(2028, 2, 29),
    date(2029, 1, 1),
]


@pytest.mark.parametrize(
    "plan", [{"period": "week"}, {"period": "month"}, {"pack": True}]
)
@pytest.mark.parametrize("day", DAYS)
def test_what_is_judged_is_what_is_charged(plan, day):
    """The statement that reads entitlements and the rule that makes allowances name the
    same period."""
    terms = plan if "pack" in plan else {"per_period": True, **plan}
    membership = MembershipFactory(
        plan=PlanFactory(**terms), starts_on=DAYS[0], ends_on=DAYS[-1]
    )
    (before,) = entitlements(membership.member_id, day)
    made = ensure_allowance(entitlement=before, day=day, branch_id=membership.branch_id)
    (entitlement,) = entitlements(membership.member_id, day)
    assert (before.allowance_id, entitlement.allowance_id) == (None, made)
    first, last = counted_in(entitlement, day)
    assert Allowance.objects.values_list("starts_on", "ends_on").get() == (first, last)
    for outside in (first - timedelta(days=1), last + timedelta(days=1)):
        if not plan.get("pack"):
            assert entitlements(membership.member_id, outside)[0].allowance_id is None


def test_the_judge_and_the_charge_agree_on_what_has_no_limit(now):
    """An allowance beside an unlimited membership, as only a fault would leave one,
    counts nothing."""
    membership = MembershipFactory()
    AllowanceFactory(membership=membership, granted=1, used=1)
    (entitlement,) = entitlements(membership.member_id, now.date())
    assert (entitlement.limit, entitlement.allowance_id) == (None, None)
    booking = book_session(
        session_id=SessionFactory().pk, member_id=membership.member_id, now=now
    )
    assert booking.allowance_id is None


def test_a_pack_ended_early_is_no_false_alarm(now):
    member, _ = bought(now, pack=True)
    pack = member.memberships.get()
    end_membership(membership_id=pack.pk, actor_id=member.pk, now=now)
    pack.refresh_from_db()
    assert pack.ends_on < Allowance.objects.get().ends_on
    assert_all_holds()


def test_a_membership_says_what_it_was_sold_for(now):
    member, plan = bought(
        now, pack=True, price_minor=9900, currency="EUR", includes_pool=True
    )
    change(plan, price_minor=1, currency="GBP", includes_pool=False, classes=1)
    sold = member.memberships.get()
    assert (sold.price_minor, sold.currency, sold.classes, sold.valid_days) == (
        9900,
        "EUR",
        10,
        90,
    )
    assert sold.includes_pool
