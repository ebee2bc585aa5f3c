"""Amounts on the pages of staff: typed and shown in pounds and pence.

They are kept in minor units.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from gymsite.core import money

ENDING = "_minor"  # of every column that holds an amount; its row has a currency


class MoneyInput(forms.TextInput):
    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            {"inputmode": "decimal", "autocomplete": "off", "class": "vIntegerField"}
            | (attrs or {})
        )


class MoneyField(forms.Field):
    """An amount as people type it.

    Its value is integer minor units from ``least`` to ``most``. ``shown_in`` is the
    currency of the row that the form was made from and ``typed_in`` the one that was
    typed beside the amount: the same figures in another currency are another amount.
    """

    widget = MoneyInput

    def __init__(
        self,
        *,
        least: int = 0,
        most: int = models.BigIntegerField.MAX_BIGINT,
        words: str = "",
        **kwargs: Any,
    ) -> None:
        self.least, self.most, self.words = least, most, words
        super().__init__(**kwargs)
        self.be_in("GBP", "GBP")

    def be_in(self, shown_in: str, typed_in: str) -> None:
        """Set the currency of the amount; the help text follows."""
        self.shown_in, self.typed_in = shown_in, typed_in
        example = money.typed(4900, typed_in)
        self.help_text = f"In {typed_in}, such as {example}. {self.words}".strip()

    def prepare_value(self, value: Any) -> Any:
        return money.typed(value, self.shown_in) if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values or not value.strip():
            return None
        amount = money.read(value, self.typed_in)
        if amount < self.least:
            raise ValidationError(f"At least {money.typed(self.least, self.typed_in)}.")
        if amount > self.most:
            raise ValidationError(f"At most {money.typed(self.most, self.typed_in)}.")
        return amount

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(data) != initial
        except ValidationError:
            return True


class CurrencyField(forms.CharField):
    """Three letters, capitalised however they are typed."""

    widget = AdminTextInputWidget

    def to_python(self, value: Any) -> str:
        return super().to_python(value).upper()


def is_amount(field: models.Field) -> bool:
    return field.name.endswith(ENDING)


def amount_field(field: models.Field) -> MoneyField:
    """The form's field of a column that holds an amount, with the column's bounds."""
    bounds = {
        kind: [one.limit_value for one in field.validators if isinstance(one, kind)]
        for kind in (MinValueValidator, MaxValueValidator)
    }
    return MoneyField(
        least=max([0, *bounds[MinValueValidator]]),
        most=min([models.BigIntegerField.MAX_BIGINT, *bounds[MaxValueValidator]]),
        label=_label(field.name),
        words=str(field.help_text),
        required=not field.blank,
        initial=field.default if field.has_default() else None,
    )


def currency_field(field: models.Field) -> CurrencyField:
    return CurrencyField(
        max_length=field.max_length,
        initial=field.get_default(),
        validators=list(field.validators),
        strip=True,
    )


@cache
def amount_shown(name: str) -> Callable[[models.Model], str]:
    """What a page shows of an amount that cannot be changed there."""

    def shown(row: Any) -> str:
        amount = getattr(row, name)
        return "" if amount is None else money.shown(amount, row.currency)

    shown.__name__ = name.removesuffix(ENDING)
    shown.short_description = _label(name)  # type: ignore[attr-defined]
    return shown


def _label(name: str) -> str:
    return name.removesuffix(ENDING).replace("_", " ").capitalize()
