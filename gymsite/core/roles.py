"""What each role may do in the admin: one table, asked through Django's own permissions (docs/staff.md shows it).

A permission is ``<app>.<verb>_<model>``. Besides Django's view, add, change and delete a verb is an operation that
staff run on a row, such as ``bookings.cancel_classsession``. Which rows is another question: see backoffice.options.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models

from .models import Role

# model: what the front desk may do, what a manager may do besides, what the owner may do besides
TABLE: dict[str, tuple[str, str, str]] = {
    "core.brand": ("view", "", "change"),
    "core.branch": ("view", "change", "add off on zone"),
    "core.branchhours": ("view", "add change delete", ""),
    "core.user": ("view add change book checkin enroll pin reopen", "deactivate role", "move"),
    "core.notification": ("view", "", ""),
    "core.event": ("view", "", ""),
    "core.apisession": ("", "view", ""),
    "core.outbox": ("", "", "view"),
    "core.putoff": ("", "view", ""),
    "core.throttle": ("", "", "view"),
    "core.idempotencykey": ("", "", "view"),
    "core.dataversion": ("", "", "view"),
    "core.auditsnapshot": ("", "", "view"),
    "core.requestsample": ("", "", "view"),
    "memberships.plan": ("view", "", "add change"),
    "memberships.membership": ("view end", "", ""),
    "memberships.allowance": ("view", "", ""),
    "memberships.billingperiod": ("view", "", ""),
    "payments.payment": ("view take", "", ""),
    "payments.ledgerentry": ("", "view", ""),
    "bookings.room": ("view", "add change off on", ""),
    "bookings.trainer": ("view", "add change off on", ""),
    "bookings.classtype": ("view", "", "add change"),
    "bookings.gymclass": ("view", "add change pause resume end", ""),
    "bookings.classsession": ("view book why", "change cancel capacity substitute", ""),
    "bookings.booking": ("view cancel attended noshow booked", "", ""),
    "bookings.waitlistentry": ("view leave", "", ""),
    "bookings.bookingpolicy": ("view", "add", ""),
    "bookings.checkin": ("view", "", ""),
    "bookings.checkinnonce": ("", "", "view"),
    "bookings.pinattempt": ("", "view", ""),
    "catalog.category": ("view", "add change", ""),
    "catalog.product": ("view", "add change withdraw putback", ""),
    "catalog.productpicture": ("view", "add change delete", ""),
    "catalog.pricechange": ("view", "", ""),
    "catalog.stocklevel": ("view", "change count", ""),
    "catalog.stockentry": ("view", "", ""),
    "catalog.stockhold": ("", "view", ""),
    "catalog.cart": ("view", "", ""),
    "catalog.order": ("view ready collected", "refund", ""),
    "catalog.refund": ("view", "", ""),
    "catalog.review": ("view publish reject", "", ""),
    "catalog.rentalkind": ("view", "add change off on", ""),
    "catalog.rentalunit": ("view", "add change off on", ""),
    "catalog.rental": ("view handout return cancel", "", ""),
    "catalog.supplier": ("view", "add change", ""),
    "catalog.supplieroffer": ("view", "add change", ""),
    "catalog.purchaseorder": ("view deliver", "plan cancel", ""),
    "catalog.purchaseline": ("view", "", ""),
    "catalog.delivery": ("view", "", ""),
    "procrastinate.procrastinatejob": ("", "", "view"),
}
LADDER = (Role.FRONT_DESK, Role.MANAGER, Role.OWNER)


def verbs(role: str, label: str) -> frozenset[str]:
    """What ``role`` may do with rows of the model ``label`` (``bookings.booking``); members and trainers nothing."""
    if role not in LADDER or label not in TABLE:
        return frozenset()
    steps = TABLE[label][: LADDER.index(Role(role)) + 1]
    return frozenset(verb for step in steps for verb in step.split())


def below(role: str) -> tuple[Role, ...]:
    """The roles of the people whom somebody of ``role`` may change: an owner changes all, others those beneath them."""
    order = tuple(Role)
    return order if role == Role.OWNER else order[: order.index(Role(role))]


def beneath(role: str) -> tuple[Role, ...]:
    """The roles of the people whose credentials somebody of ``role`` may change: never a peer's."""
    order = tuple(Role)
    return order[: order.index(Role(role))]


class RoleBackend:
    """Answers every question about permissions from TABLE, for good: no groups, no permissions of single users."""

    def authenticate(self, request: Any, **credentials: Any) -> None:
        return None

    def has_perm(self, user: Any, permission: str, obj: models.Model | None = None) -> bool:
        app, _, codename = permission.partition(".")
        verb, _, model = codename.rpartition("_")
        return _allow(user.is_active and verb in verbs(getattr(user, "role", ""), f"{app}.{model}"))

    def has_module_perms(self, user: Any, app: str) -> bool:
        role = getattr(user, "role", "")
        return _allow(user.is_active and any(verbs(role, label) for label in TABLE if label.startswith(f"{app}.")))


def _allow(allowed: bool) -> bool:
    """True, or PermissionDenied: Django's way to keep the next back end from being asked (two queries a request)."""
    if not allowed:
        raise PermissionDenied
    return True
