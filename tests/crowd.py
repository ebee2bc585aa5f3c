"""Many rows at once for races, written in a few statements.

No member costs a slow password hash.
"""

from datetime import timedelta

from django.utils import timezone

from bookings.models import ClassSession
from gymsite.core.models import User
from memberships.models import Membership, Plan
from tests.factories import BranchFactory, PlanFactory, SessionFactory


def members(count: int, *, plan: Plan | None = None) -> list[int]:
    """The ids of ``count`` new members, each with a base membership of ``plan``.

    The plan is unlimited by default.
    """
    branch, now = BranchFactory(), timezone.now()
    plan = plan or PlanFactory()
    first = User.objects.count()
    users = User.objects.bulk_create(
        User(
            username=f"crowd{n}",
            email=f"crowd{n}@example.com",
            password="",
            home_branch=branch,
            date_joined=now,
        )
        for n in range(first, first + count)
    )
    Membership.objects.bulk_create(
        Membership(
            **plan.as_sold(),
            branch=branch,
            member=user,
            starts_on=now.date() - timedelta(days=60),
            created_at=now,
        )
        for user in users
    )
    return [user.pk for user in users]


def session(capacity: int = 20, **values) -> ClassSession:
    return SessionFactory(gym_class__capacity=capacity, **values)
