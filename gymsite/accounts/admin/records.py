"""Log-ins of programs, and the site's own counters and keys, all read-only."""

from django.contrib import admin

from gymsite.backoffice import MemberSearched, StaffAdmin
from gymsite.core.models import ApiSession, DataVersion, IdempotencyKey, Throttle


@admin.register(ApiSession)
class ApiSessionAdmin(MemberSearched):
    branch_path = "user__home_branch_id"
    list_display = (
        "created_at",
        "user",
        "client",
        "is_active",
        "access_expires_at",
        "expires_at",
    )
    list_select_related = ("user",)
    exclude = ("access_hash", "refresh_hash", "replaced_hash", "family_hash")
    search_fields = ("user",)
    links = ("user__id__exact",)


class TechnicalAdmin(StaffAdmin):
    """Counters and keys that the site keeps for itself, read-only."""

    keyset = ("pk",)


@admin.register(Throttle)
class ThrottleAdmin(TechnicalAdmin):
    keyset = ("key",)
    list_display = ("key", "started_at", "hits")


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(StaffAdmin):
    list_display = ("id", "owner", "created_at", "status")
    exclude = ("key", "fingerprint", "body")


@admin.register(DataVersion)
class DataVersionAdmin(TechnicalAdmin):
    keyset = ("name", "id")
    list_display = ("name", "value")
