"""Amounts are integer minor units with an ISO 4217 currency; only here do they become text."""

from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision, list_currencies
from django.core.exceptions import ValidationError


def check_currency(code: str) -> None:
    """A validator of fields that people type: raises ValidationError for what is no currency of ISO 4217."""
    if code not in list_currencies():
        raise ValidationError("%(code)s is no currency. Type its three letters, such as GBP.", params={"code": code})


def shown(amount_minor: int, currency: str, locale: str = "en_GB") -> str:
    """``shown(4900, "GBP")`` is £49.00; a currency without minor units (JPY) shows none."""
    places = get_currency_precision(currency)
    return format_currency(Decimal(amount_minor).scaleb(-places), currency, locale=locale)
