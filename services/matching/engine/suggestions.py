"""What somebody may have meant who is typing a word: known words that are written nearly the same, for them to choose from."""

from collections import Counter
from collections.abc import Iterable

from services.matching.engine.words import fold

LEAST = 0.4
"""Share of letter groups in common below which two words are not alike."""
GROUP = 3
BEGINNING = 0.6
"""A word that begins with what was typed is at least so like it."""


def suggestions(typed: str, known: Iterable[str], most: int = 5) -> list[str]:
    """The known words most like what was typed, the best first; of words that differ in nothing but case and the like, the first."""
    wanted = fold(typed)
    if not wanted:
        return []
    groups, found = _groups(wanted), {}
    for word in known:
        folded = fold(word)
        if folded in found:
            continue
        like = _dice(groups, _groups(folded))
        if any(part.startswith(wanted) for part in (folded, *folded.split())):
            like = max(like, BEGINNING)
        if like >= LEAST:
            found[folded] = (-like, folded, word)
    return [word for _, _, word in sorted(found.values())[:most]]


def _groups(folded: str) -> Counter[str]:
    """Each word's letters in groups of three, its beginning and end counting as letters; so a slip spoils only few of them."""
    words = (f" {word} " for word in folded.split())
    return Counter(word[place : place + GROUP] for word in words for place in range(len(word) - GROUP + 1))


def _dice(one: Counter[str], other: Counter[str]) -> float:
    """Twice what two have in common by what they have together (Dice 1945)."""
    return 2 * (one & other).total() / ((one.total() + other.total()) or 1)
