"""Who is logged in where.

An API client holds two opaque tokens, of which only hashes are stored; a browser holds
the key of its session.
"""

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q

from gymsite.core.models.users import User


class ApiSession(models.Model):
    """One log-in of one client.

    Refreshing replaces both hashes. All refresh tokens of a log-in begin alike
    (``family_hash``), so that one of any age is known when it comes again.
    """

    # no index: accounts are closed, never deleted, so nothing looks for ended sessions
    # by their user
    user = models.ForeignKey(
        User, models.PROTECT, related_name="api_sessions", db_index=False
    )
    access_hash = models.BinaryField(max_length=32)
    refresh_hash = models.BinaryField(max_length=32)
    replaced_hash = models.BinaryField(max_length=32, null=True)
    family_hash = models.BinaryField(max_length=32, null=True)
    access_expires_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    refreshed_at = models.DateTimeField(null=True)
    client = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            # queries.sessions.by_access_token: every API request
            models.UniqueConstraint(
                fields=["access_hash"],
                condition=Q(is_active=True),
                name="core_apisession_access_unique",
            ),
            models.UniqueConstraint(  # operations.sessions.refresh
                fields=["refresh_hash"],
                condition=Q(is_active=True),
                name="core_apisession_refresh_unique",
            ),
            # operations.sessions.refresh: a replayed refresh token ends the session
            models.UniqueConstraint(
                fields=["family_hash"],
                condition=Q(is_active=True),
                name="core_apisession_family_unique",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")),
                name="core_apisession_ends_after_start",
            ),
        ]
        indexes = [
            # operations.sessions.end_all and the profile's list of devices
            models.Index(
                fields=["user", "expires_at"],
                condition=Q(is_active=True),
                name="core_apisession_user_active",
            )
        ]

    def __str__(self) -> str:
        return f"API session {self.pk}"


class PageSession(AbstractBaseSession):
    """What Django keeps of one browser.

    gymsite.accounts.page_sessions reads and writes it. The user stands beside the
    session, so that a person's log-ins are found without opening everybody's. Without a
    ``user`` it is a visitor's or a kiosk's.
    """

    user = models.ForeignKey(
        User, models.CASCADE, null=True, related_name="page_sessions", db_index=False
    )
    began_at = models.DateTimeField(null=True)
    client = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            # queries.sessions.live, operations.sessions.end_all
            models.Index(
                fields=["user", "expire_date"],
                condition=Q(user__isnull=False),
                name="core_pagesession_user",
            )
        ]

    def __str__(self) -> str:
        return "Log-in on the pages"  # its key opens it
