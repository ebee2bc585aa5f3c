"""Employers who sponsor members, and who acts for them."""

from django.db import models

from gymsite.core.models import Branch, User
from gymsite.core.search import folded


class Partner(models.Model):
    """An employer who sponsors members.

    Staff of ``branch`` look after it; its people may be members anywhere.
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=80, unique=True)
    contact_email = models.EmailField()
    is_active = models.BooleanField(default=True, editable=False)
    created_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = [folded("name"), "id"]

    def __str__(self) -> str:
        return self.name


class Delegate(models.Model):
    """Somebody who acts for a partner: sees who is sponsored, makes API keys."""

    partner = models.ForeignKey(Partner, models.CASCADE, related_name="delegates")
    user = models.ForeignKey(
        User, models.PROTECT, related_name="delegations", db_index=False
    )
    since = models.DateTimeField()

    class Meta:
        constraints = [
            # queries.partners.of_delegate: whom somebody acts for
            models.UniqueConstraint(
                fields=["user", "partner"], name="partners_delegate_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} for {self.partner}"
