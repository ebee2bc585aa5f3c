"""Finding products by words, with typing mistakes forgiven."""

import re

from django.contrib.postgres.search import (
    SearchQuery,
    SearchRank,
    TrigramWordSimilarity,
)
from django.db.models import F, IntegerField, Q, QuerySet
from django.db.models.functions import Cast, Round

from catalog.models import Product
from gymsite.core.search import fold, folded

MOST_LETTERS = 100
# A dash before a word says no; PostgreSQL refuses more than 32 lone ones in a row.
LONE_DASH = re.compile(r'-(?![\w"])')
ORDER = ("-closeness", "id")  # for keyset pages


def tidy_words(text: str) -> str:
    """What a search box may hold: no NUL, single spaces, at most 100 characters."""
    return " ".join(text.replace("\0", " ").split())[:MOST_LETTERS]


def matching(products: QuerySet[Product], text: str) -> QuerySet[Product]:
    """Products about ``text`` with their ``closeness``, a whole number.

    Words are looked up in the product's text (catalog_product_words), with quotes, OR
    and - as search engines have it; and as letters in its name
    (catalog_product_spelling), where postgres.database.FORGIVING says how like is like
    enough.
    """
    words = fold(text)
    query = SearchQuery(
        LONE_DASH.sub(" ", words), search_type="websearch", config="english"
    )
    found = products.alias(folded_name=folded("name"))
    found = found.filter(Q(search=query) | Q(folded_name__trigram_word_similar=words))
    likeness = SearchRank(F("search"), query) + TrigramWordSimilarity(
        words, F("folded_name")
    )
    return found.annotate(closeness=Cast(Round(likeness * 10_000), IntegerField()))
