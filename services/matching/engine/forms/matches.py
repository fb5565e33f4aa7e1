"""Cohorts matched in other forms than one to one, and told of in the shape that every run has.

What counts beside points (waiting, choices, what keeps partners together) counts here too; floors, spreading the load and other modes than
the most people are for one to one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from services.matching.engine.asked import Asked, asked_of
from services.matching.engine.blocks import MUST_NOT_BE, Blocks, Held
from services.matching.engine.cohort import Cohort, Pairing
from services.matching.engine.forms.circles import Sizes, form_circles
from services.matching.engine.forms.flash import form_flash
from services.matching.engine.forms.formed import Formed
from services.matching.engine.forms.peers import both_ways, form_peers
from services.matching.engine.left_out import NO_ELIGIBLE_MENTOR, TOO_FEW_PLACES, LeftOut
from services.matching.engine.match import Match, Progress, score_pairs, tell
from services.matching.engine.modes import Mode
from services.matching.engine.pairs import Longs
from services.matching.engine.problem import Counted
from services.matching.engine.scoring import ScoredPair, Scorer
from services.matching.engine.terms import apportioned

CIRCLE_TOO_SMALL = "circle_too_small"
ODD_ONE_OUT = "odd_one_out"


def match_circles(cohort: Cohort, smallest: int, largest: int, progress: Progress) -> Match:
    """One mentor with several protégés. A mentor's `partners` are in the circle already."""
    ready = _ready(cohort, progress)
    members = {one.person_id: one.partners for one in ready.scorer.cohort.mentors if one.partners}
    sizes = Sizes(smallest=smallest, largest=largest, members=members)
    formed = form_circles(ready.blocks, sizes, ready.fixed, cohort.aims.seed)
    progress(90, "explanations")
    _, room = sizes.limits(ready.blocks)
    in_circles = replace(ready.asked, problem=replace(ready.asked.problem, places=room), released=formed.released)
    return _proven(tell(ready.scorer, in_circles, ready.decided(formed), CIRCLE_TOO_SMALL), formed)


def match_rounds(cohort: Cohort, meetings: int, rounds: int, progress: Progress) -> Match:
    """Short meetings in rounds: of each protégé so many with those before (`partners`), of each mentor as many as there are places."""
    ready = _ready(cohort, progress)
    had = [one.partners for one in ready.scorer.cohort.proteges]
    formed = form_flash(ready.blocks, meetings=meetings, rounds=rounds, had=had, fixed=ready.fixed, seed=cohort.aims.seed)
    progress(90, "explanations")
    told = tell(ready.scorer, replace(ready.asked, released=formed.released), ready.decided(formed), TOO_FEW_PLACES)
    pairs = [
        replace(scored, round=pair.round)
        for pair, scored in zip(formed.pairs, ready.scored((pair.protege_id, pair.mentor_id) for pair in formed.pairs), strict=True)
    ]
    total = sum(pair.points for pair in pairs)
    return _proven(replace(told, pairs=pairs, total_points=total, idle_mentor_ids=formed.idle_mentor_ids), formed)


def match_peers(cohort: Cohort, progress: Progress) -> Match:
    """Everybody with one other; protégés and mentors are the same people. A pair has the mean of what each is to the other.

    Raises ValueError where they are not the same people.
    """
    ready = _ready(cohort, progress)
    scorer, formed = ready.scorer, form_peers(ready.blocks, ready.fixed, cohort.aims.seed)
    progress(90, "explanations")
    both = [(pair.protege_id, pair.mentor_id) for pair in formed.pairs]
    pairs = list(map(_of_both, ready.scored(both), ready.scored((other, one) for one, other in both)))
    points = both_ways(ready.asked.problem.blocks)
    best = points.max(axis=1, initial=MUST_NOT_BE).tolist()
    total = sum(pair.points for pair in pairs)
    told = Match(
        pairs=pairs,
        left_out=[_alone(scorer, ready.rows[name], int(np.count_nonzero(points[ready.rows[name]] >= 0)), best) for name in formed.left_out],
        best_points={name: most for name, most in zip(scorer.proteges, best, strict=True) if most >= 0},
        idle_mentor_ids=[],
        released=formed.released,
        total_points=total,
        value=total,
        matched_upper_bound=len(pairs),
        upper_bound=None,
        optimal=False,
        floors=[],
        fewest_missing=0,
        place_values=[],
        proteges=len(scorer.proteges),
        places=len(scorer.proteges),
        rounds=0,
        pairs_checked=0,
        weights=scorer.weights,
    )
    return _proven(told, formed)


