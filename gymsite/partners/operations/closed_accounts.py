"""What ends for partners when somebody's account is closed."""

from datetime import datetime

from django.db import transaction

from gymsite.partners.models import Delegate
from gymsite.partners.operations.partners import remove_delegate
from gymsite.partners.operations.sponsorships import end_sponsorship
from gymsite.partners.queries.sponsorships import of_member


@transaction.atomic
def release_person(*, user_id: int, now: datetime) -> None:
    """Nobody sponsors the person any more, and they act for nobody."""
    if one := of_member(user_id):
        end_sponsorship(
            reference=one.reference,
            partner_id=one.partner_id,
            actor_id=None,
            now=now,
        )
    delegations = Delegate.objects.filter(user_id=user_id).order_by("partner_id")
    for partner_id in delegations.values_list("partner_id", flat=True):
        remove_delegate(partner_id=partner_id, user_id=user_id, actor_id=None, now=now)
