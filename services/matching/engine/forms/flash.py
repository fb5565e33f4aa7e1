"""Flash: many short meetings of each person, in rounds in which nobody meets two; as many meetings as can be, then the most points.

Who meets whom is a flow, proven for all pairs by prices; into which rounds the meetings go is another question, which never costs any:
nobody has more meetings than there are rounds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from services.matching.engine.blocks import MUST_NOT_BE, Blocks, Points, spans
from services.matching.engine.cohort import Pairing
from services.matching.engine.flow import ROOM, cheapest_most_meetings
from services.matching.engine.forms.formed import Formed, idle, paired, points_at
from services.matching.engine.forms.meeting_proof import Proof
from services.matching.engine.forms.rounds import in_rounds
from services.matching.engine.pairs import Longs
from services.matching.engine.prices import NotTheBest, raised
from services.matching.engine.problem import Problem
from services.matching.engine.shortlist import Shortlist, best_of_rows
from services.matching.engine.ties import Lots

MISSED_BY_ONE = 5
"""Of the meetings a protégé would rather have, as many join the known ones at once."""
WORDS = 2**50
"""Up to here the prices of all meetings of everybody can be added in machine words."""


def form_flash(
    blocks: Blocks, *, meetings: int, rounds: int, had: Sequence[int] = (), fixed: Sequence[Pairing] = (), seed: int = 0
) -> Formed:
    """The best meetings in so many rounds: of each protégé up to `meetings`, of each mentor as many as there are places.

    `had`: how many of these meetings each protégé has had already, none if nothing is said.

    Fixed pairs meet where they may, the first by id where they are in each other's way. `left_out` are those who meet nobody.
    """
    _must_be_some(meetings, rounds)
    open_ = meetings - np.array(had or [0] * len(blocks.proteges), dtype=np.int64)
    wanted = np.clip(open_, 0, rounds)
    places = np.minimum(np.minimum(blocks.places, rounds), len(wanted))
    at = _places_of(blocks, fixed)
    kept = []
    for (row, column), points in zip(at.tolist(), points_at(blocks, at[:, 0], at[:, 1]).tolist(), strict=True):
        if points >= 0 and wanted[row] and places[column]:
            kept.append((row, column))
            wanted[row] -= 1
            places[column] -= 1
    settled = np.array(kept, dtype=np.int64).reshape(-1, 2)
    found = _Meetings(_Some(blocks, settled, only=False), wanted, places, seed).best()
    formed = _formed(blocks, found, settled, rounds)
    released = sorted(set(fixed) - {(pair.protege_id, pair.mentor_id) for pair in formed.pairs})
    return replace(formed, released=released, least_released=len(released))


def form_rounds(blocks: Blocks, pairs: Iterable[Pairing], *, rounds: int, seed: int = 0) -> Formed:
    """As many of these pairs as can meet in so many rounds, with the most points; those that cannot are `released`."""
    _must_be_some(rounds)
    given = set(pairs)
    proteges, mentors = (np.full(len(names), rounds, dtype=np.int64) for names in (blocks.proteges, blocks.mentors))
    found = _Meetings(_Some(blocks, _places_of(blocks, given), only=True), proteges, mentors, seed).best()
    formed = _formed(blocks, found, np.zeros((0, 2), dtype=np.int64), rounds)
    released = sorted(given - {(pair.protege_id, pair.mentor_id) for pair in formed.pairs})
    return replace(formed, released=released, least_released=len(given) - found.most)


def _must_be_some(*numbers: int) -> None:
    if min(numbers) < 1:
        raise ValueError("There is at least one round, and one meeting.")


def _places_of(blocks: Blocks, pairs: Iterable[Pairing]) -> Longs:
    """Row and column of each pair of whom both are there, in order."""
    rows, columns = ({name: place for place, name in enumerate(names)} for names in (blocks.proteges, blocks.mentors))
    at = sorted((rows[one], columns[other]) for one, other in set(pairs) if one in rows and other in columns)
    return np.array(at, dtype=np.int64).reshape(-1, 2)


class _Some:
    """Blocks in which only these pairs may be, or all but these."""

    def __init__(self, blocks: Blocks, at: Longs, *, only: bool) -> None:
        self.proteges, self.mentors, self.places = blocks.proteges, blocks.mentors, blocks.places
        self._blocks, self._at, self._only = blocks, at, only

    def points(self, start: int, stop: int) -> Points:
        """The points of those that may be."""
        block = self._blocks.points(start, stop)
        these = np.zeros(block.shape, dtype=bool)
        here = self._at[(self._at[:, 0] >= start) & (self._at[:, 0] < stop)]
        these[here[:, 0] - start, here[:, 1]] = True
        return np.where(these == self._only, block, np.int32(MUST_NOT_BE))


@dataclass(frozen=True, kw_only=True)
class _Best:
    """Row and column of the meetings found; and what none exceed, in number and in points of as many."""

    rows: Longs
    columns: Longs
    most: int
    most_points: int
    pairs_checked: int


class _Meetings:
    """Looks for meetings among the pairs that have turned out to matter so far: each a number, row times mentors plus column, in order."""

    def __init__(self, blocks: Blocks, wanted: Longs, places: Longs, seed: int) -> None:
        self._blocks, self._wanted, self._places = blocks, wanted, places
        self._lots = Lots(blocks.proteges, blocks.mentors, seed)
        self._mentors = max(len(places), 1)
        problem = replace(Problem.plain(blocks), places=places)
        shortlist, highest, self._pairs = Shortlist(problem, self._lots), 0, 0
        for strip in problem.strips():
            shortlist.look_at(strip)
            highest = max(highest, int(strip.points.max(initial=0)))
            self._pairs += int(np.count_nonzero(strip.counted >= 0))
        self._known = shortlist.keys()
        most = min(int(wanted.sum()), int(places.sum()))
        self._meeting = most * highest + 1  # one more counts more than all points
        nodes = len(wanted) + len(places) + 2
        self._bits = max(0, min(WORDS // (self._meeting + highest), ROOM // nodes // (highest + 1)).bit_length() - 1)
        self._tie_bits = max(0, self._bits - most.bit_length())  # all ties together count less than a point

    def best(self) -> _Best:
        """The best meetings of all pairs, proven."""
        while True:
            rows, columns = np.divmod(self._known, self._mentors)
            worth = self._worth(rows, columns, points_at(self._blocks, rows, columns))
            highest = int(worth.max(initial=0))
            match = cheapest_most_meetings(rows, columns, highest - worth, wanted=self._wanted, places=self._places)
            formed = self._known[match]
            proof = self._proof(rows, columns, worth, match)
            missed = self._missed(proof)
            if not len(missed):
                break
            self._known = np.union1d(self._known, missed)
        rows, columns = np.divmod(formed, self._mentors)
        bound = proof.bound(self._blocks, self._wanted, self._places) >> self._bits
        most, points = divmod(bound, self._meeting)
        if most != len(formed) or points != points_at(self._blocks, rows, columns).sum():
            raise NotTheBest
        return _Best(rows=rows, columns=columns, most=most, most_points=points, pairs_checked=self._pairs)

    def _worth(self, rows: Longs, columns: Longs, points: Longs) -> Longs:
        """First a meeting, then points, then what names decide between equals."""
        worth = (points.astype(np.int64) + self._meeting) << self._bits
        return worth + self._lots.of(rows, columns, self._tie_bits) if self._tie_bits else worth

    def _proof(self, rows: Longs, columns: Longs, worth: Longs, match: Longs) -> Proof:
        """Prices at which everybody has what they like best: of protégés the lowest, of mentors the highest.

        Somebody who could have more meetings has no price. A meeting counts at least its two prices, and another pair at most.
        """
        people, ceiling = len(self._wanted), int(worth.max(initial=0)) + 1
        met = np.zeros(len(rows), dtype=bool)
        met[match] = True
        spare = [
            self._wanted - np.bincount(rows[met], minlength=people),
            self._places - np.bincount(columns[met], minlength=len(self._places)),
        ]
        source = np.where(met, rows, people + columns)
        target = np.where(met, people + columns, rows)
        start = np.concatenate((np.zeros(people, dtype=np.int64), np.where(spare[1] > 0, 0, -ceiling)))
        found = raised(start, source, target, np.where(met, -worth, worth))
        proteges, mentors = found[:people], -found[people:]
        if (proteges[spare[0] > 0] > 0).any() or (mentors < 0).any():
            raise NotTheBest
        return Proof(proteges=proteges, mentors=mentors, point=1 << self._bits, pair=self._meeting << self._bits)

    def _missed(self, proof: Proof) -> Longs:
        """The pairs beyond the known ones that would count more than their prices, the first few of each protégé."""
        found = [np.zeros(0, dtype=np.int64)]
        every = np.arange(len(self._places))
        for start, stop in spans(len(self._wanted)):
            points = self._blocks.points(start, stop)
            beyond = self._worth(np.arange(start, stop)[:, None], every, points) - proof.proteges[start:stop, None] - proof.mentors
            beyond[points < 0] = 0
            known = self._known[slice(*np.searchsorted(self._known, [start * self._mentors, stop * self._mentors]))]
            beyond[np.divmod(known - start * self._mentors, self._mentors)] = 0
            found.append(start * self._mentors + best_of_rows(beyond - 1, MISSED_BY_ONE))
        return np.unique(np.concatenate(found))


def _formed(blocks: Blocks, found: _Best, settled: Longs, rounds: int) -> Formed:
    """All meetings in their rounds."""
    rows, columns = np.concatenate((settled[:, 0], found.rows)), np.concatenate((settled[:, 1], found.columns))
    order = np.lexsort((columns, rows))
    rows, columns = rows[order], columns[order]
    plan = in_rounds(list(zip(rows.tolist(), columns.tolist(), strict=True)), rounds)
    pairs = [replace(pair, round=number + 1) for pair, number in zip(paired(blocks, rows, columns), plan, strict=True)]
    meeting = {pair.protege_id for pair in pairs}
    return Formed(
        pairs=pairs,
        left_out=[name for name in blocks.proteges if name not in meeting],
        idle_mentor_ids=idle(blocks, pairs),
        matched_upper_bound=found.most + len(settled),
        upper_bound=found.most_points + int(points_at(blocks, settled[:, 0], settled[:, 1]).sum()),
        pairs_checked=found.pairs_checked,
    )
