"""Who may open a page, and which people somebody may see.

Each is decided once, before a view reads anything. Everybody sees themselves, staff the
people of their branch, the owner everybody; for all others a person is not there at
all, so that names and ids can't be tried out.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from gymsite.core.errors import Forbidden, NotFound
from gymsite.core.models import Branch, Role, User
from gymsite.core.models.users import STAFF_ROLES
from gymsite.core.text import tidy_identifier
from gymsite.web import intents
from gymsite.web.http import PageRequest

View = Callable[..., HttpResponse]


def log_in_first(request: PageRequest) -> HttpResponse:
    """Send a visitor to log in, and then back.

    They come back to this page, or for a button's POST to the page above it. A visitor
    who comes for something (intents) is most likely new, so joining stands first for
    them.
    """
    path = (
        request.get_full_path()
        if request.method in ("GET", "HEAD")
        else request.path.rstrip("/").rpartition("/")[0] + "/"
    )
    door = "account_signup" if intents.leads_on(path) else "account_login"
    address = f"{reverse(door)}?{urlencode({'next': path})}"
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def member_page(view: View) -> View:
    """Wrap a page for whoever is logged in."""

    @wraps(view)
    def guarded(request: PageRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return log_in_first(request)
        return view(request, *args, **kwargs)

    return guarded


def staff_page(view: View) -> View:
    @wraps(view)
    def guarded(request: PageRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.is_staff:
            raise Forbidden("This page is for the staff.", remedy="Ask the front desk.")
        return view(request, *args, **kwargs)

    return member_page(guarded)


def is_staff_of(viewer: User, branch_id: int | None) -> bool:
    """Whether ``viewer`` works at that branch; the owner does everywhere."""
    if viewer.role == Role.OWNER:
        return True
    return (
        viewer.role in STAFF_ROLES
        and branch_id is not None
        and viewer.home_branch_id == branch_id
    )


def no_such_person() -> NotFound:
    return NotFound("There is no such person.")


def person_by_name(viewer: User, username: str) -> User:
    """Somebody by username, whose rows ``viewer`` may or may not see.

    It asks the database nothing for oneself. Raises NotFound.
    """
    name = tidy_identifier(username)
    if name.upper() == viewer.username.upper():
        return viewer
    return _other(viewer, username__iexact=name)


def person_by_id(viewer: User, user_id: int) -> User:
    """Somebody by id, whose rows ``viewer`` may or may not see.

    It asks the database nothing for oneself. Raises NotFound.
    """
    return viewer if user_id == viewer.pk else _other(viewer, pk=user_id)


def _other(viewer: User, **named: object) -> User:
    """Another person's row; raises NotFound.

    Members never get one, so that ids and names can't be tried out.
    """
    person = (
        None
        if viewer.role == Role.MEMBER
        else User.objects.filter(**named).select_related("home_branch").first()
    )
    if person is None:
        raise no_such_person()
    return person


def rows_seen(viewer: User, person: User, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows of a person, each with a branch, that ``viewer`` may see: one's own,
    for staff those of their branch. Raises NotFound where none is."""
    if viewer.pk == person.pk or viewer.role == Role.OWNER:
        return rows
    if viewer.role not in STAFF_ROLES or viewer.home_branch_id is None:
        raise no_such_person()
    at_branch = rows.filter(branch_id=viewer.home_branch_id)
    if person.home_branch_id == viewer.home_branch_id:
        return at_branch
    return some_of(at_branch)


def branches_read(viewer: User, permission: str, branch_id: int | None) -> list[Branch]:
    """The branches of which somebody reads what ``permission`` opens to their role:
    the one that is named, else all that they see. Raises Forbidden, NotFound."""
    if not viewer.has_perm(permission):
        raise Forbidden("This is for staff, and not for all of them.")
    rows = Branch.objects.order_by("id")
    if not viewer.sees_all_branches:
        rows = rows.filter(pk=viewer.home_branch_id or 0)
    if branch_id is None:
        return list(rows)
    found = list(rows.filter(pk=branch_id))
    if not found:
        raise NotFound(f"There is no branch {branch_id}.")
    return found


def some_of(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows, or NotFound where there is none: then the person has nothing to do with
    the viewer."""
    if not rows.exists():
        raise no_such_person()
    return rows


def check_sees(viewer: User, person: User) -> None:
    """Raise NotFound unless ``viewer`` may see the person's account and memberships."""
    if viewer.pk != person.pk and not is_staff_of(viewer, person.home_branch_id):
        raise no_such_person()
