"""What the card's provider tells us by itself."""

from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import BaseModel

from gymsite.payments.gateways.signed_events import SignedEvent
from gymsite.payments.operations.webhooks import receive_webhook
from gymsite.rest.answers import answer
from gymsite.rest.errors import TooLarge
from gymsite.rest.schemas import Problem

router = Router(tags=["Payments"])
LARGEST = 65_536


class WebhookReceipt(BaseModel):
    """``done``: the payment is as the event says; ``ignored``: it is about none of
    ours, or of a kind that says nothing; ``differs``: staff look into it; ``settled``:
    they have."""

    outcome: Literal["done", "ignored", "differs", "settled"]


def _header(name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": {"type": "string"},
    }


SIGNED: dict[str, Any] = {
    "parameters": [
        _header("webhook-id", "The event's own name, the same at each repeat."),
        _header("webhook-timestamp", "Seconds since 1970, five minutes off at most."),
        _header("webhook-signature", "`v1,` and a base64 HMAC-SHA256, or several."),
    ],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": SignedEvent.model_json_schema()}},
    },
}


@router.post(
    "/webhook/{gateway}",
    response={200: WebhookReceipt, (403, 404): Problem},
    auth=None,
    operation_id="receive_payment_webhook",
    summary="Tell what became of a charge",
    openapi_extra=SIGNED,
)
def webhook(request: HttpRequest, gateway: str) -> HttpResponse:
    """For the payment provider alone, which signs the body as it is sent. An event may
    come in any order and any number of times: it is acted on once. See docs/api.md,
    "Webhooks of a payment provider"."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or len(length) > 9 or int(length) > LARGEST:
        raise TooLarge(remedy=f"An event takes at most {LARGEST} bytes.")
    delivery = receive_webhook(
        gateway=gateway, body=request.body, headers=request.headers, now=timezone.now()
    )
    return answer(WebhookReceipt, delivery)
