"""A payment provider that tells by itself what became of a charge."""

import json
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from gymsite.ops.prove.provider import Provider
from gymsite.payments.gateways.signed_events import sign
from gymsite.payments.models import Payment


def told(payment: Payment, kind: str = "charge.paid", **otherwise: Any) -> bytes:
    """The body of an event about a payment."""
    said = {
        "type": kind,
        "key": payment.key,
        "reference": f"ref-{payment.key}",
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
    }
    return json.dumps(said | otherwise).encode()


def signed(
    body: bytes, *, event_id: str | None = None, at: datetime | None = None
) -> dict[str, str]:
    """The headers with which the tests' provider sends a body."""
    return sign(
        body,
        secret=Provider.__dataclass_fields__["secret"].default,
        event_id=event_id or f"evt_{uuid4().hex}",
        at=at or timezone.now(),
    )


def deliver(body: bytes, headers: dict[str, str] | None = None, *, to: str = "card"):
    """Send it to our webhook; what we answer."""
    return Client(raise_request_exception=False).generic(
        "POST",
        f"/api/v1/payments/webhook/{to}",
        body,
        content_type="application/json",
        headers=signed(body) if headers is None else headers,
    )
