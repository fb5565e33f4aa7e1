"""How alike two of the words are with which people say what they need, are strong at, or aim for."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from services.matching.engine.aliases import GROUPS

SAME = 1_000
TYPO = 900
"""One letter too many, too few, other, or swapped with the next."""
MANY_WORDS_IN_COMMON = 700
"""Times the Dice coefficient of the two sets of words: 2 * common / (one's + the other's); below one half it is chance."""

Alike = NDArray[np.int16]

REMEMBERED = 100_000
"""Tags, and pairs of tags, that a process keeps in mind."""

_SHORTEST_WITH_TYPO = 5
_FILLERS_EN = (
    "a",
    "an",
    "and",
    "as",
    "at",
    "by",
    "for",
    "from",
    "how",
    "in",
    "into",
    "my",
    "of",
    "on",
    "or",
    "our",
    "the",
    "to",
    "up",
    "with",
)
_FILLERS_DE = ("und", "oder", "der", "die", "das", "von", "im", "mit", "fur", "zu", "am")
_FILLERS = frozenset({*_FILLERS_EN, *_FILLERS_DE})
_PIECES = re.compile(r"[,;.\n]+")
_NOT_A_WORD = re.compile(r"[^\w+#]+")


def fold(tag: str) -> str:
    """The tag without case, accents, punctuation, filler words and plural: what it is compared by."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", tag.casefold()) if not unicodedata.combining(letter))
    words = [_singular(word) for word in _NOT_A_WORD.split(plain) if word]
    return " ".join([word for word in words if word not in _FILLERS] or words)


def _singular(word: str) -> str:
    shortest = 4
    return word[:-1] if len(word) >= shortest and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def pieces(text: str) -> tuple[str, ...]:
    """A text in the pieces in which somebody has said it."""
    return tuple(piece.strip() for piece in _PIECES.split(text) if piece.strip())


class Term(NamedTuple):
    """A tag as it is compared: by the word that stands for it, and by what it means."""

    canonical: str
    phrase: str
    """In the words of whoever wrote it, without a slip in a word that is known."""


def plain(tag: str) -> str:
    """The tag in small letters, with single spaces: what its meaning is looked up by."""
    return " ".join(tag.casefold().split())


class Vocabulary:
    """Which words stand for others: those everybody knows, as a programme has changed them."""

    def __init__(self, aliases: Iterable[Sequence[str]] = (), no_aliases: Iterable[str] = ()) -> None:
        """`aliases`: groups of words that mean what the first of each does. `no_aliases`: words that mean only themselves."""
        self._stands_for: dict[str, str] = {}
        self._as_written: dict[str, str] = {}
        for known in GROUPS:
            self._learn(known, fold(known[0]))
        for tag in no_aliases:
            self._as_written[fold(tag)] = tag
            self._stands_for[fold(tag)] = fold(tag)
        for group in aliases:
            self._learn(group, self._stands_for.get(fold(group[0]), fold(group[0])), anew=True)
        self._near = _by_trace(self._stands_for)
        self.term = lru_cache(REMEMBERED)(self._term)

    @property
    def known(self) -> Iterable[tuple[str, str]]:
        """The words there are, folded and as they were written."""
        return self._as_written.items()

    def _learn(self, group: Iterable[str], stands_for: str, *, anew: bool = False) -> None:
        for tag in group:
            self._as_written.setdefault(fold(tag), tag)
            if anew or fold(tag) not in self._stands_for:
                self._stands_for[fold(tag)] = stands_for

    def canonical(self, tag: str) -> str:
        """The word that stands for this one and all that mean the same; a small slip in writing one of those is forgiven."""
        return self.term(tag).canonical

    def _term(self, tag: str) -> Term:
        folded = fold(tag)
        if folded in self._stands_for:
            return Term(self._stands_for[folded], plain(tag))
        slips = sorted(other for trace in _traces(folded) for other in self._near.get(trace, ()) if is_typo(folded, other))
        return Term(self._stands_for[slips[0]], plain(self._as_written[slips[0]])) if slips else Term(folded, plain(tag))


