"""Base classes of the admin pages of rows that belong to a branch."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from gymsite.backoffice.options import StaffAdmin
from gymsite.core import references
from gymsite.core.models import User
from gymsite.core.queries import users


class BranchScoped(StaffAdmin):
    """Rows of a branch: staff see those of their home branch, the owner all."""

    branch_path = "branch_id"
    shares_brandwide = (
        # rows without a branch belong to the whole brand: everybody may see them, only
        # the owner changes them
        False
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows, user = super().get_queryset(request), request.user
        if user.sees_all_branches:
            return rows
        mine = (
            Q(**{self.branch_path: user.home_branch_id})
            if user.home_branch_id
            else Q(pk__in=[])
        )
        return rows.filter(
            mine | Q(**{f"{self.branch_path}__isnull": True})
            if self.shares_brandwide
            else mine
        )

    def has_change_permission(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> bool:
        allowed = super().has_change_permission(request, obj)
        if obj is None or not allowed or request.user.sees_all_branches:
            return allowed
        return getattr(obj, self.branch_path, None) == request.user.home_branch_id

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any):
        form = super().get_form(request, *args, **kwargs)
        if "branch" in form.base_fields and not request.user.sees_all_branches:
            form.base_fields["branch"].required = True
            form.base_fields["branch"].initial = request.user.home_branch_id
        return form


class MemberSearched(BranchScoped):
    """A person's rows, found by the one search box or by their id.

    Other pages pass the id. The first of ``search_fields`` says whose rows they are.
    """

    search_fields = ("member",)
    search_help_text = "A name, e-mail address, phone or member number."
    links = ("member__id__exact",)
    list_select_related: Any = ("member", "branch")

    def find(self, rows: QuerySet, text: str) -> QuerySet:
        found = (
            users.find(User.objects.all(), text).order_by().values_list("pk", flat=True)
        )
        own = f"{self.search_fields[0]}_id__in"
        return rows.filter(**{own: list(found[: users.AT_MOST])})


class Referenced(StaffAdmin):
    """Rows that people know by a reference, which is shown in groups and found by."""

    def find(self, rows: QuerySet, text: str) -> QuerySet:
        reference = references.read(text)
        return (
            rows.filter(reference=reference) if reference else super().find(rows, text)
        )

    @admin.display(description="reference")
    def reference_shown(self, obj: Any) -> str:
        return references.shown(obj.reference)
