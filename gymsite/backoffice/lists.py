"""List pages that cost the same at ten rows and at ten million.

They page by keyset; they never count rows and never use a deep OFFSET.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.core.paginator import Page, Paginator
from django.db import DataError
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst

from gymsite.backoffice.widgets import Choice
from gymsite.core.errors import Invalid
from gymsite.core.models import Branch
from gymsite.core.pagination import encode, keyset_page

FURTHEST = 10  # pages of suggestions; a person who needs more types another letter


class UncountedPage(Page):
    def __init__(
        self, rows: list[Any], number: int, paginator: "UncountedPaginator", more: bool
    ) -> None:
        super().__init__(rows, number, paginator)
        self.more = more

    def has_next(self) -> bool:
        return self.more


class UncountedPaginator(Paginator):
    """Pages of an autocomplete.

    The paginator asks for one row more than it shows, rather than for how many there
    are.
    """

    count = 0
    num_pages = FURTHEST

    def page(self, number: Any) -> UncountedPage:
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        rows = list(self.object_list[start : start + self.per_page + 1])
        more = len(rows) > self.per_page and number < FURTHEST
        return UncountedPage(rows[: self.per_page], number, self, more)


class NamedAutocomplete(AutocompleteJsonView):
    """Suggestions as their page makes them, in the words of a choice.

    StaffAdmin.suggested finds them and as_choice words them.
    """

    def get_queryset(self) -> QuerySet:
        found = self.model_admin.suggested(self.request, self.term)
        return found.select_related(*self.model_admin.list_select_related or ())

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        return {
            "id": str(getattr(obj, to_field_name)),
            "text": self.model_admin.as_choice(obj),
        }


class NamedField(forms.ModelChoiceField):
    """A choice among the rows that the person may see, by autocomplete.

    ``of`` is a foreign key to their model.
    """

    def __init__(self, *, of: ForeignKey, help_text: str = "") -> None:
        self.of = of
        super().__init__(
            of.remote_field.model._default_manager.none(), help_text=help_text
        )

    def open_to(self, request: HttpRequest, site: admin.AdminSite) -> None:
        self.model_admin = site.get_model_admin(self.of.remote_field.model)
        related = self.model_admin.list_select_related or ()
        self.queryset = self.model_admin.get_queryset(request).select_related(*related)
        self.widget = Choice(self.of, site)
        self.widget.choices = self.choices

    def label_from_instance(self, obj: Any) -> str:
        return self.model_admin.as_choice(obj)


class KeysetChangeList(ChangeList):
    """A change list whose ``p`` is a cursor.

    ``a…`` stands for the rows after it, ``b…`` for those before.
    """

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        if any(
            "\0" in name + value
            for name, values in request.GET.lists()
            for value in values
        ):
            raise IncorrectLookupParameters("a NUL byte")
        self.request = request
        super().__init__(request, *args, **kwargs)
        self.title = capfirst(self.opts.verbose_name_plural)

    def get_results(self, request: HttpRequest) -> None:
        cursor, order = request.GET.get(PAGE_VAR, ""), self.model_admin.keyset
        cursor = cursor if cursor[:1] in ("a", "b") else ""
        back = cursor.startswith("b")
        try:
            page = keyset_page(
                self.queryset,
                flipped(order) if back else order,
                cursor=cursor[1:] or None,
                limit=self.list_per_page,
            )
        except (Invalid, DataError) as exception:
            raise IncorrectLookupParameters(exception) from exception
        rows = page.items[::-1] if back else page.items
        more, less = (
            (bool(cursor), bool(page.next)) if back else (bool(page.next), bool(cursor))
        )
        self.next_page = self._link("a", rows[-1]) if rows and more else None
        self.previous_page = self._link("b", rows[0]) if rows and less else None
        self.first_page = self.get_query_string() if cursor else None
        self._show(rows)

    def _link(self, way: str, row: Any) -> str:
        values = [getattr(row, field.lstrip("-")) for field in self.model_admin.keyset]
        return self.get_query_string({PAGE_VAR: way + encode(values)})

    def _show(self, rows: list[Any]) -> None:
        """Set what Django's templates read of a result; the counts are of this page."""
        self.result_list = rows
        self.result_count = len(rows)
        # equal counts: Django then shows neither, nor a link to "all"
        self.full_result_count = len(rows)
        self.show_full_result_count = False
        self.show_admin_actions = bool(rows)
        self.can_show_all = self.multi_page = False
        self.paginator = self.model_admin.get_paginator(None, rows, self.list_per_page)


def flipped(order: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(field[1:] if field.startswith("-") else f"-{field}" for field in order)


def branch_filter(path: str = "branch_id") -> type[admin.SimpleListFilter]:
    """A filter by branch that queries the branches only.

    It offers them only to people who see more than one.
    """

    class BranchFilter(admin.SimpleListFilter):
        title = "branch"
        parameter_name = "branch"

        def lookups(
            self, request: HttpRequest, model_admin: Any
        ) -> list[tuple[str, str]]:
            if not request.user.sees_all_branches:
                return []
            return [
                (str(pk), name) for pk, name in Branch.objects.values_list("pk", "name")
            ]

        def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
            chosen = self.value()
            if not chosen:
                return queryset
            known = {key for key, _ in self.lookup_choices}
            return (
                queryset.filter(**{path: int(chosen)})
                if chosen in known
                else queryset.none()
            )

    return BranchFilter
