"""What a partner's programs log in with."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from gymsite.core.models import User
from gymsite.partners.models.partners import Partner


class Scope(models.TextChoices):
    """What a key opens."""

    MEMBERS_READ = "members:read", "See who is sponsored"
    MEMBERS_WRITE = "members:write", "End a sponsorship"


class ApiKey(models.Model):
    """A key of a partner's, of which only a hash is stored; ``prefix`` is what people
    tell it by.

    A key that was rotated still opens until ``expires_at``, so that its programs can
    change over.
    """

    partner = models.ForeignKey(
        Partner, models.PROTECT, related_name="api_keys", db_index=False
    )
    user = models.ForeignKey(
        User,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name="made by",
    )
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    secret_hash = models.BinaryField(max_length=32)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope), size=20)
    requests_a_minute = models.PositiveIntegerField(
        default=600, validators=[MinValueValidator(1), MaxValueValidator(60_000)]
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "API key"
        verbose_name_plural = "API keys"
        constraints = [
            # queries.api_keys.by_secret: every request of a partner's program
            models.UniqueConstraint(
                fields=["secret_hash"],
                condition=Q(is_active=True),
                name="partners_apikey_secret_unique",
            ),
            models.CheckConstraint(
                condition=Q(is_active=True, ended_at=None)
                | Q(is_active=False, ended_at__isnull=False),
                name="partners_apikey_ended_or_active",
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gte=F("created_at")),
                name="partners_apikey_expires_after_start",
            ),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=list(Scope.values)),
                name="partners_apikey_scopes_known",
            ),
            models.CheckConstraint(
                condition=Q(requests_a_minute__gte=1, requests_a_minute__lte=60_000),
                name="partners_apikey_requests_a_minute",
            ),
        ]
        indexes = [
            # queries.api_keys.of_partner: the keys that open, the latest first
            models.Index(
                fields=["partner", "-id"],
                condition=Q(is_active=True),
                name="partners_apikey_partner",
            ),
            # operations.api_keys.end_keys_of: what somebody made who leaves
            models.Index(
                fields=["user", "partner"],
                condition=Q(is_active=True),
                name="partners_apikey_user",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
