"""Who shares too few places: for somebody left out, a group of mentors, and all who can only be paired with these."""

from dataclasses import dataclass

import numpy as np

from services.matching.engine.eligible import Eligible, Words
from services.matching.engine.pairs import Longs

THOROUGH = 400_000_000
"""So many words are looked at to make groups as small as they can be, something like a second; after that they only show the shortage."""


@dataclass(frozen=True, kw_only=True)
class Shortage:
    """More people than places: `rows` can only be paired with `columns`, who together have fewer `places` (a Hall set)."""

    rows: Longs
    columns: Longs
    places: int


class Shortages:
    """The groups in which people were left out by a match of as many people as can be. `chosen`: the mentor of each row, or -1."""

    def __init__(self, eligible: Eligible, chosen: Longs) -> None:
        self._eligible, self._chosen = eligible, chosen
        self._found: list[tuple[Words, Shortage]] = []
        self._to_look_at = THOROUGH

    def of(self, rows: Longs) -> dict[int, Shortage | None]:
        """For each of these who were left out the group that shows why; None where there is none: then it is not for lack of places.

        From a group no mentor can be left away, but those of one's own. Who has few mentors comes first, because theirs are small. When
        that has taken long enough, whoever is in a group that was found before shares it.
        """
        count = np.bitwise_count(self._eligible.words[rows]).sum(axis=1)
        return {int(row): self._of(int(row)) for row in rows[np.argsort(count, kind="stable")]}

    def _of(self, row: int) -> Shortage | None:
        own = self._eligible.words[row]
        for group, shortage in self._found:
            if np.array_equal(own, group) or (self._to_look_at <= 0 and not (own & ~group).any()):
                return shortage
        grown = self._grown(own) if own.any() else None
        if grown is None:
            return None
        group = self._shrunk(grown, self._eligible.mentors_in(grown & ~own))
        shortage = Shortage(
            rows=np.flatnonzero(self._eligible.only_in(group)), columns=self._eligible.mentors_in(group), places=self._places(group)
        )
        self._found.append((group, shortage))
        return shortage

    def _grown(self, own: Words) -> Words | None:
        """By all to whom those who are there could move on, until there are too few places; None if one of them has room."""
        group = own
        while not self._lacks(group):
            inside = np.zeros(len(self._eligible.places) + 1, dtype=bool)  # the last one stands for nobody
            inside[self._eligible.mentors_in(group)] = True
            wider = group | self._eligible.of_any(np.flatnonzero(inside[self._chosen]))
            if np.array_equal(wider, group):
                return None
            group = wider
        return group

    def _shrunk(self, group: Words, others: Longs) -> Words:
        """Without those of the others who can be left away."""
        before = -1
        while before != len(others) and self._to_look_at > 0:
            before = len(others)
            for column in others:
                smaller = group & ~self._eligible.group(column)
                if self._lacks(smaller):
                    group, others = smaller, others[others != column]
        return group

    def _lacks(self, group: Words) -> bool:
        self._to_look_at -= self._eligible.words.size
        return int(self._eligible.only_in(group).sum()) > self._places(group)

    def _places(self, group: Words) -> int:
        return int(self._eligible.places[self._eligible.mentors_in(group)].sum())
