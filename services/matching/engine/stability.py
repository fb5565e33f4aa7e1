"""Checks by the definition whether a match is stable, looking at every pair there is: knows nothing of how it was found."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.blocks import spans
from services.matching.engine.tastes import Tastes


@dataclass(frozen=True, kw_only=True)
class Stability:
    """What a look at all pairs has found.

    `blocking`: pairs of whom both would rather have each other. `indifferent`: further pairs that are not formed though neither of the two
    would mind. `reachable`: as many people as a match of any kind can have at the very most.
    """

    matched: int
    blocking: int
    indifferent: int
    reachable: int
    pairs_checked: int

    @property
    def most_people(self) -> int:
        """No stable match has more people than this.

        A match with no indifferent pair is stable however equals are told apart. So whatever stable match there is, a way to tell equals
        apart makes both stable, and then both have the same people (Roth 1986; Irving, Manlove and Scott 2000).
        """
        return self.reachable if self.blocking or self.indifferent else self.matched


def look_at_all(tastes: Tastes, chosen: NDArray[np.intp]) -> Stability:
    """Judge a match: for each protégé the mentor's column, or -1. Raises ValueError where it cannot be formed at all."""
    people = tastes.by_protege
    rows, columns = len(people.proteges), len(people.mentors)
    paired = np.flatnonzero(chosen >= 0)
    taken = np.bincount(chosen[paired], minlength=columns)
    if len(chosen) != rows or len(taken) > columns or (taken > people.places).any():
        raise ValueError("A mentor has more partners than places.")
    own, worst = np.full(rows, -1, dtype=np.int64), np.full(columns, np.iinfo(np.int64).max)
    for start, stop in spans(rows):
        liking, liked = tastes.points(start, stop)
        here = paired[(paired >= start) & (paired < stop)]
        own[here] = liking[here - start, chosen[here]]
        if (own[here] < 0).any() or (liked[here - start, chosen[here]] < 0).any():
            raise ValueError("A pair must not be formed.")
        np.minimum.at(worst, chosen[here], liked[here - start, chosen[here]])
    # Anybody is better than nobody; and without a place, nobody is good enough.
    worst = np.where(people.places == 0, np.iinfo(np.int64).max, np.where(taken < people.places, -1, worst))
    blocking = indifferent = checked = with_somebody = 0
    fitting = np.zeros(columns, dtype=np.int64)
    for start, stop in spans(rows):
        liking, liked = tastes.points(start, stop)
        allowed = (liking >= 0) & (liked >= 0) & (people.places > 0)
        mine = own[start:stop, None]
        blocking += int((allowed & (liking > mine) & (liked > worst)).sum())
        content = allowed & (liking >= mine) & (liked >= worst)
        here = paired[(paired >= start) & (paired < stop)]
        content[here - start, chosen[here]] = False
        indifferent += int(content.sum())
        checked += int(allowed.sum())
        with_somebody += int(allowed.any(axis=1).sum())
        fitting += allowed.sum(axis=0)
    return Stability(
        matched=len(paired),
        blocking=blocking,
        indifferent=indifferent - blocking,
        reachable=min(with_somebody, int(np.minimum(fitting, people.places).sum())),
        pairs_checked=checked,
    )
