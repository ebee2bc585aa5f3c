"""Rows of people, branches and what is kept about them; imports come from here."""

from gymsite.core.models.alerts import AnswerAlert
from gymsite.core.models.audits import AuditSnapshot
from gymsite.core.models.batches import PutOff
from gymsite.core.models.branches import Branch, BranchHours, Brand
from gymsite.core.models.events import Event, Outbox
from gymsite.core.models.idempotency import IdempotencyKey
from gymsite.core.models.notifications import MailOptOut, Notification
from gymsite.core.models.requests import RequestSample
from gymsite.core.models.sessions import ApiSession, PageSession
from gymsite.core.models.throttles import Throttle
from gymsite.core.models.triggers import APPEND_ONLY, bumps, refuses, stamp_anew
from gymsite.core.models.users import Role, User
from gymsite.core.models.versions import DataVersion

__all__ = [
    "APPEND_ONLY",
    "AnswerAlert",
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