@lru_cache(100)
def vocabulary(aliases: tuple[tuple[str, ...], ...] = (), no_aliases: tuple[str, ...] = ()) -> Vocabulary:
    """The vocabulary of a programme; a process keeps those it has used lately."""
    return Vocabulary(aliases, no_aliases)


def canonical(tag: str) -> str:
    """What stands for a word where a programme has changed nothing."""
    return vocabulary().canonical(tag)


@lru_cache(REMEMBERED)
def likeness(one: str, other: str) -> int:
    """How alike two canonical tags are, 0 to 1,000."""
    if one == other:
        return SAME
    if is_typo(one, other):
        return TYPO
    words, others = set(one.split()), set(other.split())
    common, size = len(words & others), len(words) + len(others)
    return 2 * MANY_WORDS_IN_COMMON * common // size if size and 4 * common >= size else 0


class Likeness:
    """`likeness` to each of these tags, for many others at once: prepared once, asked block by block."""

    def __init__(self, tags: Sequence[str]) -> None:
        self._positions: dict[str, list[int]] = defaultdict(list)
        for column, tag in enumerate(tags):
            self._positions[tag].append(column)
        self._near = _by_trace(tags)
        words = [set(tag.split()) for tag in tags]
        self._index = {word: place for place, word in enumerate(sorted(set().union(*words)))}
        self._words = _incidence(words, self._index).T.tocsr()
        self._sizes = np.array([len(one) for one in words], dtype=np.int32)

    def rows(self, others: Sequence[str]) -> Alike:
        """A row for each of the others."""
        result = self._words_in_common(others)
        for row, tag in enumerate(others):
            for other in {other for trace in _traces(tag) for other in self._near.get(trace, ()) if is_typo(tag, other)}:
                result[row, self._positions[other]] = TYPO
            result[row, self._positions.get(tag, [])] = SAME
        return result

    def _words_in_common(self, others: Sequence[str]) -> Alike:
        words = [set(tag.split()) for tag in others]
        common = (_incidence(words, self._index) @ self._words).toarray()
        sizes = np.array([len(one) for one in words], dtype=np.int32)[:, None] + self._sizes[None, :]
        found = np.where(4 * common >= sizes, 2 * MANY_WORDS_IN_COMMON * common // np.maximum(sizes, 1), 0)
        return found.astype(np.int16)


def _incidence(sets: Sequence[set[str]], index: Mapping[str, int]) -> sparse.csr_array:
    places = [sorted(index[word] for word in words if word in index) for words in sets]
    starts = np.cumsum([0, *(len(found) for found in places)])
    flat = np.array([place for found in places for place in found], dtype=np.int64)
    return sparse.csr_array((np.ones(len(flat), dtype=np.int32), flat, starts), shape=(len(sets), len(index)))


def _by_trace(tags: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for tag in sorted(set(tags)):
        for trace in _traces(tag):
            found[trace].append(tag)
    return found


def _traces(tag: str) -> Iterator[str]:
    """The tag, and the tag with one letter left out: two tags a slip apart have one of these in common (symmetric delete, W. Garbe)."""
    if len(tag) < _SHORTEST_WITH_TYPO:
        return iter(())
    return iter({tag, *(tag[:place] + tag[place + 1 :] for place in range(len(tag)))})


def is_typo(one: str, other: str) -> bool:
    """Whether a single slip makes one of the other: a letter too many, too few, other, or two swapped. Another number is no slip."""
    if one == other or min(len(one), len(other)) < _SHORTEST_WITH_TYPO or abs(len(one) - len(other)) > 1:
        return False
    if _digits(one) != _digits(other):
        return False
    if len(one) > len(other):
        one, other = other, one
    start = next((place for place, letter in enumerate(one) if letter != other[place]), len(one))
    if len(one) < len(other):
        return one[start:] == other[start + 1 :]
    swapped = one[start : start + 2] == other[start : start + 2][::-1] and one[start + 2 :] == other[start + 2 :]
    return swapped or one[start + 1 :] == other[start + 1 :]


def _digits(tag: str) -> str:
    return "".join(letter for letter in tag if letter.isdigit()) if not tag.isalpha() else ""
