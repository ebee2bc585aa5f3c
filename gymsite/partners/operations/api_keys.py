"""Making, rotating and ending a partner's API keys."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from gymsite.core import tokens
from gymsite.core.errors import Invalid
from gymsite.core.operations.events import record
from gymsite.core.text import one_line
from gymsite.partners.errors import KeyNotFound, TooManyKeys
from gymsite.partners.event_kinds import PartnerEvent
from gymsite.partners.locks import hold_partner_for
from gymsite.partners.models import ApiKey, Partner, Scope

MARK = "gym_"  # by it programs that look for leaked secrets know one
MOST = 20
LONGEST_OVERLAP = timedelta(days=7)
NAMED = "abcdefghijkmnpqrstuvwxyz23456789"


@transaction.atomic
def make_key(
    *,
    partner_id: int,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None,
    actor_id: int,
    now: datetime,
) -> tuple[ApiKey, str]:
    """A new key and its secret, which is shown now and never again; ``actor_id`` is a
    delegate's.

    Raises PartnerNotFound, PartnerOff, Invalid, TooManyKeys.
    """
    partner = hold_partner_for(actor_id, partner_id)
    _check(name, scopes, expires_at, now)
    key, secret = _made(partner, name, sorted(scopes), expires_at, actor_id, now)
    _note(PartnerEvent.API_KEY_MADE, key, actor_id, now)
    return key, secret


@transaction.atomic
def rotate_key(
    *,
    key_id: int,
    partner_id: int,
    overlap: timedelta,
    actor_id: int,
    now: datetime,
) -> tuple[ApiKey, str]:
    """A new key in the place of one that goes on for ``overlap``, a week at most.

    Raises PartnerNotFound, PartnerOff, KeyNotFound, Invalid, TooManyKeys.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise Invalid({"overlap": ["The old key goes on for 0 to 168 hours."]})
    partner = hold_partner_for(actor_id, partner_id)
    old = _live(key_id, partner_id, now)
    key, secret = _made(partner, old.name, old.scopes, old.expires_at, actor_id, now)
    old.expires_at = min(filter(None, [old.expires_at, now + overlap]))
    old.save(update_fields=["expires_at"])
    _note(PartnerEvent.API_KEY_ROTATED, key, actor_id, now, replaces=old.prefix)
    return key, secret


@transaction.atomic
def end_key(
    *, key_id: int, partner_id: int, actor_id: int, now: datetime
) -> ApiKey | None:
    """End a key at once. None where it is not the partner's, or has ended already."""
    rows = ApiKey.objects.select_for_update(of=("self",), no_key=True)
    key = rows.filter(pk=key_id, partner_id=partner_id, is_active=True).first()
    if key is not None:
        _end(key, actor_id, now)
    return key


def end_keys_of(
    *, user_id: int, partner_id: int, actor_id: int | None, now: datetime
) -> int:
    """End the keys that somebody made for a partner; returns how many."""
    rows = ApiKey.objects.select_for_update(of=("self",), no_key=True)
    own = rows.filter(user_id=user_id, partner_id=partner_id, is_active=True)
    keys = list(own.order_by("pk"))
    for key in keys:
        _end(key, actor_id, now)
    return len(keys)


def _live(key_id: int, partner_id: int, now: datetime) -> ApiKey:
    rows = ApiKey.objects.select_for_update(of=("self",), no_key=True)
    key = rows.filter(pk=key_id, partner_id=partner_id, is_active=True).first()
    if key is None or (key.expires_at and key.expires_at <= now):
        raise KeyNotFound()
    return key


def _check(
    name: str, scopes: Sequence[str], expires_at: datetime | None, now: datetime
) -> None:
    """Raise Invalid for what a key can't be."""
    wrong = {}
    if not 1 <= len(one_line(name)) <= 80:
        wrong["name"] = ["Say in 1 to 80 characters what uses the key."]
    if unknown := set(scopes) - set(Scope.values):
        wrong["scopes"] = [f"There is no scope {sorted(unknown)[0][:40]}."]
    elif not scopes:
        wrong["scopes"] = ["Choose at least one."]
    if expires_at is not None and expires_at <= now:
        wrong["expires_at"] = ["Choose a moment ahead."]
    if wrong:
        raise Invalid(wrong)


def _made(
    partner: Partner,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None,
    actor_id: int,
    now: datetime,
) -> tuple[ApiKey, str]:
    _make_room(partner, now)
    prefix = MARK + "".join(secrets.choice(NAMED) for _ in range(8))
    secret = f"{prefix}_{tokens.new()}"
    key = ApiKey.objects.create(
        partner=partner,
        user_id=actor_id,
        name=one_line(name),
        prefix=prefix,
        secret_hash=tokens.digest(secret),
        scopes=list(scopes),
        created_at=now,
        expires_at=expires_at,
    )
    return key, secret


def _make_room(partner: Partner, now: datetime) -> None:
    """End the keys that have expired; raise TooManyKeys where none is left to add."""
    rows = ApiKey.objects.select_for_update(of=("self",), no_key=True)
    keys = list(rows.filter(partner=partner, is_active=True).order_by("pk"))
    for key in keys:
        if key.expires_at and key.expires_at <= now:
            _end(key, None, now)
    if sum(key.is_active for key in keys) >= MOST:
        raise TooManyKeys(remedy="End one that nobody needs.")


def _end(key: ApiKey, actor_id: int | None, now: datetime) -> None:
    key.is_active, key.ended_at = False, now
    key.save(update_fields=["is_active", "ended_at"])
    _note(PartnerEvent.API_KEY_ENDED, key, actor_id, now)


def _note(
    kind: PartnerEvent,
    key: ApiKey,
    actor_id: int | None,
    now: datetime,
    **more: Any,
) -> None:
    record(kind, key.partner, at=now, actor_id=actor_id, key=key.prefix, **more)
