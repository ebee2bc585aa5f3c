"""The audit in the admin: as of now, and its history of one a day."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from gymsite.backoffice import StaffAdmin
from gymsite.core.models import AnswerAlert, AuditSnapshot, RequestSample
from gymsite.core.periods import local_day
from gymsite.ops import audit
from gymsite.ops.audit import compare, hours, report, snapshots
from gymsite.ops.reporting.figures import cell, span
from gymsite.web.charts import column_chart

DAYS = 30
MOST_ROWS = 20


@admin.register(AuditSnapshot)
class AuditSnapshotAdmin(StaffAdmin):
    """The list is the history; a day's page shows its whole report.

    And what had changed since the day before.
    """

    list_display = ("at", "worst", "ok", "findings", "unavailable")
    list_filter = ("worst",)
    fields = ("at", "worst", "ok", "findings", "unavailable")
    change_list_template = "admin/core/audits.html"
    change_form_template = "admin/core/audit.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("report")

    def get_urls(self) -> list:
        now = self.admin_site.admin_view(self.now_view)
        return [path("now/", now, name="core_auditsnapshot_now"), *super().get_urls()]

    def now_view(self, request: HttpRequest) -> HttpResponse:
        """GET shows the database as it is; POST keeps that in the history."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = timezone.now()
        if request.method == "POST":
            kept = snapshots.take(now=now)
            return HttpResponseRedirect(
                reverse("admin:core_auditsnapshot_change", args=[kept.pk])
            )
        back = hours.WEEK if "week" in request.GET else hours.DAY
        found = audit.run(hours.looking_back(audit.CHECKS, back), now=now)
        context = self.admin_site.each_context(request) | {
            "title": "The database now",
            "opts": self.opts,
        }
        return TemplateResponse(
            request, "admin/core/audit.html", context | _shown(found, _before(None))
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if row := context.get("original"):
            context.update(_shown(report.from_data(row.report), _before(row)))
        return super().render_change_form(request, context, *args, **kwargs)


def _before(row: AuditSnapshot | None) -> report.Report | None:
    """The audit that was kept before this one, or the last."""
    rows = AuditSnapshot.objects.order_by("-id")
    earlier = (rows.filter(pk__lt=row.pk) if row else rows).first()
    return report.from_data(earlier.report) if earlier else None


def _shown(found: report.Report, before: report.Report | None) -> dict[str, Any]:
    """What the template draws: results, their figures as words, changes, a chart.

    The chart is of the last month.
    """
    changes = compare.changes(before, found, audit.CHECKS) if before else []
    kept = AuditSnapshot.objects.order_by("-id").values_list("at", "findings")[:DAYS]
    zone = timezone.get_current_timezone()  # of who looks
    days = {local_day(at, zone): findings for at, findings in reversed(kept)}
    return {
        "audit": found,
        "drawn": [(result, *_table(result)) for result in found.results],
        "counts": [(state.value, found.count(state)) for state in audit.State],
        "by_hour": hours.tables(found, zone),
        "counted_for": span(found.server.counted_for),
        "since": before,
        "changes": sorted(changes, key=lambda change: not change.worse),
        "chart": column_chart(
            "Checks with findings in each day's audit", days, "{} with findings"
        ),
    }


def _table(result: audit.Result) -> tuple[list[str], list[list[str]]]:
    rows = result.figures[:MOST_ROWS]
    return list(rows[0]) if rows else [], [
        [cell(value) for value in row.values()] for row in rows
    ]


@admin.register(RequestSample)
class RequestSampleAdmin(StaffAdmin):
    """Nothing is searched or filtered: the audit sums these rows up."""

    list_display = (
        "at",
        "endpoint",
        "status",
        "milliseconds",
        "database_milliseconds",
        "queries",
    )


@admin.register(AnswerAlert)
class AnswerAlertAdmin(StaffAdmin):
    """What passed its bound, hour by hour; the job opens and closes them."""

    list_display = ("hour", "endpoint", "shown", "requests", "over_at")
    list_display_links = ("hour", "shown")
    list_filter = ("figure",)
    links = ("over_at__isnull",)
    fields = ("hour", "endpoint", "shown", "requests", "query", "over_at")
    readonly_fields = ("shown",)

    @admin.display(description="figure (bound)")
    def shown(self, row: AnswerAlert) -> str:
        return hours.BY_FIGURE[row.figure].says({row.figure: row.value})
