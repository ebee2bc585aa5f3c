"""Who holds which plan from when to when."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from gymsite.core.models import Branch, User, refuses
from memberships.models.plans import Plan
from memberships.models.terms import Terms

# The states in which a base membership stands, so that a member can have just one of
# them.
LIVE = ("active", "frozen", "past_due")


# What a membership keeps of the plan that was bought (Plan.as_sold), and whose it is.
AS_SOLD = (
    "member_id",
    "plan_id",
    "plan_name",
    "only_branch_id",
    "is_base",
    *(field.attname for field in Terms._meta.fields),
)


class Membership(Terms):
    """One member on the terms of a plan as it was when they bought it; ``only_branch``
    is empty if every branch is open to them. A base membership runs until it is ended;
    a pack ends by itself and stands beside it.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        FROZEN = "frozen", "Frozen"
        PAST_DUE = "past_due", "Payment due"
        ENDED = "ended", "Ended"

    # The next states that each state may pass to; operations check it and
    # docs/states.md draws it.
    TRANSITIONS = {
        Status.ACTIVE: {Status.FROZEN, Status.PAST_DUE, Status.ENDED},
        Status.FROZEN: {Status.ACTIVE, Status.ENDED},
        Status.PAST_DUE: {Status.ACTIVE, Status.ENDED},
        Status.ENDED: set(),
    }

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    member = models.ForeignKey(
        User, models.PROTECT, related_name="memberships", db_index=False
    )
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="memberships")
    plan_name = models.CharField(max_length=60)
    only_branch = models.ForeignKey(
        Branch, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    status = models.CharField(
        max_length=8, choices=Status.choices, default=Status.ACTIVE
    )
    is_base = models.BooleanField()
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta(Terms.Meta):
        abstract = False
        constraints = [
            *Terms.Meta.constraints,
            models.CheckConstraint(
                condition=Q(is_base=True) & ~Q(kind="pack")
                | Q(is_base=False, kind="pack"),
                name="memberships_membership_base_unless_pack",
            ),
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(is_base=True, status__in=LIVE),
                name="memberships_membership_one_base",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="memberships_membership_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(is_base=True) | Q(ends_on__isnull=False),
                name="memberships_membership_packs_end",
            ),
        ]
        indexes = [
            # queries.entitlements: what a member may pay a class with
            models.Index(
                fields=["member", "status", "starts_on"], name="memberships_of_member"
            ),
            # the admin's list of a branch, newest first
            models.Index(
                fields=["branch", "status", "-id"], name="memberships_of_branch"
            ),
            # queries.analytics: who had a membership on a day, index-only
            models.Index(
                fields=["branch", "starts_on"],
                include=["ends_on", "member"],
                name="memberships_by_month",
            ),
        ]
        triggers = [
            refuses(
                "keeps_its_terms",
                pgtrigger.UpdateOf(*AS_SOLD),
                "a membership keeps its member and the terms that were bought",
            )
        ]

    def __str__(self) -> str:
        return f"{self.plan_name} from {self.starts_on}"
