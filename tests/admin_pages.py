"""Every address of the admin that a kind of page has, for whoever is logged in.

The kinds are lists, forms, histories and actions.
"""

from collections.abc import Iterator

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.test import RequestFactory

from gymsite.core.models import User

OF_THEIR_OWN = (
    "/admin/",
    "/admin/bookings/checkin/desk/",
    "/admin/bookings/classsession/why/",
    "/admin/bookings/appointment/finances/",
    "/admin/memberships/membership/months/",
    "/admin/ops/invariants/",
)


def addresses(user: User) -> Iterator[str]:
    """All that a page's links may lead this person to, with one row of each model."""
    request = RequestFactory().get("/admin/")
    request.user = user
    yield from OF_THEIR_OWN
    for model, model_admin in admin.site._registry.items():
        pages = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        if not model_admin.has_view_permission(request):
            continue
        yield pages
        if model_admin.has_add_permission(request):
            yield f"{pages}add/"
        row = model_admin.get_queryset(request).order_by("-pk").first()
        if row is None:
            continue
        yield f"{pages}{quote(row.pk)}/change/"
        yield f"{pages}{quote(row.pk)}/history/"
        if model_admin.has_delete_permission(request, row):
            yield f"{pages}{quote(row.pk)}/delete/"
        for action in getattr(model_admin, "row_actions", ()):
            yield f"{pages}do/{action.name}/?ids={quote(row.pk)}"
