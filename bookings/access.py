"""Who may see whose bookings, visits and appointments.

One's own, those at a branch one works at, those of classes one teaches and of clients
one trains.
"""

from typing import Any

from django.db.models import Q, QuerySet

from bookings.models import Trainer
from gymsite.core.errors import NotFound
from gymsite.core.models import Role, User
from gymsite.core.models.users import STAFF_ROLES
from gymsite.web.access import is_staff_of, rows_seen, some_of


def bookings_seen(viewer: User, person: User, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The bookings of a person that ``viewer`` may see; raises NotFound where none is.

    Staff see what was booked at their branch, trainers what was booked with them.
    """
    if viewer.role == Role.TRAINER and viewer.pk != person.pk:
        return some_of(rows.filter(session__trainer__user=viewer))
    return rows_seen(viewer, person, rows)


def sees_line(viewer: User, branch_id: int, trainer_user_id: int) -> bool:
    """Whether ``viewer`` is staff of the branch, the owner, or teaches the session."""
    if viewer.role in STAFF_ROLES:
        return viewer.role == Role.OWNER or viewer.home_branch_id == branch_id
    return viewer.pk == trainer_user_id


def sees_appointment(viewer: User) -> Q:
    """The appointments that ``viewer`` may see: their own, those with them as their
    trainer, and for staff those at their branch."""
    if viewer.role == Role.OWNER:
        return Q()
    seen = Q(client_id=viewer.pk) | Q(trainer__user_id=viewer.pk)
    if viewer.role in STAFF_ROLES and viewer.home_branch_id is not None:
        seen |= Q(branch_id=viewer.home_branch_id)
    return seen


def trainer_run_by(viewer: User, trainer_id: int | None) -> Trainer:
    """The trainer who ``viewer`` is or, for staff, who is named and works at their
    branch. Raises NotFound."""
    rows = Trainer.objects.select_related("branch")
    named = {"user_id": viewer.pk} if trainer_id is None else {"pk": trainer_id}
    found = rows.filter(**named).first()
    if found is not None and viewer.pk == found.user_id:
        return found
    if found is None or not is_staff_of(viewer, found.branch_id):
        raise NotFound("There is no such trainer.")
    return found


def sees_notes(viewer: User, branch_id: int, trainer_user_id: int) -> bool:
    """Whether ``viewer`` reads a trainer's notes: that trainer and managers alone."""
    if viewer.pk == trainer_user_id:
        return True
    return viewer.role != Role.FRONT_DESK and is_staff_of(viewer, branch_id)
