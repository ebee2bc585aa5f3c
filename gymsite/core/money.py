"""Amounts: integer minor units with an ISO 4217 currency.

Only this module turns them into text, and text into them.
"""

import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from babel.numbers import format_currency
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, CheckConstraint, F, Func


def codes(text: str) -> frozenset[str]:
    return frozenset(re.findall("[A-Z]{3}", text))


# The currencies of ISO 4217 that are in use. Lists of names and symbols hold historic
# ones and metals, too. The database has its own list: see ``is_currency_sql``.
CURRENCIES = codes(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP
    BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD
    FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD
    JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK
    MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR
    PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP
    SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD
    XCG XOF XPF YER ZAR ZMW ZWG
    """
)
# They went out of use since 2026. Nobody types them; rows of the past keep theirs.
FORMER = codes("BGN")
UNKNOWN = "That is no currency in use. Type its three letters, such as GBP."
# How many figures stand after the point, where they are not two. Locales show some in
# whole units; ISO 4217 says what an amount is.
MINOR_UNITS = dict.fromkeys(
    codes("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"), 0
)
MINOR_UNITS |= dict.fromkeys(codes("BHD IQD JOD KWD LYD OMR TND"), 3)
LONGEST = 15  # figures before the point
FIGURES = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")


def places(currency: str) -> int:
    """How many figures an amount has after the point."""
    return MINOR_UNITS.get(currency, 2)


def check_currency(code: str) -> None:
    """Raise ValidationError for what is no currency of ISO 4217 in use.

    It is a validator of fields that people type.
    """
    if code not in CURRENCIES:
        said = "%(code)s is no currency in use. Type its three letters, such as GBP."
        raise ValidationError(said, params={"code": code})


class IsCurrency(Func):
    """Whether a column holds a currency that is or was in use, in the database."""

    function = "is_currency"
    arity = 1
    output_field = BooleanField()


def is_currency_sql() -> str:
    """The SQL that makes the database's function ``is_currency`` anew.

    A migration runs it whenever a currency comes into use.
    """
    known = ",".join(sorted(CURRENCIES | FORMER))
    return f"""
        CREATE OR REPLACE FUNCTION is_currency(text) RETURNS boolean
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN $1 = ANY ('{{{known}}}'::text[])
    """


def currency_known(table: str) -> CheckConstraint:
    """The constraint of each table with a column ``currency``."""
    return CheckConstraint(
        condition=IsCurrency(F("currency")), name=f"{table}_currency_known"
    )


def shown(amount_minor: int, currency: str, locale: str = "en_GB") -> str:
    """An amount as people read it: ``shown(4900, "GBP")`` is £49.00.

    A currency without minor units (JPY) shows none.
    """
    figures = places(currency)
    pattern = f"¤#,##0.{'0' * figures}" if figures else "¤#,##0"
    value = Decimal(amount_minor).scaleb(-figures)
    return format_currency(
        value, currency, pattern, locale=locale, currency_digits=False
    )


def sums_shown(amounts: Iterable[tuple[int, str]]) -> str:
    """One sum for each currency of amounts in minor units; "" of none."""
    sums: Counter[str] = Counter()
    for amount_minor, currency in amounts:
        sums[currency] += amount_minor
    return ", ".join(shown(sums[currency], currency) for currency in sums)


def typed(amount_minor: int, currency: str) -> str:
    """An amount as people type it: ``typed(4900, "GBP")`` is 49.00."""
    return str(Decimal(amount_minor).scaleb(-places(currency)))


def read(text: str, currency: str) -> int:
    """Minor units of an amount that somebody typed.

    Raises ValidationError, in words for them. It takes figures and a point, nothing
    else: a comma means thousands to some and pence to others.
    """
    figures = places(currency)
    found = FIGURES.fullmatch(text.strip())
    if found is None:
        raise ValidationError(
            "Type an amount in figures, such as %(such)s.",
            params={"such": typed(4900, currency)},
        )
    sign, whole, rest = found[1], found[2], found[3] or ""
    if sign:
        raise ValidationError("An amount can't be negative.")
    if rest and not figures:
        raise ValidationError(
            "%(code)s has no smaller unit: type a whole amount.",
            params={"code": currency},
        )
    if len(rest) > figures:
        said = "An amount in %(code)s has at most %(figures)s figures after the point."
        raise ValidationError(said, params={"code": currency, "figures": figures})
    if len(whole.lstrip("0")) > LONGEST:
        raise ValidationError("That amount is too large.")
    return int(whole + rest.ljust(figures, "0"))
