"""What a provider tells by itself, signed as Standard Webhooks has it.

The headers ``webhook-id``, ``webhook-timestamp`` (seconds since 1970) and
``webhook-signature`` stand beside the body. The signature is a list, with spaces
between, of ``v1,`` and the base64 of the HMAC-SHA256 of ``id.timestamp.body``; one that
fits is enough, so that a secret can be changed while both are in use.
"""

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.core.exceptions import ImproperlyConfigured
from pydantic import BaseModel, Field, ValidationError

from gymsite.core.errors import Invalid
from gymsite.payments.errors import BadSignature
from gymsite.payments.gateways.protocol import Charge, Outcome, ProviderEvent

TOLERANCE = timedelta(minutes=5)
SHORTEST_SECRET = 24  # bytes
PREFIX = "whsec_"
PRINTED = r"^[!-~]+$"
OUTCOMES = {"charge.paid": Outcome.PAID, "charge.declined": Outcome.DECLINED}
REFUNDED = "charge.refunded"


class SignedEvent(BaseModel):
    """A signed body. ``key`` is the payment's; of a charge that was paid ``reference``
    is the provider's own name for it, and ``amount_minor`` and ``currency`` what it
    took; of one that was refunded, what it has given back of it in all. Further members
    are passed over."""

    type: str = Field(max_length=60, pattern=PRINTED, examples=["charge.paid"])
    key: str = Field(max_length=40, pattern=PRINTED)
    reference: str = Field("", max_length=80, pattern=r"^[!-~]*$")
    amount_minor: int = Field(0, ge=0, le=2**63 - 1, strict=True, examples=[5500])
    currency: str = Field("", pattern=r"^([A-Z]{3})?$", examples=["GBP"])


def secrets_of(written: Iterable[str]) -> list[bytes]:
    """The keys that ``whsec_`` and base64 stand for; raises ImproperlyConfigured."""
    return [_secret(one) for one in written]


def _secret(written: str) -> bytes:
    try:
        secret = b64decode(written.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        secret = b""
    if len(secret) < SHORTEST_SECRET:
        raise ImproperlyConfigured(
            f"A secret of webhooks is {PREFIX} and the base64 of at least "
            f"{SHORTEST_SECRET} random bytes."
        )
    return secret


def sign(body: bytes, *, secret: bytes, event_id: str, at: datetime) -> dict[str, str]:
    """The headers that a provider sends beside a body."""
    second = str(int(at.timestamp()))
    return {
        "webhook-id": event_id,
        "webhook-timestamp": second,
        "webhook-signature": f"v1,{_signature(secret, event_id, second, body)}",
    }


def _signature(secret: bytes, event_id: str, second: str, body: bytes) -> str:
    signed = f"{event_id}.{second}.".encode() + body
    return b64encode(hmac.digest(secret, signed, "sha256")).decode()


def read(
    body: bytes,
    headers: Mapping[str, str],
    *,
    secrets: Iterable[bytes],
    now: datetime,
) -> ProviderEvent:
    """The event of a request.

    Raises BadSignature for one that is not signed with any of the secrets within five
    minutes of ``now``, and Invalid for a signed one that can't be read.
    """
    event_id = headers.get("webhook-id", "")
    second = headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "").split()[:10]
    if not _is_near(second, now) or not 0 < len(event_id) <= 100:
        raise BadSignature
    wanted = [_signature(secret, event_id, second, body) for secret in secrets]
    if not any(_fits(one, given) for one in wanted):
        raise BadSignature
    if not event_id.isascii() or not event_id.isprintable():
        raise Invalid({"webhook-id": ["Send visible ASCII characters."]})
    return _event(event_id, _parsed(body))


def _is_near(second: str, now: datetime) -> bool:
    if not (second.isascii() and second.isdecimal() and len(second) <= 12):
        return False
    return abs(int(second) - now.timestamp()) <= TOLERANCE.total_seconds()


def _fits(wanted: str, given: Iterable[str]) -> bool:
    """Whether it is among them, in a time that does not say how nearly."""
    expected = f"v1,{wanted}".encode()
    return any(hmac.compare_digest(expected, one.encode()) for one in given)


def _parsed(body: bytes) -> SignedEvent:
    try:
        return SignedEvent.model_validate_json(body)
    except ValidationError as error:
        said = {
            ".".join(map(str, found["loc"])) or "body": [found["msg"]]
            for found in error.errors(include_url=False, include_input=False)
        }
        raise Invalid(said) from error


def _event(event_id: str, told: SignedEvent) -> ProviderEvent:
    outcome = OUTCOMES.get(told.type)
    if outcome is Outcome.PAID and not told.reference:
        raise Invalid({"reference": ["What was paid has a name of the provider's."]})
    return ProviderEvent(
        id=event_id,
        kind=told.type,
        key=told.key,
        charge=Charge(outcome, told.reference) if outcome else None,
        amount_minor=told.amount_minor,
        currency=told.currency,
        is_refund=told.type == REFUNDED,
    )
