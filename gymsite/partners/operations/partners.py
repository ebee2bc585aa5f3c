"""Switching partners on and off, and who acts for them."""

from datetime import datetime

from django.db import transaction

from gymsite.core import errors, row_locks
from gymsite.core.models import User
from gymsite.core.operations.events import record
from gymsite.partners.event_kinds import PartnerEvent
from gymsite.partners.locks import hold_any, hold_partner
from gymsite.partners.models import Delegate, Partner
from gymsite.partners.operations.api_keys import end_keys_of


@transaction.atomic
def switch_partner(
    *, partner_id: int, on: bool, actor_id: int, reason: str, now: datetime
) -> Partner:
    """While it is off, its keys open nothing and nobody is sponsored anew; who is
    sponsored stays so. Raises PartnerNotFound."""
    partner = hold_any(partner_id)
    if partner.is_active != on:
        partner.is_active = on
        partner.save(update_fields=["is_active"])
        kind = PartnerEvent.PARTNER_ON if on else PartnerEvent.PARTNER_OFF
        record(kind, partner, at=now, actor_id=actor_id, reason=reason)
    return partner


@transaction.atomic
def add_delegate(
    *, partner_id: int, user_id: int, actor_id: int, now: datetime
) -> Delegate:
    """Let somebody act for a partner. Raises PartnerNotFound, PartnerOff, NotFound,
    AlreadyDelegate."""
    partner = hold_partner(partner_id)
    user = row_locks.key_shared(User.objects.filter(pk=user_id, is_active=True))
    if user is None:
        raise errors.NotFound("There is no such person.")
    with errors.refusals(), transaction.atomic():
        delegate = Delegate.objects.create(partner=partner, user=user, since=now)
    _note(PartnerEvent.DELEGATE_ADDED, delegate, actor_id, now)
    return delegate


@transaction.atomic
def remove_delegate(
    *, partner_id: int, user_id: int, actor_id: int | None, now: datetime
) -> int:
    """Let somebody act for a partner no more, and end the API keys that they made,
    since they know them. Returns how many; a second time changes nothing."""
    rows = Delegate.objects.select_for_update(of=("self",))
    delegate = rows.filter(partner_id=partner_id, user_id=user_id).first()
    if delegate is None:
        return 0
    _note(PartnerEvent.DELEGATE_REMOVED, delegate, actor_id, now)
    delegate.delete()
    return end_keys_of(
        user_id=user_id, partner_id=partner_id, actor_id=actor_id, now=now
    )


def _note(
    kind: PartnerEvent, delegate: Delegate, actor_id: int | None, now: datetime
) -> None:
    partner = delegate.partner
    record(
        kind,
        partner,
        at=now,
        actor_id=actor_id,
        user=delegate.user_id,
        partner=partner.name,
    )
