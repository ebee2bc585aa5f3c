"""API keys, as programs show them and as their partner sees them."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from gymsite.core import tokens
from gymsite.partners.models import ApiKey
from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements

SQL = statements("gymsite.partners", "api_keys")
NOTED_EVERY = timedelta(minutes=1)


def by_secret(secret: str, *, now: datetime) -> Any:
    """The live key of a secret, with its partner, or None; notes that it was used.

    One statement, by the index partners_apikey_secret_unique.
    """
    values = {
        "secret": tokens.digest(secret),
        "now": now,
        "noted": now - NOTED_EVERY,
    }
    return fetch_one(SQL.opened, values)


def of_partner(partner_id: int) -> QuerySet[ApiKey]:
    """The keys that open, the latest first (partners_apikey_partner)."""
    live = ApiKey.objects.filter(partner_id=partner_id, is_active=True)
    return live.select_related("user").order_by("-id")
