"""Base classes of every model's admin page."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from gymsite.backoffice.actions import Action, ActionView
from gymsite.backoffice.addresses import address_part
from gymsite.backoffice.forms import StaffForm
from gymsite.backoffice.lists import KeysetChangeList, UncountedPaginator
from gymsite.backoffice.money import (
    ENDING,
    amount_field,
    amount_shown,
    currency_field,
    is_amount,
)
from gymsite.backoffice.widgets import Choice, DateAndTime
from gymsite.core import search
from gymsite.core.errors import DomainError, refusals
from gymsite.core.models import Brand, Event
from gymsite.core.queries.branches import brand_currency
from gymsite.core.text import is_key

SHOWN_EVENTS = 100
FOUND_AT_MOST = 500
# A piece of a row's page, drawn by an app above; "" where there is nothing to say.
Card = Callable[[HttpRequest, Any], str]


# The ``keyset`` of small tables with a name, as people sort: Émile before Zoe.
BY_NAME = ("folded_name", "id")


class StaffAdmin(admin.ModelAdmin):
    """One model's admin.

    It allows what roles.TABLE allows, lists by keyset, lets edits notice rivals and
    runs ``row_actions``. ``keyset`` is the order of the list and has an index of its
    own; nobody sorts a big table by a column without one. ``links`` are the query
    parameters that other pages link here with. ``slug_route`` names the page whose
    address contains a row's slug. ``cards`` are drawn below a row's fields.
    """

    keyset: tuple[str, ...] = ("-id",)
    links: tuple[str, ...] = ()
    slug_route = ""
    row_actions: tuple[Action, ...] = ()
    cards: tuple[Card, ...] = ()
    form = StaffForm
    formfield_overrides = {
        models.DateTimeField: {
            "form_class": forms.SplitDateTimeField,
            "widget": DateAndTime,
        }
    }
    paginator = UncountedPaginator
    sortable_by = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    view_on_site = False
    change_list_template = "admin/gym_list.html"
    change_form_template = "admin/gym_form.html"

    def named(self, row: models.Model) -> str:
        """What people call a row that the database knows by a number."""
        return str(row)

    def as_choice(self, row: models.Model) -> str:
        """What a row says where it is chosen among others."""
        return self.named(row)

    # Rows

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        return (
            rows.annotate(folded_name=search.folded("name"))
            if self.keyset == BY_NAME
            else rows
        )

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        return (search.folded("name"), "id") if self.keyset == BY_NAME else self.keyset

    def get_changelist(
        self, request: HttpRequest, **kwargs: Any
    ) -> type[KeysetChangeList]:
        return KeysetChangeList

    def lookup_allowed(
        self, lookup: str, value: str, request: HttpRequest | None = None
    ) -> bool:
        """Allow only what a filter or a link of ours asks.

        Any column by any operator would be a search without an index.
        """
        asked = {
            f"{item}__exact" if isinstance(item, str) else item.parameter_name
            for item in self.get_list_filter(request)
        }
        return lookup in asked or lookup in self.links

    def get_search_results(
        self, request: HttpRequest, rows: QuerySet, term: str
    ) -> tuple[QuerySet, bool]:
        text = term.replace("\0", "").strip()[: search.LONGEST]
        if not text:
            return rows, False
        # The rows are cut off before they are sorted, so a common name costs no more
        # than a rare one. They are found by a query of their own, since for a subquery
        # the planner may walk the whole key in order (53 ms of 100,000 people for two
        # letters, 2 ms this way).
        found = (
            self.find(rows, text)
            .order_by()
            .values_list("pk", flat=True)[:FOUND_AT_MOST]
        )
        return rows.filter(pk__in=list(found)), False

    def suggested(self, request: HttpRequest, term: str) -> QuerySet:
        """The rows that an autocomplete offers for the typed text, best first."""
        return self.get_search_results(request, self.get_queryset(request), term)[0]

    def find(self, rows: QuerySet, text: str) -> QuerySet:
        """The rows that ``text`` means, by ``search_fields`` if not overridden.

        The default is for small tables.
        """
        return (
            search.find(rows, text, *self.search_fields) if self.search_fields else rows
        )

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> models.Model | None:
        return (
            None
            if "\0" in object_id
            else super().get_object(request, object_id, from_field)
        )

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ):
        """Offer, and accept, only rows that the person may see."""
        remote = db_field.remote_field.model
        if self.admin_site.is_registered(remote):
            kwargs["queryset"] = self.admin_site.get_model_admin(remote).get_queryset(
                request
            )
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", Choice(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ):
        if is_amount(db_field):
            return amount_field(db_field)
        if db_field.name == "currency":
            return currency_field(db_field)
        if isinstance(db_field, models.SlugField):
            return address_part(
                db_field, self.slug_route if db_field.name == "slug" else ""
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    # Writing

    def get_fields(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> list[Any]:
        fields = [name for name in super().get_fields(request, obj) if name != "seen"]
        if obj and self.has_change_permission(request, obj):
            return [*fields, "seen"]
        return (
            [amount_shown(name) if name.endswith(ENDING) else name for name in fields]
            if obj
            else fields
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new row is in the currency of the brand."""
        initial = super().get_changeform_initial_data(request)
        if (
            any(field.name == "currency" for field in self.opts.fields)
            and self.model is not Brand
        ):
            initial.setdefault("currency", brand_currency())
        return initial

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: StaffForm, change: bool
    ) -> None:
        if not change:
            obj.save(force_insert=True)
        elif changed := [
            name
            for name in form.changed_data
            if name in form._meta.fields and name != "seen"
        ]:
            obj.save(update_fields=changed)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Like Django's, but a rival's row becomes an error of the form.

        Only the database knows of such a row; the input is kept.
        """
        try:
            with refusals(), transaction.atomic():
                return super().changeform_view(
                    request, object_id, form_url, self._with_actions(request, object_id)
                )
        except DomainError as refusal:
            request.refusal = refusal  # type: ignore[attr-defined]
            return super().changeform_view(
                request, object_id, form_url, self._with_actions(request, object_id)
            )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ):
        if row := context.get("original"):
            context["subtitle"] = context["named"] = self.named(row)
            context["cards"] = [card(request, row) for card in self.cards]
        return super().render_change_form(request, context, *args, **kwargs)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any):
        form = super().get_form(request, *args, **kwargs)
        form.refusal = getattr(request, "refusal", None)
        return form

    # Actions

    def allowed_actions(self, request: HttpRequest) -> list[Action]:
        options = self.opts
        return [
            action
            for action in self.row_actions
            if request.user.has_perm(
                f"{options.app_label}.{action.name}_{options.model_name}"
            )
        ]

    def _with_actions(
        self, request: HttpRequest, object_id: str | None
    ) -> dict[str, Any]:
        address = reverse(
            f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        )
        row_actions = (
            sorted(self.allowed_actions(request), key=lambda action: action.loses)
            if object_id
            else []
        )
        return {
            "row_actions": [
                (
                    action.label,
                    f"{address}do/{action.name}/?ids={object_id}",
                    action.loses,
                )
                for action in row_actions
            ]
        }

    def response_action(self, request: HttpRequest, queryset: QuerySet) -> Any:
        """A tick that is no key chooses nothing; Django would look for it."""
        sent = request.POST.copy()
        name = admin.helpers.ACTION_CHECKBOX_NAME
        sent.setlist(name, [one for one in sent.getlist(name) if is_key(one)])
        request.POST = sent  # type: ignore[assignment]
        return super().response_action(request, queryset)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {
            action.name: (_choose(action), action.name, f"{action.label} …")
            for action in self.allowed_actions(request)
            if not action.single
        }

    def get_urls(self) -> list:
        name = f"{self.opts.app_label}_{self.opts.model_name}_act"
        action = self.admin_site.admin_view(self.action_view)
        return [path("do/<slug:name>/", action, name=name), *super().get_urls()]

    def action_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """The page of one action: shows its effect, asks for input, runs it once."""
        action = next(
            (action for action in self.row_actions if action.name == name), None
        )
        if action is None or action not in self.allowed_actions(request):
            raise PermissionDenied
        return ActionView(self, action, request).answer()

    # History

    def events_of(self, row: models.Model) -> Q:
        """Which events tell the history of a row (core_event_subject)."""
        return (
            Q(subject=self.opts.model_name, subject_id=row.pk)
            if isinstance(row.pk, int)
            else Q(pk__in=[])
        )

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        events = (
            Event.objects.filter(self.events_of(row))
            .select_related("actor", "member")
            .order_by("-id")
        )
        context = self.admin_site.each_context(request) | {
            "title": f"History of {self.named(row)}",
            "events": list(events[:SHOWN_EVENTS]),
            "edits": _edits(self.model, row),
            "limit": SHOWN_EVENTS,
            "original": row,
            "named": self.named(row),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/gym_history.html", context)


def _edits(model: type[models.Model], row: models.Model) -> list[LogEntry]:
    """The latest edits that staff made through these forms."""
    kind = ContentType.objects.get_for_model(model)
    entries = LogEntry.objects.filter(
        content_type=kind, object_id=str(row.pk)
    ).select_related("user")
    return list(entries.order_by("-id")[:SHOWN_EVENTS])


def _choose(action: Action):
    def chosen(
        model_admin: StaffAdmin, request: HttpRequest, queryset: QuerySet
    ) -> HttpResponse:
        ids = ",".join(request.POST.getlist(admin.helpers.ACTION_CHECKBOX_NAME))
        return HttpResponseRedirect(f"do/{action.name}/?ids={ids}")

    chosen.short_description = f"{action.label} …"  # type: ignore[attr-defined]
    return chosen


def offer(model: type[models.Model], *row_actions: Action) -> None:
    """Add actions to the page of a model of an app below.

    An example is booking somebody in on a user's page.
    """
    model_admin = admin.site.get_model_admin(model)
    model_admin.row_actions = (*model_admin.row_actions, *row_actions)  # type: ignore[attr-defined]


def offer_card(model: type[models.Model], card: Card) -> None:
    """Draw a piece on the page of a row of a model of an app below."""
    model_admin = admin.site.get_model_admin(model)
    model_admin.cards = (*model_admin.cards, card)  # type: ignore[attr-defined]
