"""What each role may do with people and branches, and whom it may change."""

from gymsite.core.models import Role

# model: what the front desk may do, what a manager may do in addition, what the owner
# may do in addition
TABLE = {
    "core.brand": ("view", "", "change"),
    "core.branch": ("view", "change", "add off on"),
    "core.branchhours": ("view", "add change delete", ""),
    "core.user": ("view add change pin reopen", "deactivate role export", "move"),
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
    "core.answeralert": ("", "", "view"),
    "procrastinate.procrastinatejob": ("", "", "view"),
}


def below(role: str) -> tuple[Role, ...]:
    """The roles of the people whom somebody of ``role`` may change.

    An owner changes all people, others change their subordinates.
    """
    order = tuple(Role)
    return order if role == Role.OWNER else order[: order.index(Role(role))]


def beneath(role: str) -> tuple[Role, ...]:
    """The roles of the people whose credentials somebody of ``role`` may change.

    A peer's role is never among them.
    """
    order = tuple(Role)
    return order[: order.index(Role(role))]
