"""Members by month: who joined, who stays, who went."""

from datetime import UTC, date, datetime

import pytest

from gymsite.core.errors import Invalid
from gymsite.core.models import User
from memberships.queries.analytics import member_months
from tests.factories import (
    BranchFactory,
    MembershipFactory,
    PlanFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 27)


def months(*branches, first=date(2026, 9, 1), last=TODAY, **asked):
    found = member_months(
        branch_ids=[one.pk for one in branches],
        first=first,
        last=last,
        today=TODAY,
        **asked,
    )
    return [(row.month.month, row.joined, row.active, row.churned) for row in found]


@pytest.fixture
def branch():
    return BranchFactory()


def joined(at, **given):
    user = UserFactory(**given)
    User.objects.filter(pk=user.pk).update(date_joined=at)
    return user


def holds(member, starts, ends=None, **given):
    return MembershipFactory(
        member=member, starts_on=starts, ends_on=ends, plan=PlanFactory(), **given
    )


def test_a_member_joins_stays_and_goes(branch):
    ada = joined(datetime(2026, 9, 5, tzinfo=UTC))
    holds(ada, date(2026, 9, 6), date(2026, 10, 20))
    assert months(branch) == [(9, 1, 1, 0), (10, 0, 0, 1), (11, 0, 0, 0)]


def test_who_comes_back_within_the_month_has_not_gone(branch):
    ada = joined(datetime(2026, 8, 5, tzinfo=UTC))
    holds(ada, date(2026, 8, 6), date(2026, 10, 10), status="ended")
    holds(ada, date(2026, 10, 25))
    assert months(branch) == [(9, 0, 1, 0), (10, 0, 1, 0), (11, 0, 1, 0)]


def test_who_comes_back_later_goes_and_counts_again(branch):
    ada = joined(datetime(2026, 8, 5, tzinfo=UTC))
    holds(ada, date(2026, 8, 6), date(2026, 9, 20), status="ended")
    holds(ada, date(2026, 11, 1))
    assert months(branch) == [(9, 0, 0, 1), (10, 0, 0, 0), (11, 0, 1, 0)]


def test_two_memberships_are_one_member(branch):
    ada = joined(datetime(2026, 8, 5, tzinfo=UTC))
    holds(ada, date(2026, 8, 6))
    MembershipFactory(
        member=ada,
        plan=PlanFactory(pack=True),
        starts_on=date(2026, 8, 6),
        ends_on=date(2026, 12, 1),
    )
    assert months(branch) == [(9, 0, 1, 0), (10, 0, 1, 0), (11, 0, 1, 0)]


def test_a_month_is_the_branchs_own_and_staff_do_not_count(branch):
    bondi = BranchFactory(slug="bondi", time_zone="Australia/Sydney")
    last_of_october = datetime(2026, 10, 31, 20, tzinfo=UTC)
    joined(last_of_october, home_branch=bondi)
    joined(last_of_october, home_branch=branch)
    joined(last_of_october, home_branch=branch, role="trainer")
    assert [row[1] for row in months(branch)] == [0, 1, 0]
    assert [row[1] for row in months(bondi)] == [0, 0, 1]


def test_who_has_chosen_no_branch_counts_for_the_brand(branch):
    joined(datetime(2026, 11, 1, 12, tzinfo=UTC), home_branch=None)
    assert [row[1] for row in months(branch)] == [0, 0, 0]
    assert [row[1] for row in months(branch, unplaced=True)] == [0, 0, 1]


def test_no_month_ahead_and_no_endless_list(branch):
    assert len(months(branch, last=date(2099, 1, 1))) == 3
    for first in (date(2020, 1, 1), date(2027, 1, 1)):
        with pytest.raises(Invalid):
            months(branch, first=first)


class TestThePage:
    PAGE = "/admin/memberships/membership/months/"

    @pytest.mark.parametrize("role", ["manager", "owner"])
    def test_shows_a_year(self, client, branch, role, django_assert_max_num_queries):
        client.force_login(UserFactory(role=role))
        with django_assert_max_num_queries(6):
            shown = client.get(self.PAGE)
        assert len(shown.context["months"]) == 12
        assert len(shown.content) < 100_000

    def test_is_not_for_the_desk(self, client, branch):
        client.force_login(UserFactory(role="front_desk"))
        assert client.get(self.PAGE).status_code == 403

    @pytest.mark.parametrize("odd", [{"back": "400"}, {"back": "12", "branch": "x"}])
    def test_says_what_is_wrong(self, client, branch, odd):
        client.force_login(UserFactory(role="manager"))
        assert client.get(self.PAGE, odd).status_code == 422
