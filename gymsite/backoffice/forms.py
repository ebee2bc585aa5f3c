"""Edit forms that refuse to overwrite what somebody else changed meanwhile.

They also turn constraints into words.
"""

import hashlib
from collections.abc import Collection
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from gymsite.backoffice.money import MoneyField
from gymsite.backoffice.widgets import Unseen
from gymsite.core import money
from gymsite.core.errors import DomainError, refusal_for
from gymsite.web.forms import add_errors

CHANGED = (
    "Somebody changed this meanwhile. Your input is kept here: open the page again to "
    "see theirs, then decide."
)


def state_of(row: models.Model, names: Collection[str]) -> str:
    """A digest of what a row holds in the fields ``names``.

    It tells whether the row is still what somebody was shown. It covers a form's own
    fields only: a counter that moves, such as stock or the last log-in, is nobody's
    edit.
    """
    fields = [field for field in row._meta.concrete_fields if field.name in names]
    values = [(field.attname, getattr(row, field.attname)) for field in fields]
    return hashlib.sha256(repr(values).encode()).hexdigest()[:32]


class WordedForm(forms.ModelForm):
    """A form that words what a constraint refuses.

    Django would give the constraint's name.
    """

    def _update_errors(self, errors: ValidationError) -> None:
        others: dict[str, list[ValidationError]] = {}
        for name, found in errors.update_error_dict({}).items():
            for error in found:
                if refusal := self._meant(error):
                    add_errors(self, refusal)
                else:
                    others.setdefault(name, []).append(error)
        if others:
            super()._update_errors(ValidationError(others))

    def _meant(self, error: ValidationError) -> DomainError | None:
        """The refusal of the constraint that an error is about."""
        for constraint in self.instance._meta.constraints:
            says_so = error.message == constraint.get_violation_error_message()
            columns = tuple((error.params or {}).get("unique_check", ()))
            if says_so or (columns and columns == getattr(constraint, "fields", ())):
                return refusal_for(constraint.name)
        return None


class StaffForm(WordedForm):
    """A form of one row.

    ``refusal`` is what the database answered to the first try to save it (see
    StaffAdmin).
    """

    refusal: DomainError | None = None
    seen = forms.CharField(required=False, widget=Unseen)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and self._meta.fields and "seen" in self._meta.fields:
            self.initial["seen"] = state_of(self.instance, self._meta.fields)
        self._name_currencies()

    def _name_currencies(self) -> None:
        """Give amounts the currency of the row, as shown and as typed."""
        amounts = [
            field for field in self.fields.values() if isinstance(field, MoneyField)
        ]
        if not amounts:
            return
        shown = typed = getattr(self.instance, "currency", "")
        if "currency" in self.fields:
            shown = (
                self.get_initial_for_field(self.fields["currency"], "currency") or shown
            )
            typed = (
                str(self.data.get(self.add_prefix("currency"), shown)).strip().upper()
            )
        for field in amounts:
            field.be_in(shown, typed if typed in money.CURRENCIES else shown)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.refusal:
            add_errors(self, self.refusal)
            return cleaned
        if self.instance.pk and self.data and "seen" in self.fields:
            self._check_unchanged()
        return cleaned

    def _check_unchanged(self) -> None:
        """Hold the row and compare it with what the form was made from.

        The admin has a transaction open.
        """
        rows = type(self.instance)._base_manager.select_for_update(
            of=("self",), no_key=True
        )
        current = rows.filter(pk=self.instance.pk).first()
        seen = self.cleaned_data.get("seen")
        if current is None or state_of(current, self._meta.fields or ()) != seen:
            raise ValidationError(CHANGED, code="changed_meanwhile")
