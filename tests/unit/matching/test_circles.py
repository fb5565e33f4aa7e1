"""Circles are as large as they must be, and no others have more people, or as many with more points."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.matching.engine import Formed, Pairing, Sizes, form_circles
from services.matching.engine.blocks import DenseBlocks
from services.matching.engine.forms import circle_search
from services.matching.engine.forms.circle_proof import FINE, Circles, Proof, best_circles
from tests.unit.matching.small_blocks import a_cohort_of_points, blocks_of, every_choice, small_blocks


@st.composite
def cases(draw: st.DrawFn) -> tuple[DenseBlocks, Sizes, list[Pairing]]:
    """Any few people, sizes and pairs to be kept."""
    blocks = draw(small_blocks(7, 3, most_places=6))
    smallest = draw(st.integers(1, 4))
    mentors = [f"m{number}" for number in range(4)]
    sizes = Sizes(
        smallest=smallest,
        largest=draw(st.integers(smallest, 6)),
        members=draw(st.dictionaries(st.sampled_from(mentors), st.integers(0, 3), max_size=1)),
    )
    pairs = st.tuples(st.sampled_from([f"p{number}" for number in range(7)]), st.sampled_from(mentors))
    return blocks, sizes, draw(st.lists(pairs, max_size=draw(st.sampled_from([0, 3]))))


def limits(blocks: DenseBlocks, sizes: Sizes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many each circle must have and can have, if it is opened."""
    members = np.array([sizes.members.get(name, 0) for name in blocks.mentors], dtype=np.int64)
    return np.maximum(sizes.smallest - members, 1), np.minimum(blocks.places, sizes.largest - members)


def every_seating(blocks: DenseBlocks, sizes: Sizes) -> Iterator[NDArray[np.intp]]:
    smallest, largest = limits(blocks, sizes)
    for chosen in every_choice(blocks):
        together = np.bincount(chosen[chosen >= 0], minlength=len(largest))
        if not ((together > 0) & ((together < smallest) | (together > largest))).any():
            yield chosen


def reached(blocks: DenseBlocks, chosen: NDArray[np.intp], fixed: set[Pairing]) -> tuple[int, int, int]:
    """How many fixed pairs are kept, how many people are in a circle, and their points."""
    rows = np.flatnonzero(chosen >= 0)
    kept = sum((blocks.proteges[row], blocks.mentors[chosen[row]]) in fixed for row in rows)
    return kept, len(rows), int(blocks.matrix[rows, chosen[rows]].sum())


def must_be_the_best(found: Formed, blocks: DenseBlocks, sizes: Sizes, fixed: list[Pairing]) -> None:
    best = max(reached(blocks, chosen, set(fixed)) for chosen in every_seating(blocks, sizes))
    assert (len(set(fixed)) - len(found.released), len(found.pairs), found.total_points) == best
    assert found.optimal
    assert (found.matched_upper_bound, found.upper_bound, found.gap) == (len(found.pairs), found.total_points, 0)


@given(cases(), st.integers(0, 2))
@settings(max_examples=300, deadline=None)
def test_no_circles_whatever_are_better(case: tuple[DenseBlocks, Sizes, list[Pairing]], seed: int) -> None:
    blocks, sizes, fixed = case
    must_be_the_best(form_circles(blocks, sizes, fixed, seed), blocks, sizes, fixed)


@given(cases())
@settings(max_examples=150, deadline=None)
def test_few_candidates_lead_to_the_same(case: tuple[DenseBlocks, Sizes, list[Pairing]]) -> None:
    blocks, sizes, fixed = case
    with pytest.MonkeyPatch.context() as patch:
        for few in ("SMALL", "CANDIDATES", "CIRCLEFULS"):
            patch.setattr(circle_search, few, int(few != "SMALL"))
        must_be_the_best(form_circles(blocks, sizes, fixed), blocks, sizes, fixed)


@given(cases())
@settings(max_examples=80, deadline=None)
def test_every_circle_has_its_size_and_everybody_is_accounted_for(case: tuple[DenseBlocks, Sizes, list[Pairing]]) -> None:
    blocks, sizes, fixed = case
    found = form_circles(blocks, sizes, fixed)
    rows, columns = ({name: place for place, name in enumerate(names)} for names in (blocks.proteges, blocks.mentors))
    chosen = np.full(len(rows), -1, dtype=np.intp)
    for pair in found.pairs:
        assert chosen[rows[pair.protege_id]] == -1
        chosen[rows[pair.protege_id]] = columns[pair.mentor_id]
        assert pair.points == blocks.matrix[rows[pair.protege_id], columns[pair.mentor_id]] >= 0
    assert any((chosen == other).all() for other in every_seating(blocks, sizes))
    assert found.left_out == [name for name, row in rows.items() if chosen[row] < 0]
    assert found.idle_mentor_ids == [name for name, column in columns.items() if blocks.places[column] and column not in chosen]
    formed = {(pair.protege_id, pair.mentor_id) for pair in found.pairs}
    assert set(found.released) == set(fixed) - formed


