"""Random numbers of their own for each purpose, and references nobody can guess."""

import hashlib

import numpy as np

from gymsite.core import references

_LETTERS = np.frombuffer(references.ALPHABET.encode(), dtype=np.uint8)
_HALF = 25  # a reference holds 50 random bits: ten letters of five bits
_MASK = np.uint64((1 << _HALF) - 1)
_ROUNDS = 6


def stream(seed: int, name: str) -> np.random.Generator:
    """The generator of one purpose: changes of one table leave the others alone."""
    digest = hashlib.blake2b(f"{seed} {name}".encode(), digest_size=16).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def ranks(group: np.ndarray, key: np.ndarray) -> np.ndarray:
    """The place of each row (from 0) within its group, by ``key``."""
    order = np.lexsort((key, group))
    ordered = group[order]
    starts = (
        np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        if len(group)
        else np.zeros(0, dtype=int)
    )
    place = np.empty(len(group), dtype=np.int64)
    place[order] = np.arange(len(group)) - np.repeat(
        starts, np.diff(np.r_[starts, len(group)])
    )
    return place


def weighted(
    random: np.random.Generator, weights: np.ndarray, count: int
) -> np.ndarray:
    """``count`` places in ``weights``, drawn with replacement."""
    edges = np.cumsum(weights)
    return np.minimum(
        np.searchsorted(edges, random.random(count) * edges[-1], side="right"),
        len(weights) - 1,
    )


def reference_letters(places: np.ndarray, seed: int | str) -> np.ndarray:
    """A reference (dtype S11) for each of ``places`` (from 0): all different.

    As gymsite.core.references makes them.

    A Feistel network keyed by the seed maps 0, 1, 2 … to as many different numbers of
    50 bits.
    """
    keys = np.frombuffer(
        hashlib.blake2b(
            f"{seed} references".encode(), digest_size=8 * _ROUNDS
        ).digest(),
        dtype="<u8",
    )
    number = places.astype(np.uint64)
    left, right = number >> np.uint64(_HALF), number & _MASK
    for key in keys:
        mixed = (right ^ (key & _MASK)) * (key | np.uint64(1))
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15)
        left, right = right, left ^ ((mixed >> np.uint64(39)) & _MASK)
    return _spell((left << np.uint64(_HALF)) | right)


def _spell(numbers: np.ndarray) -> np.ndarray:
    """Ten letters of five bits and one that checks them.

    Letter by letter: there are millions of numbers.
    """
    letters = np.empty((len(numbers), references.LENGTH), dtype=np.uint8)
    check = np.zeros(len(numbers), dtype=np.uint16)
    for place in range(references.LENGTH - 1):
        digit = (numbers >> np.uint64(45 - 5 * place)).astype(np.uint8) & np.uint8(31)
        letters[:, place] = _LETTERS[digit]
        check += digit * np.uint16(place + 1)
    letters[:, -1] = _LETTERS[check % 31]
    return letters.view(f"S{references.LENGTH}").ravel()
