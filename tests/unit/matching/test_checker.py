"""Whatever evidence the checker is given, it calls nothing the best that is not."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine.check import judge
from services.matching.engine.evidence import Evidence, Proof
from services.matching.engine.modes import Mode, find
from services.matching.engine.problem import Problem
from services.matching.engine.solver import Search
from tests.unit.matching.problems import a_problem, every_match, problems, reached


@st.composite
def forged(draw: st.DrawFn, proof: Proof) -> Proof:
    """The proof with some of its numbers changed, a little or beyond all sense."""
    number = st.one_of(st.integers(-3, 3), st.integers(-100, 10_000))
    changes: dict[str, st.SearchStrategy[Any]] = {
        "prices": st.lists(number, min_size=len(proof.prices), max_size=len(proof.prices)).map(lambda more: proof.prices + np.array(more)),
        "bonuses": number.map(lambda more: proof.bonuses + more),
        "scale": st.one_of(number, st.just(2 * proof.scale)),
        "pair": st.one_of(number, st.sampled_from([proof.pair - 1, proof.pair + 1, proof.pair // 2])),
        "reward": st.one_of(number, st.just(proof.reward // 2)),
        "least": st.one_of(st.none(), number),
    }
    some = draw(st.sets(st.sampled_from(sorted(changes)), max_size=3))
    return replace(proof, **{name: draw(changes[name]) for name in sorted(some)})


@pytest.mark.parametrize("mode", Mode)
@given(problem=problems(3, 3), data=st.data())
@settings(max_examples=200, deadline=None)
def test_no_forged_evidence_makes_a_match_the_best_that_is_not(mode: Mode, problem: Problem, data: st.DataObject) -> None:
    _, honest = find(Search(problem), mode)
    proofs = {"total": honest.total, "people": honest.people or honest.total, "worst": honest.worst or honest.total}
    drawn = {name: data.draw(forged(proof)) for name, proof in proofs.items()}
    left_out = data.draw(st.sets(st.sampled_from(["people", "worst"])))
    evidence = Evidence(
        mode=mode, total=drawn["total"], **{name: None if name in left_out else drawn[name] for name in ("people", "worst")}
    )
    best = max(reached(problem, match, mode) for match in every_match(problem))
    for match in every_match(problem):
        try:
            verdict = judge(problem, match, evidence)
        except ValueError:
            continue
        assert not verdict.optimal or reached(problem, match, mode) == best


def test_a_proof_about_some_pairs_says_nothing_of_the_others() -> None:
    problem = a_problem([[0]], [1])
    _, evidence = find(Search(problem), Mode.MOST_PEOPLE)
    for only_some in (
        replace(evidence, total=replace(evidence.total, least=1)),
        replace(evidence, people=replace(evidence.total, least=1)),
    ):
        with pytest.raises(ValueError, match="not about the points of all pairs"):
            judge(problem, np.array([-1]), only_some)


def test_a_worst_pair_is_not_the_best_there_can_be_without_a_proof_of_it() -> None:
    problem = a_problem([[10, 4], [5, 1]], [1, 1])
    _, most_points = find(Search(problem), Mode.MOST_PEOPLE)
    assert judge(problem, np.array([0, 1]), most_points).optimal
    assert not judge(problem, np.array([0, 1]), replace(most_points, mode=Mode.WORST_FIRST)).optimal
