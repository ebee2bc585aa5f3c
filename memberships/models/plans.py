"""What a gym sells: how many classes, which doors it opens, for how much."""

from typing import Any

from django.db import models

from gymsite.core.models import Branch, bumps
from memberships.models.terms import Terms


class Plan(Terms):
    """Terms on sale. A change concerns what is bought from then on; a membership keeps
    the terms it was bought on."""

    name = models.CharField(max_length=60)
    slug = models.SlugField(max_length=60, unique=True)
    summary = models.CharField(max_length=160, blank=True)
    branch = models.ForeignKey(
        Branch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: good at every branch.",
    )
    is_on_sale = models.BooleanField(default=True)
    rank = models.PositiveSmallIntegerField(
        default=0, help_text="Low comes first on the plans page."
    )

    class Meta(Terms.Meta):
        abstract = False
        ordering = ["rank", "id"]
        triggers = [bumps("plans")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_base(self) -> bool:
        return self.kind != self.Kind.PACK

    def as_sold(self) -> dict[str, Any]:
        """What a membership bought now keeps of the plan, by field."""
        return self.terms() | {
            "plan_id": self.pk,
            "plan_name": self.name,
            "only_branch_id": self.branch_id,
            "is_base": self.is_base,
        }
