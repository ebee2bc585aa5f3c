from .audits import AuditSnapshot
from .batches import PutOff
from .branches import Branch, BranchHours, Brand, DataVersion
from .events import Event, Outbox
from .idempotency import IdempotencyKey
from .notifications import MailOptOut, Notification
from .requests import RequestSample
from .sessions import ApiSession, PageSession
from .throttles import Throttle
from .triggers import APPEND_ONLY, bumps, refuses, stamp_anew
from .users import Role, User

__all__ = [
    "APPEND_ONLY",
    "ApiSession",
    "AuditSnapshot",
    "Branch",
    "BranchHours",
    "Brand",
    "DataVersion",
    "Event",
    "IdempotencyKey",
    "MailOptOut",
    "Notification",
    "Outbox",
    "PageSession",
    "PutOff",
    "RequestSample",
    "Role",
    "Throttle",
    "User",
    "bumps",
    "refuses",
    "stamp_anew",
]
