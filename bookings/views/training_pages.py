"""What the pages of a trainer's own work share: they are one's own."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from bookings.models import Trainer
from gymsite.core.errors import Forbidden
from gymsite.core.models import Role
from gymsite.web.access import member_page
from gymsite.web.http import MemberRequest

View = Callable[..., HttpResponse]


def own_row(user_id: int) -> Trainer | None:
    return Trainer.objects.select_related("branch").filter(user=user_id).first()


def page_of(read: Callable[..., Trainer | None]) -> Callable[[View], View]:
    """What wraps a page of whoever teaches. The view is given their own row as ``me``,
    as ``read`` has it of their account and what stands in the address."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            me = read(request.user.pk, *args, **kwargs)
            if me is None:
                return _not_set_up(request)
            return view(request, me, *args, **kwargs)

        return member_page(guarded)

    return wrap


def trainer_page(view: View) -> View:
    """Wrap a page of whoever teaches; the view is given their own row as ``me``."""
    return page_of(lambda user_id, *args, **kwargs: own_row(user_id))(view)


def training_page(
    request: MemberRequest,
    template: str,
    tab: str,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """One of these pages, below ``tab`` of their tabs."""
    around = {"section": "teaching", "tab": tab}
    return render(request, f"bookings/{template}", around | context, status=status)


def _not_set_up(request: MemberRequest) -> HttpResponse:
    """The week of a trainer whom nobody can put on the timetable yet: the role comes
    first, then the page that members see.

    Raises Forbidden for whoever is no trainer.
    """
    if request.user.role != Role.TRAINER:
        raise Forbidden(
            "This page is for trainers.", remedy="Your classes are under My bookings."
        )
    return render(request, "bookings/not_set_up.html", {"section": "teaching"})
