"""API keys, of which nobody sees the secret."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from gymsite.backoffice import Action, BranchScoped
from gymsite.partners.models import ApiKey
from gymsite.partners.operations.api_keys import end_key


def end(request: HttpRequest, row: ApiKey, given: dict[str, Any], now: datetime) -> str:
    end_key(key_id=row.pk, partner_id=row.partner_id, actor_id=request.user.pk, now=now)
    return f"{row} has ended."


@admin.register(ApiKey)
class ApiKeyAdmin(BranchScoped):
    branch_path = "partner__branch_id"
    list_display = ("name", "prefix", "partner", "last_used_at", "is_active")
    list_select_related = ("partner", "user")
    links = ("partner__id__exact",)
    exclude = ("secret_hash",)
    row_actions = (
        Action(
            "end",
            "End the key",
            end,
            explain="Programs that use it are refused at once.",
            loses=True,
        ),
    )
