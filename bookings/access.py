"""Who may see whose bookings and visits.

One's own, those at a branch one works at, those of classes one teaches.
"""

from typing import Any

from django.db.models import QuerySet

from gymsite.core.models import Role, User
from gymsite.core.models.users import STAFF_ROLES
from gymsite.web.access import no_such_person


def bookings_seen(viewer: User, person: User, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The bookings of a person that ``viewer`` may see; raises NotFound where none is.

    Staff see what was booked at their branch, trainers what was booked with them.
    """
    if viewer.role == Role.TRAINER and viewer.pk != person.pk:
        return _some(rows.filter(session__trainer__user=viewer))
    return visits_seen(viewer, person, rows)


def visits_seen(viewer: User, person: User, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows with a branch that ``viewer`` may see; raises NotFound as above."""
    if viewer.pk == person.pk or viewer.role == Role.OWNER:
        return rows
    if viewer.role not in STAFF_ROLES or viewer.home_branch_id is None:
        raise no_such_person()
    at_branch = rows.filter(branch_id=viewer.home_branch_id)
    return (
        at_branch
        if person.home_branch_id == viewer.home_branch_id
        else _some(at_branch)
    )


def sees_line(viewer: User, branch_id: int, trainer_user_id: int) -> bool:
    """Whether ``viewer`` is staff of the branch, the owner, or teaches the session."""
    if viewer.role in STAFF_ROLES:
        return viewer.role == Role.OWNER or viewer.home_branch_id == branch_id
    return viewer.pk == trainer_user_id


def _some(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows, or NotFound where there is none: then the person has nothing to do with
    the viewer."""
    if not rows.exists():
        raise no_such_person()
    return rows
