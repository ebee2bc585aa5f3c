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


def trainer_page(view: View) -> View:
    """Wrap a page of whoever teaches; the view is given their own row as ``me``."""

    @wraps(view)
    def guarded(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        own = Trainer.objects.select_related("branch").filter(user=request.user.pk)
        me = own.first()
        if me is None:
            return _not_set_up(request)
        return view(request, me, *args, **kwargs)

    return member_page(guarded)


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
