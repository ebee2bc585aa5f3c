"""Finding rows by what people type: one way for people, classes, the shop and the back
office.

Capitals and accents make no difference (``fold``, in SQL the function ``folded``), each
word may stand anywhere, and where nothing fits so, what is spelt nearly so is found.
The same folding sorts names as people do: Émile before Zoe.
"""

import unicodedata
from typing import Any, TypeVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db.models import F, Func, Model, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat

LONGEST = 80  # characters that are read
WORDS = 5
SPELT_OUT = {"ß": "ss", "æ": "ae", "œ": "oe"}
# Letters that have no decomposition, and then the marks that go: what names in Latin,
# Greek and Cyrillic letters need.
PLAIN = {
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ı": "i",
    "ł": "l",
    "ŧ": "t",
    "ς": "σ",
    "ё": "е",
}
MARKS = (
    "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u0309\u030a"
    "\u030b\u030c\u031b\u0323\u0326\u0327\u0328"
)
_TABLE = str.maketrans("".join(PLAIN), "".join(PLAIN.values()), MARKS)

M = TypeVar("M", bound=Model)


def fold(text: str) -> str:
    """Without capitals and accents, as ``folded`` in the database has it: "Łukasz
    Müller" is "lukasz muller"."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).lower()
    for letter, spelt in SPELT_OUT.items():
        plain = plain.replace(letter, spelt)
    return plain.translate(_TABLE)


class Folded(Func):
    """``fold`` of a column, in the database."""

    function = "folded"
    arity = 1
    output_field = TextField()


def folded(*fields: str) -> Folded:
    """Some columns as one folded text, a space between."""
    first, *others = fields
    parts: list[Any] = [F(first)]
    for field in others:
        parts += [Value(" "), F(field)]
    return Folded(Concat(*parts, output_field=TextField()) if others else parts[0])


def index(*fields: str, name: str) -> GinIndex:
    """What ``find`` over these fields goes by."""
    return GinIndex(OpClass(folded(*fields), "gin_trgm_ops"), name=name)


def words_of(text: str) -> list[str]:
    """The folded words that are looked for; an initial beside other words is left out,
    as few are written down."""
    words = fold(text.replace("\0", "")[:LONGEST]).split()[:WORDS]
    return [word for word in words if len(word.strip(".")) > 1] or words


def find(rows: QuerySet[M], text: str, *fields: str) -> QuerySet[M]:
    """Those of ``rows`` with every word in one of ``fields``, or else with every word
    nearly so; in no order."""
    exact = holding(rows, text, *fields)
    return exact if exact.exists() else resembling(rows, text, *fields)


def holding(rows: QuerySet[M], text: str, *fields: str) -> QuerySet[M]:
    """Those of ``rows`` with every word of the text in one of ``fields``; none for no
    word."""
    return _each(rows, fields, [_holds(word) for word in words_of(text)])


def resembling(rows: QuerySet[M], text: str, *fields: str) -> QuerySet[M]:
    """Those of ``rows`` with every word nearly so; postgres.database.FORGIVING says how
    like is like enough."""
    return _each(
        rows,
        fields,
        [Q(folded_text__trigram_word_similar=word) for word in words_of(text)],
    )


def _each(rows: QuerySet[M], fields: tuple[str, ...], asked: list[Q]) -> QuerySet[M]:
    found: Any = rows.alias(folded_text=folded(*fields))
    return found.filter(*asked) if asked else rows.none()


def _holds(word: str) -> Q:
    """Part of it; two letters must start a word, since in its midst they have no
    trigram to be found by."""
    if len(word) > 2:
        return Q(folded_text__contains=word)
    return Q(folded_text__startswith=word) | Q(folded_text__contains=f" {word}")
