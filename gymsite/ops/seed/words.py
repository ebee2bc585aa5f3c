"""Reference data of fixtures/, and the words that names and texts are made of."""

import json
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from gymsite.ops.seed.columns import Words

FIXTURES = Path(settings.BASE_DIR) / "fixtures"
# Letters that Unicode does not take apart into a Latin letter and a mark.
_SPELT_OUT = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "ß": "ss",
        "ı": "i",
        "đ": "d",
        "æ": "ae",
        "'": "",
        "-": "",
        " ": "",
    }
)


@cache
def fixture(name: str) -> list[dict[str, Any]]:
    """The objects of one fixture file, as loaddata reads them."""
    return json.loads((FIXTURES / f"{name}.json").read_text())


def rows(name: str, model: str) -> list[dict[str, Any]]:
    """The fields of each object of one model, with its ``id``, in order."""
    return [
        {"id": row["pk"], **row["fields"]}
        for row in fixture(name)
        if row["model"] == model
    ]


@cache
def words() -> dict[str, Any]:
    return json.loads((FIXTURES / "words.json").read_text())


def latin(text: str) -> str:
    """A name's ASCII letters in lower case: ``Łukasz`` gives ``lukasz``."""
    decomposed = unicodedata.normalize(
        "NFKD", text.lower().translate(_SPELT_OUT).replace("ı", "i")
    )
    return "".join(
        letter for letter in decomposed if letter.isascii() and letter.isalnum()
    )


class Names:
    """First and last names of several cultures; most people have both of one."""

    def __init__(self) -> None:
        cultures = words()["cultures"]
        share = np.array(
            [words()["weights"][culture] for culture in cultures], dtype=float
        )
        self.first = [
            name for culture in cultures.values() for name in culture["first"]
        ]
        self.last = [name for culture in cultures.values() for name in culture["last"]]
        self._share = share / share.sum()
        self._first = _spans([len(culture["first"]) for culture in cultures.values()])
        self._last = _spans([len(culture["last"]) for culture in cultures.values()])

    def draw(self, random: np.random.Generator, count: int) -> tuple[Words, Words]:
        """``count`` first and last names; one in eight people mixes two cultures."""
        culture = random.choice(len(self._share), size=count, p=self._share)
        other = random.choice(len(self._share), size=count, p=self._share)
        family = np.where(random.random(count) < 0.125, other, culture)
        first = _within(self._first, culture, random)
        last = _within(self._last, family, random)
        return Words.of(self.first, first), Words.of(self.last, last)

    def addresses(self, first: Words, last: Words) -> np.ndarray:
        """A username of its own for each: ``zofia.nowak``, ``zofia.nowak2`` …"""
        given, first_latin = np.unique(
            [latin(name) for name in self.first], return_inverse=True
        )
        family, last_latin = np.unique(
            [latin(name) for name in self.last], return_inverse=True
        )
        pair = (
            first_latin[first.codes].astype(np.int64) * len(family)
            + last_latin[last.codes]
        )
        base = np.strings.add(
            np.strings.add(given.astype(np.bytes_)[first_latin[first.codes]], b"."),
            family.astype(np.bytes_)[last_latin[last.codes]],
        )
        nth = _nth_of_its_kind(pair)
        return np.strings.add(
            base, np.where(nth == 0, b"", (nth + 1).astype(np.bytes_))
        )


def _spans(lengths: list[int]) -> tuple[np.ndarray, np.ndarray]:
    sizes = np.array(lengths)
    return np.cumsum(sizes) - sizes, sizes


def _within(
    spans: tuple[np.ndarray, np.ndarray], group: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """A place in each row's group, early ones more often, as with names."""
    starts, sizes = spans
    return starts[group] + (sizes[group] * random.random(len(group)) ** 1.6).astype(
        np.int64
    )


def _nth_of_its_kind(keys: np.ndarray) -> np.ndarray:
    """How many equal keys stand before each: 0 for the first."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    nth = np.empty(len(keys), dtype=np.int64)
    nth[order] = np.arange(len(keys)) - np.repeat(
        starts, np.diff(np.r_[starts, len(keys)])
    )
    return nth
