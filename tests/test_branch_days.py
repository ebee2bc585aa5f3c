"""Just after and just before midnight, in five zones.

Whatever says "today" or "late" means the branch's day.
"""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.test import Client

from bookings import tasks
from bookings.models import ClassSession
from bookings.queries.staff import without_session
from catalog.models import Rental
from catalog.operations.rentals import Wish, hand_out, rent
from gymsite.core import references
from gymsite.core.models import Branch, User
from gymsite.core.periods import instant
from gymsite.dashboard.queues import work_queue
from tests.api import Api
from tests.factories import (
    AllowanceFactory,
    BranchFactory,
    GymClassFactory,
    MembershipFactory,
    PlanFactory,
    PurchaseOrderFactory,
    RentalKindFactory,
    RentalUnitFactory,
    SessionFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
FIRST = date(2026, 12, 1)  # a Tuesday, and the first day of a month
YESTERDAY, TOMORROW = FIRST - timedelta(days=1), FIRST + timedelta(days=1)
ZONES = (
    "Europe/London",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Sydney",
    "Pacific/Auckland",
)


@pytest.fixture(params=ZONES)
def branch(request):
    return BranchFactory(time_zone=request.param)


@pytest.fixture(params=(time(0, 30), time(9), time(23, 30)), ids=str)
def now(request, branch):
    """An instant on 1 December at the branch."""
    moment = instant(FIRST, request.param, branch.zone)
    with time_machine.travel(moment, tick=False):
        yield moment


@pytest.fixture
def member(branch, now):
    """A member with eight classes per month.

    Three of November's are used, none of December's.
    """
    member = UserFactory(home_branch=branch)
    starts = date(2026, 10, 1)
    standing = MembershipFactory(
        member=member,
        branch=branch,
        plan=PlanFactory(per_period=True),
        starts_on=starts,
    )
    for first, last, used in (
        (date(2026, 11, 1), YESTERDAY, 3),
        (FIRST, date(2026, 12, 31), 0),
    ):
        AllowanceFactory(
            membership=standing, starts_on=first, ends_on=last, granted=8, used=used
        )
    return member


def page_of(user: User, path: str, **query: str) -> str:
    client = Client()
    client.force_login(user)
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.content.decode()[:1000]
    return answer.content.decode()


def owner() -> User:
    return UserFactory(role="owner", home_branch=None)


def tile(label: str, now: datetime) -> int:
    tiles = work_queue(list(Branch.objects.all()), owner(), now)
    return next(tile.count for tile in tiles if tile.label == label)


def lent(branch: Branch, last: date) -> Rental:
    """A thing handed out days ago, due back on ``last``."""
    unit = RentalUnitFactory(branch=branch)
    first = last - timedelta(days=2)
    then = instant(first, time(12), branch.zone)
    wish = Wish(
        unit.kind_id, branch.pk, UserFactory(home_branch=branch).pk, first, last
    )
    rental = rent(wish=wish, now=then)
    return hand_out(rental_id=rental.pk, actor_id=owner().pk, now=then)


def test_the_branch_says_what_day_it_is(branch, now):
    assert branch.today(now) == FIRST


def test_the_membership_page_counts_the_month_that_it_is_there(member):
    html = page_of(member, "/membership/")
    assert "of 8 classes left until 31 Dec" in html
    assert ">8 <small>" in html


def test_my_bookings_counts_the_month_that_it_is_there(member):
    assert "8 classes left until 31 Dec" in page_of(member, "/bookings/")


def test_who_has_no_home_goes_by_their_memberships_branch(member):
    User.objects.filter(pk=member.pk).update(home_branch=None)
    assert "of 8 classes left until 31 Dec" in page_of(member, "/membership/")


def test_the_api_counts_the_month_that_it_is_there(member):
    (row,) = Api(member).get("/membership/").json()["items"]
    assert (row["classes_used"], row["classes_limit"]) == (0, 8)


def test_the_timetable_marks_today(branch, now):
    html = Client().get("/").content.decode()
    assert f'id="d{FIRST.isoformat()}" aria-current="date"' in html


def test_a_trainers_week_is_the_one_that_it_is_there(branch, now):
    trainer = TrainerFactory(branch=branch)
    assert "30 Nov to 6 Dec" in page_of(trainer.user, "/teaching/week/")


class TestLate:
    def test_due_today_is_not_overdue(self, branch, now):
        lent(branch, FIRST)
        assert tile("Rentals overdue", now) == 0

    def test_due_yesterday_is_overdue(self, branch, now):
        lent(branch, YESTERDAY)
        assert tile("Rentals overdue", now) == 1

    def test_the_list_behind_the_tile_shows_the_same(self, branch, now):
        lent(branch, FIRST)
        due = lent(branch, YESTERDAY)
        html = page_of(owner(), "/admin/catalog/rental/", **{"return": "overdue"})
        assert f"/admin/catalog/rental/{due.pk}/change/" in html
        assert html.count("/change/") == html.count(f"/rental/{due.pk}/change/")

    def test_a_delivery_of_today_is_not_late(self, branch, now):
        PurchaseOrderFactory(branch=branch, expected_on=FIRST)
        assert tile("Late deliveries", now) == 0

    def test_a_delivery_of_yesterday_is_late(self, branch, now):
        late = PurchaseOrderFactory(branch=branch, expected_on=YESTERDAY)
        PurchaseOrderFactory(branch=branch, expected_on=FIRST)
        assert tile("Late deliveries", now) == 1
        html = page_of(owner(), "/admin/catalog/purchaseorder/", delivery="late")
        assert f"/purchaseorder/{late.pk}/change/" in html
        assert html.count("/change/") == html.count(f"/purchaseorder/{late.pk}/change/")


def test_branches_on_either_side_of_a_date_line_have_days_of_their_own():
    # 1 December in Honolulu at 00:30, the 2nd in Kiritimati
    now = datetime(2026, 12, 1, 10, 30, tzinfo=UTC)
    west = BranchFactory(slug="west", time_zone="Pacific/Honolulu")
    east = BranchFactory(slug="east", time_zone="Pacific/Kiritimati")
    assert (west.today(now), east.today(now)) == (FIRST, TOMORROW)
    for branch in (west, east):
        lent(branch, FIRST)
        PurchaseOrderFactory(branch=branch, expected_on=FIRST)
    assert (tile("Rentals overdue", now), tile("Late deliveries", now)) == (1, 1)


def test_renting_begins_today(branch, member, now):
    RentalUnitFactory(branch=branch, kind=RentalKindFactory(slug="kettlebell"))
    html = page_of(member, "/shop/rentals/rent/kettlebell/")
    assert html.count(f'value="{FIRST.isoformat()}"') >= 2
    assert f'min="{FIRST.isoformat()}"' in html
    assert "In the past" not in html
    client = Client()
    client.force_login(member)
    form = html.split('method="post"')[1]
    sent = {
        name: form.split(f'name="{name}" value="')[1].split('"')[0]
        for name in ("reference", "total")
    }
    days = {
        "branch": branch.slug,
        "first": FIRST.isoformat(),
        "last": FIRST.isoformat(),
    }
    answer = client.post(
        "/shop/rentals/rent/kettlebell/pay/", {**sent, **days, "pay": "card"}
    )
    assert answer["Location"] == f"/shop/rentals/{references.read(sent['reference'])}/"


def test_the_timetable_goes_on_from_the_branchs_today(branch, now):
    every_day = [
        GymClassFactory(branch=branch, weekday=weekday, starts=time(12))
        for weekday in range(7)
    ]
    tasks.extend_timetable()
    dates = sorted(
        ClassSession.objects.filter(gym_class__in=every_day).values_list(
            "session_date", flat=True
        )
    )
    assert dates == [FIRST + timedelta(days=n) for n in range(29)]


def test_a_class_has_its_session_of_the_week_whatever_the_hour(branch, now):
    for weekday in range(7):
        day = YESTERDAY + timedelta(days=weekday)
        weekly = GymClassFactory(branch=branch, weekday=weekday, starts=time(12))
        for week in (0, 7):
            SessionFactory(gym_class=weekly, session_date=day + timedelta(days=week))
    bare = GymClassFactory(branch=branch, weekday=0)
    SessionFactory(gym_class=bare, session_date=YESTERDAY)
    assert list(without_session(now)) == [bare]
