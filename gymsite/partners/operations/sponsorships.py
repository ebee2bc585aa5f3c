"""Sponsoring members, and ending it."""

from datetime import datetime

from django.db import transaction

from gymsite.core import errors, row_locks
from gymsite.core.models import Role, User
from gymsite.core.operations.events import record
from gymsite.partners.errors import SponsorshipNotFound
from gymsite.partners.event_kinds import PartnerEvent
from gymsite.partners.locks import hold_partner
from gymsite.partners.models import Sponsorship


@transaction.atomic
def sponsor_member(
    *, partner_id: int, member_id: int, actor_id: int, now: datetime
) -> Sponsorship:
    """Let a partner sponsor a member from now on; the member is told.

    Raises PartnerNotFound, PartnerOff, NotFound, AlreadySponsored.
    """
    partner = hold_partner(partner_id)
    people = User.objects.filter(pk=member_id, is_active=True, role=Role.MEMBER)
    member = row_locks.key_shared(people)
    if member is None:
        raise errors.NotFound("There is no such member.")
    with errors.refusals(), transaction.atomic():
        made = Sponsorship.objects.create(
            partner=partner, member=member, branch_id=partner.branch_id, started_at=now
        )
    _note(PartnerEvent.MEMBER_SPONSORED, made, actor_id, now)
    return made


@transaction.atomic
def end_sponsorship(
    *, reference: str, partner_id: int, actor_id: int | None, now: datetime
) -> Sponsorship:
    """End a partner's sponsorship; the member is told. A second time changes nothing.

    Raises SponsorshipNotFound.
    """
    rows = Sponsorship.objects.select_for_update(of=("self",), no_key=True)
    one = rows.filter(partner_id=partner_id, reference=reference).first()
    if one is None:
        raise SponsorshipNotFound()
    if one.ended_at is None:
        one.ended_at = now
        one.save(update_fields=["ended_at"])
        _note(PartnerEvent.SPONSORSHIP_ENDED, one, actor_id, now)
    return one


def _note(
    kind: PartnerEvent, one: Sponsorship, actor_id: int | None, now: datetime
) -> None:
    record(kind, one, at=now, actor_id=actor_id, partner=one.partner.name)
