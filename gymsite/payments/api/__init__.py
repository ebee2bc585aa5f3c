"""The JSON API of payments."""

from gymsite.payments.api.payments import router as payments
from gymsite.payments.api.webhooks import router as webhooks

__all__ = ["payments", "webhooks"]
