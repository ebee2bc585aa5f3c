"""Partners, as those who act for them see them."""

from django.db.models import QuerySet

from gymsite.core.models import User
from gymsite.partners.models import Delegate, Partner


def of_delegate(user: User) -> QuerySet[Partner]:
    """The partners that somebody acts for (partners_delegate_once)."""
    acted_for = Partner.objects.filter(delegates__user=user, is_active=True)
    return acted_for.select_related("branch")


def delegates(partner_id: int) -> QuerySet[Delegate]:
    """Who acts for a partner, by name; a handful."""
    rows = Delegate.objects.filter(partner_id=partner_id).select_related("user")
    return rows.order_by("user__first_name", "user__last_name", "id")
