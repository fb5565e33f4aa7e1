"""What would be if: other weights, one more place, a rule waived for somebody, a pair that was not formed. Answered by matching anew."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from services.matching.engine.candidate_pairs import Candidates
from services.matching.engine.pairs import Longs, Pairs
from services.matching.engine.preview import ByHand, Preview, matched_anew
from services.matching.engine.prices import gains_at, reach_of
from services.matching.engine.scoring import ScoredPair
from services.matching.engine.worth import Change

MOST_PLACES = 64
"""More places than this with one mentor are no help that anybody could give."""
MOST_MENTORS = 40
"""So many mentors of one protégé are tried, the best first."""


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """A single change by which somebody who is left out gets a partner: places more with a mentor, or a rule waived for these two."""

    mentor_id: str
    places: int = 0
    rule: str = ""


@dataclass(frozen=True, kw_only=True)
class WhyNot:
    """Why two whom no rule keeps apart are no pair.

    A place with the mentor has a `price`: what it adds to the match to those who have it. The protégé would add `offer` there, which is no
    more. `if_paired`: what the whole match would gain if these two were a pair all the same; fewer people, or fewer points.
    """

    price: Change
    offer: Change
    if_paired: Change
    held_by: list[str]

    def to_json(self) -> dict[str, Any]:
        """The answer in what JSON knows."""
        changes = {name: vars(getattr(self, name)) for name in ("price", "offer", "if_paired")}
        return {**changes, "held_by": self.held_by}


class WhatIf:
    """Answers about one match."""

    def __init__(self, candidates: Candidates) -> None:
        self._of = candidates
        self._rows, self._columns = (_places(names) for names in (self.pairs.proteges, self.pairs.mentors))

    @property
    def pairs(self) -> Pairs:
        """All that are looked at."""
        return self._of.pairs

    def answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Question and answer in what JSON knows: `ask` is `preview`, `remedies` or `why_not`; `unknown` says who or what is not there."""
        given = {name: value for name, value in question.items() if name != "ask"}
        try:
            match question["ask"]:
                case "preview":
                    return self.preview(given["weights"], ByHand.from_json(given["by_hand"])).to_json()
                case "remedies":
                    return {"remedies": [vars(remedy) for remedy in self.remedies(**given)]}
                case _:
                    return self.why_not(**given).to_json()
        except (KeyError, ValueError) as error:
            return {"unknown": str(error.args[0])}

    def preview(self, weights: Mapping[str, int], by_hand: ByHand | None = None) -> Preview:
        """By other weights. Raises ValueError for a criterion there is not, or if none counts."""
        return Preview.of(self._of, weights, by_hand or ByHand())

    # ------------------------------------------------------------ somebody who is left out

    def remedies(self, protege_id: str, fitting: Mapping[str, int], excluded: Mapping[str, Mapping[str, int]]) -> list[Remedy]:
        """What would help somebody: the fewest places more with one mentor; then by rule the mentor whom one without it would get.

        `fitting`: points of the mentors whom no rule excludes; `excluded`: by rule of those whom it alone does. Mentors without any place
        are not looked at: nobody knows who else would want the first. Raises KeyError for who is not in the match.
        """
        row, found = self._rows[protege_id], []
        pairs = self._with(row, fitting)
        wanted = np.flatnonzero(pairs.rows == row)
        if wanted.size:
            column = self._nearest(pairs, wanted)
            places = self._fewest_places(pairs, row, column)
            found += [Remedy(mentor_id=pairs.mentors[column], places=places)] if places else []
        for rule, mentors in excluded.items():
            waived = self._with(row, mentors)
            match = matched_anew(self._of, waived)
            columns = waived.columns[match][waived.rows[match] == row].tolist()
            found += [Remedy(mentor_id=waived.mentors[column], rule=rule) for column in columns if waived.mentors[column] in mentors]
        return found

    def _nearest(self, pairs: Pairs, wanted: Longs) -> int:
        """The mentor where one who has nobody comes nearest to having a further place: where others would add least more than this one.

        What one would add there directly, or by taking the place of somebody who moves on to it, is a longest path; prices are the longest
        of all who have nobody. Among equals the best pair.
        """
        weighed = self._of.worth.weigh(pairs)
        match = np.searchsorted(pairs.keys, self.pairs.keys[self._of.formed])
        missing = self._of.prices.mentors - reach_of(weighed, match, wanted)
        columns = pairs.columns[wanted]
        nearest: int = columns[np.lexsort((columns, -pairs.points[wanted], missing[columns]))[0]].item()
        return nearest

    def _fewest_places(self, pairs: Pairs, row: int, column: int) -> int:
        """How many places more with a mentor give this one a partner; 0 if as many as one could ask for do not.

        Another place never takes anybody's partner away, so what is enough stays enough.
        """

        def is_enough(places: int) -> bool:
            more = pairs.places.copy()
            more[column] += places
            wider = replace(pairs, places=np.minimum(more, len(pairs.proteges)))
            return bool((wider.rows[matched_anew(self._of, wider)] == row).any())

        low, high = 0, 1  # too few, and perhaps enough
        while not is_enough(high):
            low, high = high, 2 * high
            if high > MOST_PLACES:
                return 0
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if is_enough(middle) else (middle, high)
        return high

    # ------------------------------------------------------------ a pair that is none

    def why_not(self, protege_id: str, mentor_id: str, points: int) -> WhyNot:
        """Why two are no pair whom no rule keeps apart. Raises KeyError for who is not in the match or has no place."""
        row, column, worth = self._rows[protege_id], self._columns[mentor_id], self._of.worth
        pairs = self._with(row, {mentor_id: points})
        arc = np.flatnonzero((pairs.rows == row) & (pairs.columns == column))
        if not arc.size:
            raise KeyError(mentor_id)
        prices = self._of.prices
        own = gains_at(prices, worth.weigh(self.pairs))[row]
        offer = int(worth.of(pairs.counted[arc])[0] + prices.groups[pairs.balance.groups[row]] - own)
        now, holders = self.pairs.only(self._of.formed), self.pairs.columns[self._of.formed] == column
        return WhyNot(
            price=worth.change(int(prices.mentors[column])),
            offer=worth.change(offer),
            if_paired=self._if_paired(pairs, row, column, points),
            held_by=[pairs.proteges[other] for other in now.rows[holders]],
        )

    def _if_paired(self, pairs: Pairs, row: int, column: int, points: int) -> Change:
        places = pairs.places.copy()
        places[column] -= 1
        others = replace(pairs.only(pairs.rows != row), places=places)
        match, now = matched_anew(self._of, others), self._of.formed
        kept = others.balance.kept_up(np.append(others.rows[match], row)) - others.balance.kept_up(self.pairs.rows[now])
        return Change(
            people=len(match) + 1 - len(now),
            kept=kept,
            points=int(others.points[match].sum()) + points - int(self.pairs.points[now].sum()),
        )

    # ------------------------------------------------------------ matching anew

    def _with(self, row: int, mentors: Mapping[str, int]) -> Pairs:
        """The pairs with those of one protégé with some mentors besides, the best few, as far as these have places."""
        pairs, (of_protege, of_mentors) = self.pairs, self._of.bonuses
        best = sorted(((points, name) for name, points in mentors.items() if name in self._columns), reverse=True)[:MOST_MENTORS]
        points = {self._columns[name]: points for points, name in best if pairs.places[self._columns[name]] > 0}
        known = set(pairs.columns[pairs.rows == row].tolist())
        more = np.array(sorted(points.keys() - known), dtype=np.int64)
        beside = np.array([points[column] for column in more.tolist()], dtype=np.int64)
        rows = np.concatenate((pairs.rows, np.full(len(more), row)))
        columns = np.concatenate((pairs.columns, more))
        order = np.lexsort((columns, rows))
        return replace(
            pairs,
            rows=rows[order],
            columns=columns[order],
            points=np.concatenate((pairs.points, beside))[order],
            counted=np.concatenate((pairs.counted, beside + of_protege[row] + of_mentors[more]))[order],
        )


def sorted_out(scored: Iterable[ScoredPair]) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """Of one protégé's pairs with all mentors the points of those that may be; and by rule of those that it alone excludes."""
    fitting: dict[str, int] = {}
    excluded: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for pair in scored:
        match pair.broken_rules:
            case []:
                fitting[pair.mentor_id] = pair.points
            case [rule]:
                excluded[rule][pair.mentor_id] = pair.points
    return fitting, dict(excluded)


def _places(names: tuple[str, ...]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names)}
