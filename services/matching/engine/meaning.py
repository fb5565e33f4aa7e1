"""How near phrases are in meaning, as far as the language model understands them.

Vectors are whole numbers and similarity is compared in steps, so that the same vectors give the same worth everywhere. Meaning alone never
excludes a pair: it is one of the things that a criterion made of words goes by.
"""

import base64
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.aliases import GROUPS
from services.matching.engine.cohort import Cohort
from services.matching.engine.words import Term, pieces, plain, vocabulary

MODEL = "all-MiniLM-L6-v2/2000"
"""Names the vectors: whoever keeps some compares no others with them.

They are computed in double precision, whose noise of 1e-14 is so far below a rounding step that two machines as good as never differ: the
chance is about one in a hundred million for a phrase. One machine never differs from itself.
"""
LENGTH = 384
UNIT = 2_000
"""How long a vector is. Sums of products of whole numbers so small are exact in single precision, in any order, on any machine."""
STEPS = 50
"""Of a cosine from 0 to 1."""
CHANCE, AS_GOOD_AS_SAME = 15, 45
"""Steps: up to a cosine of 0.30 it is chance, from 0.90 on the phrases say the same; between them the worth rises evenly."""
MOST = 900

Vector = NDArray[np.int16]


class Meanings:
    """What the phrases of some terms mean."""

    def __init__(self, terms: Sequence[Term], written: Mapping[str, str]) -> None:
        """`written`: by phrase a vector as text, empty where the model does not understand it."""
        rows = [read(written.get(term.phrase, "")) for term in terms]
        self.understood = np.array([row is not None for row in rows], dtype=bool)
        self.vectors = np.array([np.zeros(LENGTH) if row is None else row for row in rows], dtype=np.float32).reshape(len(rows), LENGTH)

    def worth(self, other: "Meanings") -> NDArray[np.int16]:
        """What the nearness of each of these to each of the others is worth, 0 to `MOST`; -1 where one is not understood."""
        both = self.understood[:, None] & other.understood[None, :]
        if not both.any():  # as in every language but English
            return np.full(both.shape, -1, dtype=np.int16)
        worth = _worth((self.vectors @ other.vectors.T).astype(np.int32))
        return np.where(both, worth, np.int16(-1))


@lru_cache(100_000)
def nearness(one: str, other: str) -> int:
    """The same for two vectors as text."""
    left, right = read(one), read(other)
    if left is None or right is None:
        return -1
    return int(_worth(np.array(left.astype(np.int32) @ right.astype(np.int32))))


def _worth(products: NDArray[np.int32]) -> NDArray[np.int16]:
    worth: NDArray[np.int16] = _WORTH[np.clip(products * STEPS // UNIT**2, 0, STEPS)]
    return worth


_WORTH = np.clip((np.arange(STEPS + 1) - CHANCE) * MOST // (AS_GOOD_AS_SAME - CHANCE), 0, MOST).astype(np.int16)


def written(vector: Vector | None) -> str:
    """A vector as text."""
    return "" if vector is None else base64.b64encode(vector.astype("<i2").tobytes()).decode()


def read(text: str) -> Vector | None:
    """What `written` made."""
    return np.frombuffer(base64.b64decode(text), dtype="<i2").astype(np.int16) if text else None


def phrases_of(cohort: Cohort) -> list[str]:
    """All phrases of a cohort whose meaning counts, each once, in order."""
    known = vocabulary(cohort.aliases, cohort.no_aliases)
    return sorted({known.term(tag).phrase for tag in _tags(cohort)})


class Speaker(Protocol):
    """Whoever has said such phrases."""

    @property
    def needs(self) -> Sequence[str]: ...
    @property
    def strengths(self) -> Sequence[str]: ...
    @property
    def goals(self) -> Sequence[str]: ...
    @property
    def answers(self) -> Mapping[str, str]: ...


def possible_phrases(
    people: Iterable[Speaker], asked: Collection[str], aliases: Iterable[Sequence[str]], no_aliases: Iterable[str]
) -> set[str]:
    """The same and some more, quickly: for whoever has vectors at hand and only wants to know which to bring.

    `asked`: the ids of the questions whose texts count.
    """
    said = itertools.chain.from_iterable(_of_person(one, asked) for one in people)
    return {plain(tag) for tag in itertools.chain(said, *GROUPS, *aliases, no_aliases)}


def _tags(cohort: Cohort) -> Iterator[str]:
    texts = [question for question in cohort.questions if question.kind == "text" and question.counts == "close"]
    for side, people in (("protege", cohort.proteges), ("mentor", cohort.mentors)):
        asked = [getattr(question, side) for question in texts]
        for one in people:
            yield from _of_person(one, asked)


def _of_person(one: Speaker, asked: Iterable[str]) -> Iterator[str]:
    yield from (*one.needs, *one.strengths, *one.goals)
    for question in asked:
        yield from pieces(one.answers.get(question, ""))
