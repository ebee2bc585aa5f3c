"""Actions of staff on rows.

A page shows what an operation will do, with counts, runs it once and logs who asked and
why.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from gymsite.backoffice.lists import NamedField
from gymsite.backoffice.money import MoneyField
from gymsite.core import dependents
from gymsite.core.errors import DomainError
from gymsite.core.text import is_key
from gymsite.web.forms import add_errors

AT_ONCE = 100
# how an action names each row, besides the facts that it counts
STATE = ("status", "is_active")
STALE = (
    "This changed while you were looking. Here is how it stands now: check it, then "
    "confirm again."
)


class ActionForm(forms.Form):
    """What an action asks for.

    ``seen`` is the state that the person was shown, so that nobody confirms another
    one.
    """

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, model_admin: ModelAdmin, request: HttpRequest, **kwargs: Any
    ) -> None:
        self.model_admin, self.request = model_admin, request
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, NamedField):
                field.open_to(request, model_admin.admin_site)

    def show(self, name: str, value: str) -> None:
        """Show another value in a field, and in the others what was typed."""
        data: Any = self.data.copy()
        data[name] = value
        self.data = data

    def row(self) -> Any:
        """The row of an action on a single one; None where the person sees none."""
        chosen = self.request.GET.get("ids", "")
        rows = self.model_admin.get_queryset(self.request)
        return rows.filter(pk=chosen).first() if is_key(chosen) else None


class ReasonForm(ActionForm):
    reason = forms.CharField(max_length=200, help_text="Kept in the history.")


class AmountForm(ReasonForm):
    """A part of what the row is about, in its currency, and why; None is all of it."""

    amount_minor = MoneyField(
        required=False, least=1, label="Amount", words="Empty: all that is left."
    )
    field_order = ("amount_minor", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if row := self.row():
            self.fields["amount_minor"].be_in(row.currency, row.currency)


def reason_for(words: str) -> type[ReasonForm]:
    """A ReasonForm that says who will read the reason."""
    field = forms.CharField(max_length=200, help_text=words)
    return type("ReasonForm", (ReasonForm,), {"reason": field})


Run = Callable[[HttpRequest, Any, dict[str, Any], datetime], str]
Facts = Callable[[Sequence[Any], datetime], Mapping[str, Any]]


def calling(
    operation: Callable[..., Any],
    key: str,
    said: Callable[[Any, Any], str],
    **fixed: Any,
) -> Run:
    """What an action runs that is one operation.

    The operation takes the row's id as ``key``, ``fixed``, what the form asks for by
    the names of its fields, and who asks when. ``said(row, done)`` words what it
    returned.
    """

    def run(
        request: HttpRequest, row: Any, given: dict[str, Any], now: datetime
    ) -> str:
        asked = {name: value for name, value in given.items() if name != "seen"}
        by = {key: row.pk, "actor_id": request.user.pk, "now": now}
        return said(row, operation(**fixed, **asked, **by))

    return run


def by_status(rows: Sequence[Any], now: datetime) -> dict[str, int]:
    """How many of the rows are in which state."""
    return dict(Counter(row.get_status_display() for row in rows))


def hanging(of: str) -> Facts:
    """What hangs on rows of a kind of core.dependents."""
    return lambda rows, now: dependents.shown(of, rows, now)


@dataclass(frozen=True)
class Action:
    """One operation that staff run on rows of a model.

    ``name`` is also its verb in roles.TABLE. ``run(request, row, input, now)`` calls
    the operation and returns what was done, in words; it may raise DomainError.
    ``facts(rows, now)`` counts what it will do, for the preview. ``loses`` marks what
    can't be undone, ``removes`` what leaves no row to go back to.
    """

    name: str
    label: str
    run: Run
    form: type[ActionForm] = ActionForm
    facts: Facts = lambda rows, now: {}
    explain: str = ""
    single: bool = False
    loses: bool = False
    removes: bool = False


class ActionView:
    """Answers one request to an action's page."""

    def __init__(
        self, model_admin: ModelAdmin, action: Action, request: HttpRequest
    ) -> None:
        self.admin, self.action, self.request, self.now = (
            model_admin,
            action,
            request,
            timezone.now(),
        )
        self.rows = self._rows()
        self.trace_url = ""  # where all errors are shown, when one rule refused

    def _rows(self) -> list[models.Model]:
        """The chosen rows that the person may see, in order of their keys."""
        asked = self.request.GET.get("ids", "").split(",")
        most = 1 if self.action.single else AT_ONCE
        ids = [part for part in asked if is_key(part)][:most]
        rows = self.admin.get_queryset(self.request).select_related(*self._related())
        return list(rows.filter(pk__in=ids).order_by("pk"))

    def _related(self) -> tuple[str, ...]:
        related = self.admin.list_select_related
        return tuple(related) if isinstance(related, list | tuple) else ()

    def answer(self) -> HttpResponse:
        if not self.rows:
            messages.warning(
                self.request, "None of the chosen rows is there for you. Choose again."
            )
            return HttpResponseRedirect(self._list())
        facts = self.action.facts(self.rows, self.now)
        state = self._state(facts)
        data, files = None, None
        if self.request.method == "POST":
            data, files = self.request.POST, self.request.FILES
        form = self.action.form(
            data,
            files,
            model_admin=self.admin,
            request=self.request,
            initial={"seen": state},
        )
        if data is not None and form.is_valid():
            if form.cleaned_data["seen"] != state:
                form.add_error(None, STALE)
                form.show("seen", state)
            elif self._run(form):
                address = self._list() if self.action.removes else self._back()
                return HttpResponseRedirect(address)
        return self._page(form, facts)

    def _run(self, form: ActionForm) -> bool:
        """Run the operation on each row.

        A single row's refusal goes into the form; refusals of several rows are listed.
        """
        refusals: list[tuple[models.Model, DomainError]] = []
        for row in self.rows:
            try:
                self._done(
                    row,
                    self.action.run(self.request, row, form.cleaned_data, self.now),
                    form,
                )
            except DomainError as refusal:
                refusals.append((row, refusal))
        if len(self.rows) == 1 and refusals:
            add_errors(form, refusals[0][1])
            self.trace_url = getattr(refusals[0][1], "trace_url", "")
            return False
        for row, refusal in refusals:
            messages.error(self.request, f"{self.admin.named(row)}: {refusal.message}")
        return True

    def _done(self, row: models.Model, said: str, form: ActionForm) -> None:
        reason = form.cleaned_data.get("reason", "")
        self.admin.log_change(
            self.request, row, f"{self.action.label}. {reason}".strip()
        )
        messages.success(self.request, said)

    def _state(self, facts: Mapping[str, Any]) -> str:
        rows = [
            (row.pk, *(str(getattr(row, name, "")) for name in STATE))
            for row in self.rows
        ]
        shown = repr(
            (rows, sorted((name, str(value)) for name, value in facts.items()))
        )
        return hashlib.sha256(shown.encode()).hexdigest()[:32]

    def _page(self, form: ActionForm, facts: Mapping[str, Any]) -> HttpResponse:
        context = self.admin.admin_site.each_context(self.request) | {
            "title": self.action.label,
            "action": self.action,
            "form": form,
            "facts": facts.items(),
            "rows": [self.admin.named(row) for row in self.rows],
            "back": self._back(),
            "trace_url": self.trace_url,
            "opts": self.admin.opts,
            "media": self.admin.media + form.media,
        }
        return TemplateResponse(
            self.request,
            "admin/gym_action.html",
            context,
            status=422 if form.errors else 200,
        )

    def _list(self) -> str:
        return reverse(
            f"admin:{self.admin.opts.app_label}_{self.admin.opts.model_name}_changelist"
        )

    def _back(self) -> str:
        """The row's page, or the list when several rows were chosen."""
        if len(self.rows) != 1:
            return self._list()
        return reverse(
            f"admin:{self.admin.opts.app_label}_{self.admin.opts.model_name}_change",
            args=[self.rows[0].pk],
        )
