"""Finding rows by what people type.

People, classes, the shop and the back office are searched in one way. Capitals and
accents make no difference (``fold``, in SQL the function ``folded``), and each word may
stand anywhere. Where nothing fits so, what is spelt nearly so is found. The same
folding sorts names as people do: Émile before Zoe.
"""

import unicodedata
from typing import Any, TypeVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db.models import F, Func, Model, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat

LONGEST = 80  # characters of a text that are read
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
    """A text without capitals and accents: "Łukasz Müller" is "lukasz muller".

    The function ``folded`` in the database does the same.
    """
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
    """The index that ``find`` over these fields uses."""
    return GinIndex(OpClass(folded(*fields), "gin_trgm_ops"), name=name)


def words_of(text: str) -> list[str]:
    """The folded words of a text that are looked for.

    An initial beside other words is left out, since few names are kept with theirs.
    """
    words = fold(text.replace("\0", "")[:LONGEST]).split()[:WORDS]
    return [word for word in words if len(word.strip(".")) > 1] or words


def find(rows: QuerySet[M], text: str, *fields: str) -> QuerySet[M]:
    """Those of ``rows`` with every word in one of ``fields``, in no order.

    Where there are none, those with every word nearly so.
    """
    exact = holding(rows, text, *fields)
    return exact if exact.exists() else resembling(rows, text, *fields)


def holding(rows: QuerySet[M], text: str, *fields: str) -> QuerySet[M]:
    """Those of ``rows`` with every word of the text in one of ``fields``.

    A text without a word finds none.
    """
    return _each(rows, fields, [_holds(word) for word in words_of(text)])


def resembling(rows: QuerySet[M], text: str, *fields: str) -> QuerySet[M]:
    """Those of ``rows`` with every word nearly so.

    FORGIVING in gymsite.postgres.database says how nearly.
    """
    return _each(
        rows,
        fields,
        [Q(folded_text__trigram_word_similar=word) for word in words_of(text)],
    )


def _each(rows: QuerySet[M], fields: tuple[str, ...], asked: list[Q]) -> QuerySet[M]:
    found: Any = rows.alias(folded_text=folded(*fields))
    return found.filter(*asked) if asked else rows.none()


def _holds(word: str) -> Q:
    """The condition that the word stands in the text.

    Two letters must start a word, since inside one they have no trigram to be found by.
    """
    if len(word) > 2:
        return Q(folded_text__contains=word)
    return Q(folded_text__startswith=word) | Q(folded_text__contains=f" {word}")
