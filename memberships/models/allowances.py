"""How many classes of a membership there are, and how many are used."""

from django.db import models
from django.db.models import F, Q

from gymsite.core.models import Branch
from memberships.models.memberships import Membership


class Allowance(models.Model):
    """The classes that one membership grants in one period (a pack has a single one, of
    classes or of appointments), and how many are used.

    A plan without a limit has no allowance, so that its members never contend for a
    row.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    membership = models.ForeignKey(
        Membership, models.PROTECT, related_name="allowances", db_index=False
    )
    starts_on = models.DateField()
    ends_on = models.DateField()
    granted = models.PositiveSmallIntegerField()
    used = models.SmallIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "starts_on"],
                name="memberships_allowance_one_a_period",
            ),
            models.CheckConstraint(
                condition=Q(used__gte=0, used__lte=F("granted")),
                name="memberships_allowance_within_grant",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="memberships_allowance_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.used} of {self.granted}"
