from .branches import Branch, BranchHours, Brand, DataVersion
from .events import Event, Outbox
from .idempotency import IdempotencyKey
from .notifications import Notification
from .sessions import ApiSession
from .throttles import Throttle
from .triggers import APPEND_ONLY, bumps, refuses
from .users import Role, User

__all__ = [
    "APPEND_ONLY",
    "ApiSession",
    "Branch",
    "BranchHours",
    "Brand",
    "DataVersion",
    "Event",
    "IdempotencyKey",
    "Notification",
    "Outbox",
    "Role",
    "Throttle",
    "User",
    "bumps",
    "refuses",
]
