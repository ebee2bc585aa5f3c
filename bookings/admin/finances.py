"""The financial report: a page of sums, and all of it as CSV."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from bookings.queries import finances
from bookings.queries.finances import Takings
from gymsite.backoffice.exports import csv_lines
from gymsite.core import money
from gymsite.core.errors import DomainError
from gymsite.core.models import Branch
from gymsite.core.periods import local_day, months
from gymsite.web.fields import DayField, DayInput
from gymsite.web.forms import add_errors

PERMISSION = "payments.view_ledgerentry"
SHOWN = 200  # rows of the page; the file has all
BY = (
    ("day", "Day"),
    ("branch", "Branch"),
    ("trainer", "Trainer"),
    ("kind", "What it was for"),
)
COLUMNS = (
    "day",
    "branch",
    "trainer",
    "kind",
    "currency",
    "charged_minor",
    "returned_minor",
    "net_minor",
    "entries",
)


class ReportForm(forms.Form):
    first = DayField(widget=DayInput)
    last = DayField(widget=DayInput)
    branch = forms.ModelChoiceField(
        Branch.objects.none(), required=False, empty_label="All"
    )
    by = forms.ChoiceField(choices=BY, label="Sums by")

    def __init__(self, request: HttpRequest, site: Any) -> None:
        today = local_day(timezone.now(), timezone.get_current_timezone())
        usual = {"first": today.replace(day=1), "last": today, "by": "day"}
        super().__init__(request.GET if "first" in request.GET else usual)
        self.seen = site.get_model_admin(Branch).get_queryset(request)
        self.fields["branch"].queryset = self.seen

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"first", "last"} <= cleaned.keys():
            try:
                finances.check_range(cleaned["first"], cleaned["last"])
            except DomainError as refusal:
                add_errors(self, refusal)
        return cleaned

    def asked(self) -> dict[str, Any]:
        branch = self.cleaned_data["branch"]
        branches = [branch.pk] if branch else self.seen.values_list("pk", flat=True)
        days = {name: self.cleaned_data[name] for name in ("first", "last")}
        return {"branch_ids": list(branches), **days}


def report_view(model_admin: Any) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        form = _form(request, model_admin)
        context = model_admin.admin_site.each_context(request) | {
            "title": "Financial report",
            "form": form,
            "opts": model_admin.opts,
            "media": model_admin.media + form.media,
        }
        if form.is_valid():
            context |= _shown(form.asked(), form.cleaned_data["by"])
        return TemplateResponse(
            request,
            "admin/bookings/finances.html",
            context,
            status=200 if form.is_valid() else 422,
        )

    return view


def _form(request: HttpRequest, model_admin: Any) -> ReportForm:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    return ReportForm(request, model_admin.admin_site)


def _shown(asked: dict[str, Any], by: str) -> dict[str, Any]:
    rows = finances.takings(**asked, by=(by,))
    return {
        "by": dict(BY)[by],
        "rows": [(_named(row, by), *_amounts(row)) for row in rows[:SHOWN]],
        "more": max(0, len(rows) - SHOWN),
        "totals": [(row.currency, *_amounts(row)) for row in finances.totals(rows)],
    }


def _named(row: Takings, by: str) -> str:
    value = getattr(row, by)
    if by == "day":
        return f"{value:%a} {value.day} {value:%b %Y}"
    if by == "kind":
        return str(value).replace("_", " ").capitalize()
    return str(value or "No trainer")


def _amounts(row: Takings) -> tuple[str, str, str, int]:
    charged, returned, net = (
        money.shown(one, row.currency)
        for one in (row.charged_minor, row.returned_minor, row.net_minor)
    )
    return charged, returned, net, row.entries


def export_view(model_admin: Any) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        form = _form(request, model_admin)
        if not form.is_valid():
            return HttpResponse(form.errors.as_text(), "text/plain", status=422)
        answer = StreamingHttpResponse(
            csv_lines(COLUMNS, _lines(form.asked())),
            content_type="text/csv; charset=utf-8",
        )
        answer["Content-Disposition"] = 'attachment; filename="finances.csv"'
        return answer

    return view


def _lines(asked: dict[str, Any]) -> Iterator[list[Any]]:
    """Every sum by every part, a month at a time, so that no file is too large."""
    first, last = asked["first"], asked["last"]
    for month, following in months(first, last):
        span = {
            "first": max(first, month),
            "last": min(last, following - timedelta(days=1)),
        }
        for row in finances.takings(**asked | span):
            yield [getattr(row, name) for name in COLUMNS]
