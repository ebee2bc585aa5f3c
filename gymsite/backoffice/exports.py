"""Lists that are ledgers: read-only, by month, and as CSV.

The CSV holds whatever the filters choose, however much that is.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from itertools import chain
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import EmptyResultSet, PermissionDenied
from django.db import Error, connection
from django.db.models import Func, QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import path
from django.utils import timezone
from psycopg import ClientCursor

from gymsite.core.periods import local_day, months, next_month

MONTHS_OFFERED = 24
LONGEST_EXPORT = "10min"
BYTE_ORDER_MARK = "\ufeff"


class Harmless(Func):
    """Text that a spreadsheet would run as a formula, after an apostrophe."""

    template = r"regexp_replace(%(expressions)s, '^([=+@\t\r\n-])', '''\1')"


def month_filter(field: str) -> type[admin.SimpleListFilter]:
    """Filter rows by one month of the staff's own clock; drawing it asks no query."""

    class MonthFilter(admin.SimpleListFilter):
        title = "month"
        parameter_name = "month"

        def lookups(
            self, request: HttpRequest, model_admin: Any
        ) -> list[tuple[str, str]]:
            today = local_day(timezone.now(), timezone.get_current_timezone())
            first = today.replace(year=today.year - MONTHS_OFFERED // 12, day=1)
            return [
                (f"{month:%Y-%m}", f"{month:%B %Y}")
                for month, _ in months(first, today)
            ][::-1]

        def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
            if self.value() not in {key for key, _ in self.lookup_choices}:
                return queryset.none() if self.value() else queryset
            first = date.fromisoformat(f"{self.value()}-01")
            return queryset.filter(
                **{
                    f"{field}__gte": _midnight(first),
                    f"{field}__lt": _midnight(next_month(first)),
                }
            )

    return MonthFilter


def _midnight(day: date) -> datetime:
    return datetime(
        day.year, day.month, day.day, tzinfo=timezone.get_current_timezone()
    ).astimezone(UTC)


class Exported:
    """A mixin of StaffAdmin that links to all the filtered rows as CSV.

    ``exported`` maps the file's column names to fields or expressions. The database
    writes the file (COPY) and it is passed on as it comes, so its size does not matter;
    times are UTC. ``exporter`` is the permission that it takes; empty: that of looking.
    """

    change_list_template = "admin/gym_ledger.html"
    exported: dict[str, Any] = {}
    exporter = ""

    def get_urls(self) -> list:
        view = self.admin_site.admin_view(self.export_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export/", view, name=name), *super().get_urls()]

    def may_export(self, request: HttpRequest) -> bool:
        seen = self.has_view_permission(request)
        return seen and (not self.exporter or request.user.has_perm(self.exporter))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        context = {"may_export": self.may_export(request), **(extra_context or {})}
        return super().changelist_view(request, context)  # type: ignore[misc]

    def export_view(self, request: HttpRequest) -> HttpResponse:
        if not self.may_export(request):
            raise PermissionDenied
        try:
            rows = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return HttpResponseRedirect("../")
        columns = {
            f"_{number}": expression
            for number, expression in enumerate(self.exported.values())
        }
        chosen = (
            rows.order_by(*self.keyset)
            .select_related(None)
            .annotate(**columns)
            .values_list(*columns)
        )
        answer = StreamingHttpResponse(
            copied(chosen, list(self.exported)), content_type="text/csv; charset=utf-8"
        )
        answer["Content-Disposition"] = (
            f'attachment; filename="{self.opts.model_name}.csv"'
        )
        return answer


def copied(rows: QuerySet, names: list[str]) -> Iterator[bytes]:
    """What a query of values finds, as CSV in pieces, with a line of names.

    The byte order mark tells spreadsheets that the file is UTF-8. When a file breaks
    off, the answer has no proper end, so a browser reports it. A choice that can hold
    nothing (a month that is not on offer) yields the line of names alone.
    """
    try:
        statement = _written_out(rows)
    except EmptyResultSet:
        statement = ""
    yield (BYTE_ORDER_MARK + ",".join(names) + "\r\n").encode()
    if statement:
        with (
            connection.cursor() as cursor,
            _unhurried(cursor),
            cursor.cursor.copy(statement) as pieces,
        ):
            yield from map(bytes, pieces)


def csv_lines(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Rows that Python has, as ``copied`` writes those of a query."""
    line = io.StringIO()
    writer = csv.writer(line)
    yield BYTE_ORDER_MARK.encode()
    for row in chain((names,), rows):
        writer.writerow([harmless(value) for value in row])
        yield line.getvalue().encode()
        line.seek(0)
        line.truncate()


def harmless(value: Any) -> Any:
    """As Harmless has it."""
    runs = isinstance(value, str) and value.startswith(tuple("=+@\t\r\n-"))
    return f"'{value}" if runs else value


@contextmanager
def _unhurried(cursor: Any) -> Iterator[None]:
    """Raise the time limit of an export's one statement.

    It lasts as long as somebody reads it; statements of other requests are cut off
    sooner.
    """
    cursor.execute(f"SET statement_timeout = '{LONGEST_EXPORT}'")
    try:
        yield
    finally:
        with suppress(Error):  # a connection that was lost with the reader has none
            cursor.execute("RESET statement_timeout")


def _written_out(rows: QuerySet) -> str:
    """The query with its values written in, since COPY takes no parameters."""
    statement, values = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        chosen = ClientCursor(cursor.connection).mogrify(statement, values)
    return f"COPY ({chosen}) TO STDOUT (FORMAT csv)"
