"""Who is sponsored, and by whom."""

from django.db.models import QuerySet

from gymsite.partners.models import Sponsorship


def of_partner(partner_id: int) -> QuerySet[Sponsorship]:
    """Who is sponsored now; page them by -id (partners_sponsorship_now)."""
    now = Sponsorship.objects.filter(partner_id=partner_id, ended_at=None)
    return now.select_related("member")


def of_member(member_id: int) -> Sponsorship | None:
    """The sponsorship that somebody has now (partners_sponsorship_one_a_member)."""
    now = Sponsorship.objects.filter(member_id=member_id, ended_at=None)
    return now.select_related("partner").first()
