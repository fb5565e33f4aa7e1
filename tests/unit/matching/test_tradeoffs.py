"""What else could have been: by other weights, with one place more, with fewer people, with a rule waived."""

import itertools
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine import Aims, Cohort, Mode, Scorer, Weights, candidates, match
from services.matching.engine.candidate_pairs import Candidates
from services.matching.engine.cohort import Pairing
from services.matching.engine.match import matched
from services.matching.engine.preview import ByHand
from services.matching.engine.problem import Problem
from services.matching.engine.solver import Search
from services.matching.engine.tradeoffs import curve
from services.matching.engine.what_if import Remedy, WhatIf, sorted_out
from tests.unit.matching.cohorts import a_cohort, cohorts
from tests.unit.matching.problems import every_match, problems

MODES = st.sampled_from(list(Mode))


def what_if(cohort: Cohort) -> WhatIf:
    return WhatIf(Candidates.from_bytes(Candidates.of(matched(cohort)).to_bytes()))


def formed(cohort: Cohort) -> dict[Pairing, int]:
    return {(pair.protege_id, pair.mentor_id): pair.points for pair in match(cohort).pairs}


# ---------------------------------------------------------------- other weights


@given(cohort=cohorts(), mode=MODES, needs=st.integers(0, 5), level=st.integers(0, 5), hours=st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_a_preview_is_what_a_run_with_these_weights_would_find(cohort: Cohort, mode: Mode, needs: int, level: int, hours: int) -> None:
    cohort = replace(cohort, aims=Aims(mode=mode))
    weights = {**dict.fromkeys(vars(Weights()), 0), "needs": needs, "level": level, "hours": hours}
    seen = what_if(cohort).preview(weights | {question.criterion: question.weight for question in cohort.questions})
    assert seen.match == formed(replace(cohort, weights=Weights(**weights)))
    assert seen.now.keys() == formed(cohort).keys()
    assert all(seen.now[pair] == points for pair, points in seen.match.items() if pair in seen.now)


def test_a_preview_with_the_weights_there_are_changes_nothing() -> None:
    cohort = replace(a_cohort(12, 5, places=2), fixed=(("p11", "m0"),))
    seen = what_if(cohort).preview(vars(cohort.weights))
    assert seen.match == seen.now == formed(cohort)
    assert seen.changes.changes == ()


@st.composite
def ordinary(draw: st.DrawFn) -> Cohort:
    """People of whom most can be matched, with floors for some and the load spread."""
    cohort = a_cohort(draw(st.integers(2, 7)), draw(st.integers(2, 4)), draw(st.integers(1, 2)))
    aims = Aims(mode=draw(MODES), floors={"women": draw(st.sampled_from([0, 50, 100]))}, spread=draw(st.sampled_from([0, 300])))
    people = tuple(replace(one, group="women" if number % 2 else "") for number, one in enumerate(cohort.proteges))
    return replace(cohort, proteges=people, aims=aims)


@given(cohort=ordinary(), data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_preview_keeps_what_is_locked_and_forbidden_as_a_run_would(cohort: Cohort, data: st.DataObject) -> None:
    found = sorted(formed(cohort))
    held = {pair: data.draw(st.sampled_from(["locked", "forbidden", "as it is"])) for pair in found}
    locked, forbidden = (frozenset(pair for pair in found if held[pair] == how) for how in ("locked", "forbidden"))
    weights = {**dict.fromkeys(vars(Weights()), 0), "level": 3, "needs": 1}
    seen = what_if(cohort).preview(weights, ByHand(locked=locked, forbidden=forbidden))
    anew = replace(cohort, fixed=tuple(sorted(locked)), forbidden=forbidden)
    assert seen.match == formed(anew.weighted_by(weights))
    assert seen.now.keys() == set(found)


def test_a_preview_is_held_against_the_draft_as_hands_have_changed_it() -> None:
    cohort = a_cohort(4, 3, places=1)
    (first, one), (second, _), _ = formed(cohort)
    stranger = next(iter({person.person_id for person in cohort.proteges} - {pair[0] for pair in formed(cohort)}))
    weights = vars(cohort.weights)
    by_hand = ByHand(formed={(stranger, one): 1}, apart=frozenset({first, second}))
    seen = what_if(cohort).preview(weights, by_hand)
    assert len(seen.now) == 2
    assert (
        seen.now[stranger, one] == {(pair.protege_id, pair.mentor_id): pair.points for pair in candidates(cohort, stranger)}[stranger, one]
    )
    assert seen.match == formed(cohort)
    kept = what_if(cohort).preview(weights, replace(by_hand, locked=frozenset({(stranger, one)})))
    assert kept.match[stranger, one] == kept.now[stranger, one]
    assert len(kept.match) == 3
    assert sum(mentor_id == one for _, mentor_id in kept.match) == 1


def test_of_somebody_who_came_later_the_points_are_those_there_were() -> None:
    cohort = a_cohort(2, 2)
    seen = what_if(cohort).preview(vars(cohort.weights), ByHand(formed={("late", "m0"): 77}, locked=frozenset({("late", "m0")})))
    assert (seen.now["late", "m0"], seen.match["late", "m0"]) == (77, 77)
    assert sum(mentor_id == "m0" for _, mentor_id in seen.match) == 1, "the place is taken"


@pytest.mark.parametrize("weights", [{"needs": 0}, {"needs": -1, "goals": 3}, {"shoe size": 3}])
def test_weights_that_cannot_be_are_refused(weights: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="criterion"):
        what_if(a_cohort(2, 2)).preview(weights)


# ---------------------------------------------------------------- somebody who is left out


@given(cohort=cohorts(6), mode=st.sampled_from([Mode.MOST_PEOPLE, Mode.MOST_POINTS]))
@settings(max_examples=80, deadline=None)
def test_what_would_help_does_and_less_does_not(cohort: Cohort, mode: Mode) -> None:
    cohort = replace(cohort, aims=Aims(mode=mode))
    asked = what_if(cohort)
    for one in match(cohort).left_out:
        fitting, excluded = sorted_out(candidates(cohort, one.person_id))
        with_places = {mentor.person_id for mentor in cohort.mentors if mentor.places} & fitting.keys()
        remedies = asked.remedies(one.person_id, fitting, excluded)
        places = [remedy for remedy in remedies if remedy.places]
        assert bool(places) == bool(with_places - {mentor_id for _, mentor_id in cohort.fixed} or places)
        for remedy in places:
            assert is_paired(widened(cohort, remedy), one.person_id)
            assert not is_paired(widened(cohort, replace(remedy, places=remedy.places - 1)), one.person_id)
        for remedy in remedies:
            if remedy.rule in {"forbidden", "already_partnered"}:
                assert (one.person_id, remedy.mentor_id) in formed(waived(cohort, one.person_id, remedy.rule))


def is_paired(cohort: Cohort, protege_id: str) -> bool:
    return any(one == protege_id for one, _ in formed(cohort))


def widened(cohort: Cohort, remedy: Remedy) -> Cohort:
    more = tuple(replace(one, places=one.places + remedy.places * (one.person_id == remedy.mentor_id)) for one in cohort.mentors)
    return replace(cohort, mentors=more)


def waived(cohort: Cohort, protege_id: str, rule: str) -> Cohort:
    def others(pairs: frozenset[Pairing]) -> frozenset[Pairing]:
        return frozenset(pair for pair in pairs if pair[0] != protege_id)

    if rule == "forbidden":
        return replace(cohort, forbidden=others(cohort.forbidden))
    return replace(cohort, partnered=others(cohort.partnered))


def test_somebody_whom_a_rule_alone_keeps_from_a_free_mentor_is_helped_by_waiving_it() -> None:
    cohort = replace(a_cohort(2, 2), forbidden=frozenset({("p0", "m0"), ("p0", "m1")}))
    assert what_if(cohort).remedies("p0", *sorted_out(candidates(cohort, "p0"))) == [
        Remedy(mentor_id=mentor_id, rule="forbidden") for _, mentor_id in formed(replace(cohort, forbidden=frozenset())) if _ == "p0"
    ]


def test_somebody_far_back_needs_several_places() -> None:
    cohort = a_cohort(9, 1, places=1)
    left_out = {one.person_id for one in match(cohort).left_out}
    asked = what_if(cohort)
    needed = sorted(asked.remedies(one, *sorted_out(candidates(cohort, one)))[0].places for one in left_out)
    assert needed == list(range(1, 9))


# ---------------------------------------------------------------- a pair that is none


@given(cohort=cohorts(), mode=MODES)
@settings(max_examples=60, deadline=None)
def test_what_a_pair_that_is_none_would_cost_is_what_forcing_it_costs(cohort: Cohort, mode: Mode) -> None:
    cohort = replace(cohort, aims=Aims(mode=mode), fixed=(), running=())
    asked, now = what_if(cohort), formed(cohort)
    scorer = Scorer(cohort)
    for row, column in itertools.product(range(len(scorer.proteges)), range(len(scorer.mentors))):
        pair, points = (scorer.proteges[row], scorer.mentors[column]), int(scorer.points(row, row + 1)[0, column])
        if points < 0 or pair in now or not scorer.places[column]:
            continue
        answer = asked.why_not(*pair, points)
        forced = formed(replace(cohort, fixed=(pair,)))
        assert (answer.if_paired.people, answer.if_paired.points) == (len(forced) - len(now), sum(forced.values()) - sum(now.values()))
        assert answer.held_by == sorted(one for one, other in now if other == pair[1])
        if mode is Mode.MOST_PEOPLE:
            price, offer = answer.price, answer.offer
            assert (price.people, price.points) >= (offer.people, offer.points), "or it would be a pair"


def test_whoever_is_not_in_the_match_is_not_found() -> None:
    asked = what_if(a_cohort(2, 2))
    for pair in (("p9", "m0"), ("p0", "m9")):
        with pytest.raises(KeyError):
            asked.why_not(*pair, 5_000)
    with pytest.raises(KeyError):
        asked.remedies("p9", {}, {})


# ---------------------------------------------------------------- quality against coverage


@given(problem=problems())
@settings(max_examples=150, deadline=None)
def test_the_curve_goes_through_the_most_points_that_so_many_people_can_have(problem: Problem) -> None:
    corners = curve(problem, Search(problem).known)
    best: defaultdict[int, int] = defaultdict(int)
    for chosen in every_match(problem):
        pairs = problem.formed(chosen)
        best[len(pairs.rows)] = max(best[len(pairs.rows)], int(pairs.points.sum()))
    assert [(one.points, one.at_most) for one in corners] == [(best[one.people], best[one.people]) for one in corners]
    people, points = [0, *(one.people for one in corners)], [0, *(one.points for one in corners)]
    assert people[-1] == max(best)
    for count, most in best.items():
        assert most == round(np.interp(count, people, points)), "straight between the corners"


def test_the_more_people_there_are_the_less_one_more_adds() -> None:
    found = matched(a_cohort(40, 10, places=4))
    corners = curve(found.asked.problem, found.known)
    assert (corners[-1].people, corners[-1].points) == (len(found.match.pairs), found.match.total_points)
    ends = [(0, 0), *((one.people, one.points) for one in corners)]
    gains = [(more - fewer) / (many - few) for (few, fewer), (many, more) in itertools.pairwise(ends)]
    assert len(corners) > 2
    assert gains == sorted(gains, reverse=True)
