"""Numbers that look like chance and come from names and the seed alone: they decide between equals, the same everywhere."""

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.pairs import Longs

Digests = NDArray[np.uint64]


def digests(names: Iterable[str], seed: int) -> Digests:
    """A number for each name."""
    return np.array([_digest(f"{seed} {name}") for name in names], dtype=np.uint64)


def mixed(left: Digests, right: Digests, bits: int) -> Longs:
    """A number of so many bits for each pair (the finaliser of SplitMix64, Steele and others 2014)."""
    number = (left ^ (right << np.uint64(1))) * np.uint64(0x9E3779B97F4A7C15)
    number ^= number >> np.uint64(29)
    number *= np.uint64(0xBF58476D1CE4E5B9)
    return (number >> np.uint64(64 - bits)).astype(np.int64)


class Lots:
    """Drawn once for all pairs of some people."""

    def __init__(self, proteges: Iterable[str], mentors: Iterable[str], seed: int) -> None:
        self._left, self._right = digests(proteges, seed), digests(mentors, seed)

    def of(self, rows: Longs, columns: Longs, bits: int) -> Longs:
        """The lot of each of these pairs."""
        return mixed(self._left[rows], self._right[columns], bits)


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
