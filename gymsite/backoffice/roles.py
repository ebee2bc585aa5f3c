"""What each role may do in the admin, asked through Django's own permissions.

docs/staff.md shows all of it. A permission is ``<app>.<verb>_<model>``. Besides
Django's view, add, change and delete, a verb is an operation that staff run on a row,
such as ``core.deactivate_user``. Which rows is another question: see options.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models

from gymsite.core.models import Role

Steps = tuple[str, str, str]

# model: what the front desk may do, what a manager may do in addition, what the owner
# may do in addition
TABLE: dict[str, Steps] = {}
LADDER = (Role.FRONT_DESK, Role.MANAGER, Role.OWNER)


def declare(table: dict[str, Steps]) -> None:
    """Add an app's part: its own models, and its actions on those of apps below.

    Apps call this in ``AppConfig.ready``.
    """
    for label, steps in table.items():
        known = TABLE.get(label, ("", "", ""))
        front_desk, manager, owner = (
            f"{had} {more}".strip() for had, more in zip(known, steps, strict=True)
        )
        TABLE[label] = (front_desk, manager, owner)


def verbs(role: str, label: str) -> frozenset[str]:
    """What ``role`` may do with rows of the model ``label`` (``core.user``).

    Members and trainers may do nothing.
    """
    if role not in LADDER or label not in TABLE:
        return frozenset()
    steps = TABLE[label][: LADDER.index(Role(role)) + 1]
    return frozenset(verb for step in steps for verb in step.split())


class RoleBackend:
    """Answers every question about permissions from TABLE.

    There are no groups and no permissions of single users.
    """

    def authenticate(self, request: Any, **credentials: Any) -> None:
        return None

    def has_perm(
        self, user: Any, permission: str, obj: models.Model | None = None
    ) -> bool:
        app, _, codename = permission.partition(".")
        verb, _, model = codename.rpartition("_")
        return _allow(
            user.is_active
            and verb in verbs(getattr(user, "role", ""), f"{app}.{model}")
        )

    def has_module_perms(self, user: Any, app: str) -> bool:
        role = getattr(user, "role", "")
        return _allow(
            user.is_active
            and any(
                verbs(role, label) for label in TABLE if label.startswith(f"{app}.")
            )
        )


def _allow(allowed: bool) -> bool:
    """Return True, or raise PermissionDenied.

    That is Django's way to keep the next back end from being asked (two queries per
    request).
    """
    if not allowed:
        raise PermissionDenied
    return True