def test_where_prices_leave_it_open_branching_finds_it_and_without_the_gap_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks, sizes = replace(a_cohort_of_points(30, 12, seed=4), places=np.full(12, 9)), Sizes(smallest=4, largest=8)
    calls = 0
    branched = circle_search.Search._branched

    def counted(self: circle_search.Search, goal: circle_search.Goal) -> tuple[int, NDArray[np.float64]]:
        nonlocal calls
        calls += 1
        return branched(self, goal)

    monkeypatch.setattr(circle_search.Search, "_branched", counted)
    best = form_circles(blocks, sizes)
    assert best.optimal
    assert calls
    monkeypatch.setattr(circle_search, "NODES", 0)
    stopped = form_circles(blocks, sizes)
    assert stopped.upper_bound is not None
    assert (len(stopped.pairs), stopped.total_points) <= (len(best.pairs), best.total_points)
    assert stopped.upper_bound >= best.total_points
    assert not stopped.optimal


@pytest.mark.parametrize("seed", [3, 8])
def test_branching_takes_in_all_pairs_that_could_be_in_something_better(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks, sizes = replace(a_cohort_of_points(40, 16, seed=seed), places=np.full(16, 9)), Sizes(smallest=4, largest=8)
    whole = form_circles(blocks, sizes)
    for few in ("SMALL", "CANDIDATES", "CIRCLEFULS"):
        monkeypatch.setattr(circle_search, few, int(few != "SMALL"))
    found = form_circles(blocks, sizes)
    assert (found.total_points, found.upper_bound) == (whole.total_points, whole.total_points)


@given(cases(), st.data())
@settings(max_examples=80, deadline=None)
def test_any_prices_prove_a_bound_that_holds(case: tuple[DenseBlocks, Sizes, list[Pairing]], data: st.DataObject) -> None:
    blocks, sizes, _ = case
    smallest, largest = limits(blocks, sizes)
    can = largest >= smallest
    circles = Circles(
        blocks=blocks,
        smallest=np.where(can, smallest, 0),
        largest=np.minimum(np.where(can, largest, 0), len(blocks.proteges)),
        kept=np.zeros((0, 2), dtype=np.int64),
    )
    prices = data.draw(st.lists(st.integers(0, 4 * FINE), min_size=len(blocks.proteges), max_size=len(blocks.proteges)))
    proof = Proof(prices=np.array(prices, dtype=np.int64), point=FINE, pair=data.draw(st.integers(0, 3 * FINE)), kept=0)
    bound = best_circles(circles, proof).bound
    for chosen in every_seating(blocks, sizes):
        _, people, points = reached(blocks, chosen, set())
        assert FINE * points + proof.pair * people <= bound
    if prices:
        with pytest.raises(ValueError, match="less than nothing"):
            best_circles(circles, replace(proof, prices=proof.prices - 5 * FINE))


def test_a_mentor_with_too_few_people_proves_nothing_into_the_bound() -> None:
    blocks = blocks_of([[5], [7], [-1]], [3])
    circles = Circles(blocks=blocks, smallest=np.array([3]), largest=np.array([3]), kept=np.zeros((0, 2), dtype=np.int64))
    plain = Proof(prices=np.zeros(3, dtype=np.int64), point=1, pair=0, kept=0)
    assert best_circles(circles, plain).bound == 0
    assert best_circles(replace(circles, smallest=np.array([2])), plain).bound == 12


def test_a_circle_that_would_be_too_small_is_not_opened() -> None:
    blocks = blocks_of([[9, 1], [9, 1], [-1, 1]], [5, 5])
    found = form_circles(blocks, Sizes(smallest=3, largest=5))
    assert [(pair.protege_id, pair.mentor_id) for pair in found.pairs] == [("p000", "m001"), ("p001", "m001"), ("p002", "m001")]
    assert found.idle_mentor_ids == ["m000"]
    nobody = form_circles(blocks, Sizes(smallest=4, largest=5))
    assert (nobody.pairs, nobody.left_out, nobody.optimal) == ([], list(blocks.proteges), True)


def test_a_circle_that_runs_already_takes_one_more() -> None:
    blocks = blocks_of([[9, 1], [9, 1]], [1, 3])
    found = form_circles(blocks, Sizes(smallest=3, largest=4, members={"m000": 3}))
    assert [(pair.protege_id, pair.mentor_id) for pair in found.pairs] in ([("p000", "m000")], [("p001", "m000")])
    assert found.optimal


def test_the_same_people_always_sit_together_and_another_seed_chooses_only_among_equals() -> None:
    blocks, sizes = a_cohort_of_points(120, 30, most=3), Sizes(smallest=3, largest=6)
    fixed = [(blocks.proteges[row], blocks.mentors[int(np.argmax(blocks.matrix[row]))]) for row in range(4)]
    found = form_circles(blocks, sizes, fixed)
    assert form_circles(blocks, sizes, fixed[::-1] + fixed) == found
    assert form_circles(blocks, sizes, fixed, seed=1).total_points == found.total_points


@pytest.mark.parametrize("sizes", [Sizes(smallest=0, largest=3), Sizes(smallest=4, largest=3)])
def test_sizes_that_cannot_be_are_refused(sizes: Sizes) -> None:
    with pytest.raises(ValueError, match="smallest"):
        form_circles(blocks_of([[1]]), sizes)
