"""Closing a branch for good and opening it again."""

from datetime import datetime

from django.db import transaction

from gymsite.core import dependents, errors
from gymsite.core.event_kinds import CoreEvent
from gymsite.core.models import Branch
from gymsite.core.operations import events


@transaction.atomic
def switch_branch(
    *, branch_id: int, on: bool, reason: str, actor_id: int, now: datetime
) -> Branch:
    """Open a branch, or close it.

    Closing has its sessions ahead called off, and nothing more is sold there. It is
    allowed at any time while another branch is open and nothing hangs on this one that
    has to be ended first. A second time changes nothing. Raises NotFound, InUse.
    """
    rows = Branch.objects.select_for_update(no_key=True).order_by("pk")
    branches = {branch.pk: branch for branch in rows}
    branch = branches.get(branch_id)
    if branch is None:
        raise errors.NotFound("There is no such branch.")
    if branch.is_active == on:
        return branch
    if not on:
        if sum(one.is_active for one in branches.values()) < 2:
            raise errors.InUse(
                f"{branch} is the only branch that is open.",
                remedy="Open another one first.",
            )
        dependents.check_free("core.branch", branch_id, now)
    branch.is_active = on
    branch.save(update_fields=["is_active"])
    events.record(
        CoreEvent.BRANCH_ON if on else CoreEvent.BRANCH_OFF,
        branch,
        at=now,
        actor_id=actor_id,
        ahead="" if on else "call_off",
        reason=reason[:200],
    )
    return branch
