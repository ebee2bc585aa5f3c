"""Shapes that the whole API shares.

They check what comes in and document what goes out.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar

from django.db.models import TextChoices
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from gymsite.core.pagination import LARGEST
from gymsite.core.periods import read_day

Item = TypeVar("Item")
COMPONENT_NAME = "x-component"
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_MOMENT = re.compile(
    r"20\d\d-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII
)


def _iso_date(value: Any) -> Any:
    if isinstance(value, str) and read_day(value) is None:
        raise ValueError("Write a day from 2000 to 2099 as YYYY-MM-DD.")
    return value


def _iso_moment(value: Any) -> Any:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError(
            "Write a moment from 2000 to 2099 with its offset: "
            "2026-11-30T10:00:00+00:00."
        )
    return value


def _ascii_digits(value: Any) -> Any:
    """Refuse a number in other than ASCII digits.

    Python reads 1_0 and the digits of every script as numbers; an address has one
    spelling.
    """
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise ValueError("Write a number in digits.")
    return value


def choice_of(name: str, choices: type[TextChoices]) -> WithJsonSchema:
    """How the document names and lists the values of a state."""
    return one_of(name, choices.values)


def one_of(name: str, values: Sequence[str]) -> WithJsonSchema:
    """How it names and lists other values; openapi.completed makes a component of
    them."""
    return WithJsonSchema(
        {"type": "string", "enum": list(values), COMPONENT_NAME: name}
    )


Digits = BeforeValidator(_ascii_digits)
Id = Annotated[int, Field(ge=1, le=2**63 - 1, examples=[1])]
PathId = Annotated[Id, Digits]
# JSON has no dates, so a text in exactly this form is read as one
Day = Annotated[date, Field(strict=False), BeforeValidator(_iso_date)]
# without its offset nobody knows which moment is meant
Moment = Annotated[
    datetime,
    Field(strict=False, examples=["2026-11-30T10:00:00+00:00"]),
    BeforeValidator(_iso_moment),
]


class Input(BaseModel):
    """A request's body: no field may be unknown, and a number is not written as a
    text."""

    model_config = ConfigDict(strict=True, extra="forbid")


class PageInput(BaseModel):
    """Which rows of a list: at most ``limit`` after ``cursor``, which is the ``next``
    of the page before."""

    limit: int = Field(50, ge=1, le=LARGEST)
    cursor: str | None = Field(None, max_length=500)


class PageOf(BaseModel, Generic[Item]):
    """Some rows, and the cursor of those after them (null at the end)."""

    items: list[Item]
    next: str | None

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """``PageOf[OrderSummary]`` is OrderSummaryPage in the document."""
        return f"{params[0].__name__}Page"


class Problem(BaseModel):
    """What went wrong (RFC 9457). ``code`` never changes; some codes bring further
    members."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["about:blank"])
    status: int = Field(examples=[409])
    code: str = Field(examples=["session_full"])
    title: str = Field(examples=["This session is full."])
    detail: str = Field(
        examples=["All 20 places are taken. Join the waitlist (3 waiting)."]
    )
    errors: dict[str, list[str]] = Field(
        description="Messages by field, where fields are to blame."
    )
