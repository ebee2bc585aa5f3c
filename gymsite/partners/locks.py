"""What operations on partners lock first: the partner, then its rows by key."""

from gymsite.core import row_locks
from gymsite.partners.errors import PartnerNotFound, PartnerOff
from gymsite.partners.models import Delegate, Partner


def hold_partner(partner_id: int) -> Partner:
    """The partner, locked: who adds to it waits for who else does, and for who
    switches it off. Raises PartnerNotFound, PartnerOff."""
    partner = hold_any(partner_id)
    if not partner.is_active:
        raise PartnerOff(f"{partner} is switched off.", remedy="Ask the gym.")
    return partner


def hold_partner_for(user_id: int, partner_id: int) -> Partner:
    """The same for a delegate, who can't be removed meanwhile; for others there is no
    such partner."""
    partner = hold_partner(partner_id)
    own = Delegate.objects.filter(partner_id=partner_id, user_id=user_id)
    if row_locks.shared(own) is None:
        raise PartnerNotFound()
    return partner


def hold_any(partner_id: int) -> Partner:
    """The partner, locked, on or off; raises PartnerNotFound."""
    rows = Partner.objects.select_for_update(of=("self",), no_key=True)
    partner = rows.filter(pk=partner_id).first()
    if partner is None:
        raise PartnerNotFound()
    return partner
