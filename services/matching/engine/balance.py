"""How a match is to be balanced: groups of protégés that must not fall behind, mentors who should not get everybody."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Balance:
    """Floors come right after the number of people; the load of mentors is weighed against points."""

    groups: Counts
    """The group of each protégé. Everybody is in one, so that groups never pull against each other."""
    floors: Counts
    """Of each group: as many of it as this are to be paired, or as nearly as many as can be."""
    spread: int = 0
    """By how many points each further protégé of one mentor counts less than the one before."""
    taken: Counts
    """How many protégés each mentor has besides: their next one counts as one after these."""

    @classmethod
    def even(cls, protege_count: int, mentor_count: int) -> "Balance":
        """Nobody is favoured and nothing is spread."""
        return cls(
            groups=np.zeros(protege_count, dtype=np.int64),
            floors=np.zeros(1, dtype=np.int64),
            taken=np.zeros(mentor_count, dtype=np.int64),
        )

    @property
    def has_floors(self) -> bool:
        """Whether any group is to be favoured."""
        return bool(self.floors.any())

    def covered(self, rows: Counts) -> Counts:
        """How many of each group are among these protégés."""
        return np.bincount(self.groups[rows], minlength=len(self.floors))

    def kept_up(self, rows: Counts) -> int:
        """How many of those whom the floors ask for are among these protégés."""
        return int(np.minimum(self.covered(rows), self.floors).sum())

    def heaviest(self, places: Counts) -> int:
        """No place costs more than this."""
        return self.spread * int((self.taken + places).max(initial=0))

    def burden(self, columns: Counts) -> int:
        """By how much these places, a mentor each time one of theirs is taken, count less than if every one were a first."""
        load = np.bincount(columns, minlength=len(self.taken))
        return int((load * self.taken + load * (load - 1) // 2).sum()) * self.spread
