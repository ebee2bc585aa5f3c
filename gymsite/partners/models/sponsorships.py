"""Who is sponsored by which partner."""

from django.db import models
from django.db.models import F, Q

from gymsite.core import references
from gymsite.core.models import Branch, User
from gymsite.partners.models.partners import Partner


class Sponsorship(models.Model):
    """A member whom a partner sponsors, until ``ended_at``.

    ``branch`` is the partner's. The partner knows the member by ``reference`` alone,
    which opens nothing.
    """

    partner = models.ForeignKey(
        Partner, models.PROTECT, related_name="sponsorships", db_index=False
    )
    member = models.ForeignKey(
        User, models.PROTECT, related_name="sponsorships", db_index=False
    )
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    reference = models.CharField(
        max_length=references.LENGTH, unique=True, default=references.new
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # queries.sponsorships.of_member: by whom somebody is sponsored now
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(ended_at=None),
                name="partners_sponsorship_one_a_member",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")),
                name="partners_sponsorship_ends_after_start",
            ),
        ]
        indexes = [
            # queries.sponsorships.of_partner: who is sponsored now, the latest first
            models.Index(
                fields=["partner", "-id"],
                condition=Q(ended_at=None),
                name="partners_sponsorship_now",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} by {self.partner}"