@dataclass(frozen=True, kw_only=True)
class _Ready:
    """A cohort and what it asks, with nobody settled beforehand: a form keeps the fixed pairs in its own way."""

    scorer: Scorer
    asked: Asked
    blocks: Blocks
    fixed: list[Pairing]

    @cached_property
    def rows(self) -> dict[str, int]:
        """Where each protégé is."""
        return {name: row for row, name in enumerate(self.scorer.proteges)}

    @cached_property
    def columns(self) -> dict[str, int]:
        """Where each mentor is."""
        return {name: column for column, name in enumerate(self.scorer.mentors)}

    def decided(self, formed: Formed) -> Longs:
        """A mentor's column for each protégé, -1 for none; the first where there are several."""
        chosen = np.full(len(self.rows), -1, dtype=np.int64)
        for pair in reversed(formed.pairs):
            chosen[self.rows[pair.protege_id]] = self.columns[pair.mentor_id]
        return chosen

    def scored(self, pairs: Iterable[Pairing]) -> list[ScoredPair]:
        """Everything about these pairs."""
        return [self.scorer.pair(self.rows[one], self.columns[other]) for one, other in pairs]


def _ready(cohort: Cohort, progress: Progress) -> _Ready:
    aims = cohort.aims
    if aims.floors or aims.spread or aims.mode is not Mode.MOST_PEOPLE:
        raise ValueError("Floors, spreading the load and other modes than the most people are for one to one.")
    progress(5, "rules")
    kept = cohort.running if aims.stickiness is None else ()
    free = replace(cohort, fixed=(), running=() if kept else cohort.running, partnered=cohort.partnered - set(cohort.running))
    scorer = Scorer(free)
    asked = asked_of(scorer)
    asked = replace(asked, problem=replace(asked.problem, places=scorer.places))  # not cut off: a circle must be larger than some cohorts
    progress(30, "solving")
    return _Ready(scorer=scorer, asked=asked, blocks=Held(Counted(problem=asked.problem)), fixed=[*cohort.fixed, *kept])


def _proven(told: Match, formed: Formed) -> Match:
    return replace(
        told,
        value=formed.total_points,
        matched_upper_bound=formed.matched_upper_bound,
        upper_bound=formed.upper_bound,
        optimal=formed.optimal,
        pairs_checked=formed.pairs_checked,
    )


def score_peers(cohort: Cohort, pairings: Iterable[Pairing]) -> list[ScoredPair]:
    """The points of some pairs of peers and the hard rules they break in either direction; without who is not in the cohort."""
    wanted = list(pairings)
    return list(map(_of_both, score_pairs(cohort, wanted), score_pairs(cohort, [(other, one) for one, other in wanted])))


def _of_both(there: ScoredPair, back: ScoredPair) -> ScoredPair:
    """A pair of peers out of both directions; the shares still add up to the points."""
    points = (there.points + back.points) // 2
    both = {name: there.shares.get(name, 0) + back.shares.get(name, 0) for name in {**there.shares, **back.shares}}
    reasons = {
        name: list(dict.fromkeys(there.reasons.get(name, []) + back.reasons.get(name, []))) for name in {**there.reasons, **back.reasons}
    }
    unanswered = sorted({*there.unanswered, *back.unanswered})
    broken = list(dict.fromkeys(there.broken_rules + back.broken_rules))
    shares = apportioned(points, both)
    return replace(there, points=points, shares=shares, reasons=reasons, unanswered=unanswered, broken_rules=broken)


def _alone(scorer: Scorer, row: int, eligible: int, best: list[int]) -> LeftOut:
    return LeftOut(
        person_id=scorer.proteges[row],
        reason=ODD_ONE_OUT if eligible else NO_ELIGIBLE_MENTOR,
        rules={rule: int(mask.sum()) for rule, mask in scorer.broken(row).items() if mask.any()},
        eligible=eligible,
        best_points=best[row] if eligible else None,
    )
