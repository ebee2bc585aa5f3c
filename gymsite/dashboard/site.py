"""The staff's site: Django's admin, adapted to the gym.

It has our log-in, our roles, the branch's time and a start page to work from.
"""

import zoneinfo
from collections.abc import Callable
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator

from gymsite.backoffice import StaffAdmin
from gymsite.backoffice.lists import NamedAutocomplete
from gymsite.core.models import Branch
from gymsite.dashboard import queues
from gymsite.dashboard.charts import charts
from gymsite.ops.reconcile.page import ROLES, invariants

# what it takes to see each, its page, what it is called
REPORTS = (
    ("payments.view_ledgerentry", "admin:bookings_finances", "Financial report"),
    ("memberships.report_membership", "admin:memberships_months", "Members by month"),
    ("core.export_user", "admin:core_user_changelist", "People by role"),
)


class StaffSite(AdminSite):
    site_title = "Staff"
    site_header = "Staff"
    index_title = "Today"
    site_url = "/"
    enable_nav_sidebar = False
    index_template = "admin/gym_index.html"
    # allauth's log-in: rate limits, one-time codes, passkeys
    login = method_decorator(secure_admin_login)(AdminSite.login)

    def register(
        self, model_or_iterable: Any, admin_class: Any = None, **options: Any
    ) -> None:
        """Register only our own pages.

        Pages of other packages would count rows, and ask for permissions that nobody
        has.
        """
        if admin_class and issubclass(admin_class, StaffAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and request.user.is_authenticated

    def admin_view(self, view: Callable, cacheable: bool = False) -> Callable:
        return super().admin_view(in_branch_time(view), cacheable)

    def get_urls(self) -> list:
        return [
            path("ops/invariants/", self.admin_view(invariants), name="invariants"),
            *super().get_urls(),
        ]

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return NamedAutocomplete.as_view(admin_site=self)(request)

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        now, user = timezone.now(), request.user
        branches = queues.branches_of(user)
        extra = {
            "tiles": queues.work_queue(branches, user, now),
            "charts": charts(branches, now),
        }
        extra["reports"] = [
            (reverse(route), label)
            for permission, route, label in REPORTS
            if user.has_perm(permission)
        ]
        extra["sees_ops"] = user.is_authenticated and user.role in ROLES
        return super().index(request, {**extra, **(extra_context or {})})


def in_branch_time(view: Callable) -> Callable:
    """Show times as the clock on the wall of the person's branch shows them.

    A person without a branch sees UTC.
    """

    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with timezone.override(zone_of(request)):
            response = view(request, *args, **kwargs)
            if isinstance(response, TemplateResponse) and not response.is_rendered:
                response.render()
            return response

    return inner


def zone_of(request: HttpRequest) -> zoneinfo.ZoneInfo | None:
    home = getattr(request.user, "home_branch_id", None)
    name = (
        Branch.objects.filter(pk=home).values_list("time_zone", flat=True).first()
        if home
        else None
    )
    return zoneinfo.ZoneInfo(name) if name else None
