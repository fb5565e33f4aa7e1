"""A stable match of everybody with everybody: no two would rather have each other, and protégés do as well as they can."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.matching.engine import deferred
from services.matching.engine.blocks import Blocks, DenseBlocks
from services.matching.engine.deferred import ask_around, find_stable_everywhere
from services.matching.engine.forms.stable import form_stable
from services.matching.engine.stability import look_at_all
from services.matching.engine.tastes import Tastes
from tests.unit.matching.small_blocks import a_cohort_of_points, blocks_of, every_choice, small_blocks

Chosen = NDArray[np.intp]


@st.composite
def tastes_of_two(draw: st.DrawFn, *, strict: bool = False) -> Tastes:
    """Any likes of both sides, each its own."""
    blocks = draw(small_blocks(5, 5, strict=strict))
    cells = blocks.matrix.size
    if strict:
        points = draw(st.permutations(range(cells)))
    else:
        points = draw(st.lists(st.integers(-1, draw(st.sampled_from([0, 2, 100]))), min_size=cells, max_size=cells))
    other = replace(blocks, matrix=np.array(points, dtype=np.int32).reshape(blocks.matrix.shape))
    return Tastes(by_protege=blocks, by_mentor=other)


def matrices(tastes: Tastes) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    rows = len(tastes.by_protege.proteges)
    liking, liked = (side.points(0, rows) for side in (tastes.by_protege, tastes.by_mentor))
    return np.where(liked < 0, -1, liking).astype(np.int32), np.where(liking < 0, -1, liked).astype(np.int32)


def blocks_pair(tastes: Tastes, chosen: Chosen, row: int, column: int) -> bool:
    """By the definition, person by person."""
    liking, liked = matrices(tastes)
    if liking[row, column] < 0 or chosen[row] == column:
        return False
    wants = chosen[row] < 0 or liking[row, column] > liking[row, chosen[row]]
    there = [liked[one, column] for one in np.flatnonzero(chosen == column)]
    places = tastes.by_protege.places[column]
    return bool(wants and places and (len(there) < places or liked[row, column] > min(there)))


def stable_ones(tastes: Tastes) -> list[Chosen]:
    liking, _ = matrices(tastes)
    people = tastes.by_protege
    dense = DenseBlocks(proteges=people.proteges, mentors=people.mentors, places=people.places, matrix=liking)
    pairs = list(np.ndindex(liking.shape))
    return [chosen for chosen in every_choice(dense) if not any(blocks_pair(tastes, chosen, *pair) for pair in pairs)]


@given(tastes_of_two(strict=True))
@settings(max_examples=60, deadline=None)
def test_with_strict_likes_every_protege_has_the_best_of_all_stable_matches_and_all_have_the_same_people(tastes: Tastes) -> None:
    chosen, judged = find_stable_everywhere(tastes)
    liking, _ = matrices(tastes)
    for other in stable_ones(tastes):
        assert ((chosen >= 0) == (other >= 0)).all(), "rural hospitals"
        assert np.bincount(chosen[chosen >= 0], minlength=5).tolist() == np.bincount(other[other >= 0], minlength=5).tolist()
        rows = np.flatnonzero(chosen >= 0)
        assert (liking[rows, chosen[rows]] >= liking[rows, other[rows]]).all(), "protégés do best"
    assert judged.blocking == 0


@given(tastes_of_two(), st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_with_ties_no_two_would_rather_have_each_other_and_no_stable_match_exceeds_the_bound(tastes: Tastes, seed: int) -> None:
    chosen, judged = find_stable_everywhere(tastes, seed)
    stable = stable_ones(tastes)
    assert any((chosen == other).all() for other in stable)
    sizes = {int((other >= 0).sum()) for other in stable}
    assert judged.matched == (chosen >= 0).sum() <= max(sizes) <= judged.most_people
    assert all(max(sizes) <= look_at_all(tastes, other).most_people for other in stable)


@given(small_blocks(strict=True))
@settings(max_examples=100, deadline=None)
def test_where_both_sides_like_the_same_it_is_the_greedy_match(blocks: DenseBlocks) -> None:
    free, greedy = blocks.places.tolist(), [-1] * len(blocks.proteges)
    for _, row, column in sorted(((blocks.matrix[at], *at) for at in np.ndindex(blocks.matrix.shape)), reverse=True):
        if blocks.matrix[row, column] >= 0 and greedy[row] < 0 and free[column]:
            greedy[row] = column
            free[column] -= 1
    assert ask_around(Tastes.by_points(blocks)).tolist() == greedy


@given(tastes_of_two(), st.data())
@settings(max_examples=60, deadline=None)
def test_the_look_at_all_pairs_counts_by_the_definition(tastes: Tastes, data: st.DataObject) -> None:
    liking, _ = matrices(tastes)
    people = tastes.by_protege
    dense = DenseBlocks(proteges=people.proteges, mentors=people.mentors, places=people.places, matrix=liking)
    chosen = data.draw(st.sampled_from(list(every_choice(dense))[:500]))
    assert look_at_all(tastes, chosen).blocking == sum(blocks_pair(tastes, chosen, *pair) for pair in np.ndindex(liking.shape))


def test_whoever_is_indifferent_may_leave_room_for_one_more() -> None:
    tastes = Tastes(by_protege=blocks_of([[5, 5], [5, -1]]), by_mentor=blocks_of([[9, 9], [1, -1]]))
    smaller, larger = look_at_all(tastes, np.array([0, -1])), look_at_all(tastes, np.array([1, 0]))
    assert (smaller.blocking, smaller.indifferent, smaller.most_people) == (0, 1, 2)
    assert (larger.blocking, larger.matched) == (0, 2)


def test_what_cannot_be_is_no_match() -> None:
    tastes = Tastes.by_points(blocks_of([[1, -1], [1, 1]]))
    for impossible in ([0, 0], [1, 0], [0], [0, 2]):
        with pytest.raises((ValueError, IndexError)):
            look_at_all(tastes, np.array(impossible))


@pytest.mark.parametrize("most", [0, 3, 10_000])
@pytest.mark.parametrize("other", [1, 2])
def test_a_larger_cohort_is_stable_whatever_the_size_of_lists_and_blocks(most: int, other: int, monkeypatch: pytest.MonkeyPatch) -> None:
    tastes = Tastes(by_protege=a_cohort_of_points(200, 60, most=most), by_mentor=a_cohort_of_points(200, 60, seed=other, most=most))
    chosen, judged = find_stable_everywhere(tastes)
    assert judged.blocking == 0
    assert judged.matched > 60
    for length, cells, gap in ((1, 1, 1), (2, 700, 4), (1_000, 2**22, 8)):
        monkeypatch.setattr(deferred, "LENGTH", length)
        monkeypatch.setattr(deferred, "CELLS", cells)
        monkeypatch.setattr(deferred, "GAP", gap)
        assert find_stable_everywhere(tastes)[0].tolist() == chosen.tolist()


def test_lists_that_are_not_read_on_leave_pairs_who_would_rather(monkeypatch: pytest.MonkeyPatch) -> None:
    tastes = Tastes(by_protege=a_cohort_of_points(200, 60), by_mentor=a_cohort_of_points(200, 60, seed=2))
    read_on = deferred._Proposals._read_on
    seen: set[int] = set()

    def once(self: deferred._Proposals, rows: NDArray[np.int64]) -> list[int]:
        first = [row for row in read_on(self, rows) if row not in seen]
        seen.update(first)
        return first

    monkeypatch.setattr(deferred, "LENGTH", 3)
    monkeypatch.setattr(deferred._Proposals, "_read_on", once)
    with pytest.raises(ArithmeticError, match="would rather"):
        find_stable_everywhere(tastes)


def test_more_ways_to_tell_equals_apart_are_tried_where_somebody_is_left_out() -> None:
    blocks = blocks_of([[5, 5], [5, -1]])
    alone = {tuple(ask_around(Tastes.by_points(blocks), seed).tolist()) for seed in range(20)}
    assert alone == {(0, -1), (1, 0)}
    for seed in range(20):
        assert form_stable(blocks, seed=seed).optimal


def test_wishes_come_before_points_but_never_before_a_rule() -> None:
    blocks = blocks_of([[9_000, 10, -1], [8_000, 20, 5]])
    by_points = form_stable(blocks)
    by_wishes = form_stable(blocks, Tastes.by_wishes(blocks, {"p000": {"m002": 1, "m001": 2}}, {"m002": {"p000": 1}}))
    assert [(pair.mentor_id, pair.points) for pair in by_points.pairs] == [("m000", 9_000), ("m001", 20)]
    assert [(pair.mentor_id, pair.points) for pair in by_wishes.pairs] == [("m001", 10), ("m000", 8_000)]


def test_a_mentors_wish_decides_whom_the_mentor_keeps() -> None:
    blocks = blocks_of([[9_000], [1]])
    found = form_stable(blocks, Tastes.by_wishes(blocks, {}, {"m000": {"p001": 1, "nobody": 1}}))
    assert [(pair.protege_id, pair.points) for pair in found.pairs] == [("p001", 1)]
    assert found.left_out == ["p000"]


@given(small_blocks(), st.data())
@settings(max_examples=60, deadline=None)
def test_with_wishes_of_both_sides_it_is_stable_by_wish_and_then_by_points(blocks: DenseBlocks, data: st.DataObject) -> None:
    wishes = st.dictionaries(
        st.sampled_from([*blocks.proteges, *blocks.mentors, "x"]),
        st.dictionaries(st.sampled_from([*blocks.proteges, *blocks.mentors, "x"]), st.integers(1, 5), max_size=3),
    )
    tastes = Tastes.by_wishes(blocks, data.draw(wishes), data.draw(wishes))
    chosen, _ = find_stable_everywhere(tastes)
    assert any((chosen == other).all() for other in stable_ones(tastes))


def test_too_many_ranks_are_refused() -> None:
    blocks: Blocks = blocks_of([[1]])
    with pytest.raises(ValueError, match="ranks"):
        Tastes.by_wishes(blocks, {"p000": {str(rank): rank for rank in range(3_000)}}, {})


@pytest.mark.parametrize(("proteges", "mentors"), [(0, 0), (0, 3), (3, 0)])
def test_nobody_on_a_side(proteges: int, mentors: int) -> None:
    blocks = DenseBlocks(
        proteges=tuple(f"p{n}" for n in range(proteges)),
        mentors=tuple(f"m{n}" for n in range(mentors)),
        places=np.ones(mentors, dtype=np.int64),
        matrix=np.zeros((proteges, mentors), dtype=np.int32),
    )
    found = form_stable(blocks)
    assert (found.pairs, len(found.left_out), len(found.idle_mentor_ids)) == ([], proteges, mentors)
    assert found.optimal
