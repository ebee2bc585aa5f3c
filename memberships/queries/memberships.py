from django.db.models import QuerySet

from memberships.models import LIVE, Membership, Plan


def on_sale() -> QuerySet[Plan]:
    """Plans that can be bought, in the order of the plans page."""
    return Plan.objects.filter(is_on_sale=True).select_related("branch")


def of_member(member_id: int) -> QuerySet[Membership]:
    """Standing memberships first, then the newest ones (memberships_of_member)."""
    return (
        Membership.objects.filter(member_id=member_id)
        .select_related("branch")
        .order_by("status", "-starts_on")
    )


def base_of(member_id: int) -> Membership | None:
    """The one base membership that stands."""
    return Membership.objects.filter(
        member_id=member_id, is_base=True, status__in=LIVE
    ).first()
