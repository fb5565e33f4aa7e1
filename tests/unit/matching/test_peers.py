"""Peers are paired as many as can be, and no others have more points."""

import random
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine import Formed, Pairing, form_peers
from services.matching.engine.blocks import DenseBlocks
from services.matching.engine.forms import peers
from tests.unit.matching.small_blocks import blocks_of


@st.composite
def pools(draw: st.DrawFn, most: int = 8) -> DenseBlocks:
    """Any few people, with points in each direction; some pairs must not be."""
    people = draw(st.integers(0, most))
    highest = draw(st.sampled_from([0, 2, 10_000]))
    fewest = draw(st.sampled_from([-1, -1, -highest - 1]))
    points = draw(st.lists(st.integers(fewest, highest), min_size=people**2, max_size=people**2))
    return a_pool(np.maximum(np.array(points, dtype=np.int32), -1).reshape(people, people).tolist())


def a_pool(matrix: list[list[int]]) -> DenseBlocks:
    names = tuple(f"p{row:03}" for row in range(len(matrix)))
    points = np.array(matrix, dtype=np.int32).reshape(len(matrix), len(matrix))
    return DenseBlocks(proteges=names, mentors=names, places=np.ones(len(names), dtype=np.int64), matrix=points)


def a_large_pool(people: int, *, allowed: float = 0.5, most: int = 10_000, seed: int = 1) -> DenseBlocks:
    chance = np.random.default_rng(seed)
    matrix = chance.integers(0, most + 1, (people, people), dtype=np.int32)
    barred = np.triu(chance.random(matrix.shape) > allowed)
    matrix[barred | barred.T] = -1
    return a_pool(matrix.tolist())


def mutual(pool: DenseBlocks, one: int, other: int) -> int:
    there, back = int(pool.matrix[one, other]), int(pool.matrix[other, one])
    return (there + back) // 2 if one != other and there >= 0 and back >= 0 else -1


def best_by_trying_everything(pool: DenseBlocks) -> tuple[int, int]:
    people = len(pool.proteges)

    @cache
    def best(left: frozenset[int]) -> tuple[int, int]:
        if not left:
            return 0, 0
        first = min(left)
        reached = [best(left - {first})]
        for other in left - {first}:
            if mutual(pool, first, other) >= 0:
                pairs, points = best(left - {first, other})
                reached.append((pairs + 1, points + mutual(pool, first, other)))
        return max(reached)

    return best(frozenset(range(people)))


def must_be_pairs(found: Formed, pool: DenseBlocks) -> None:
    """Everybody once or left out, each pair with its points."""
    place = {name: row for row, name in enumerate(pool.proteges)}
    people = [name for pair in found.pairs for name in (pair.protege_id, pair.mentor_id)]
    assert sorted(people + found.left_out) == list(pool.proteges)
    for pair in found.pairs:
        assert pair.protege_id < pair.mentor_id
        assert pair.points == mutual(pool, place[pair.protege_id], place[pair.mentor_id]) >= 0


@pytest.mark.parametrize(("few", "many"), [(20_000, 0), (0, 2_000_000), (0, 0)])
@given(pool=pools())
@settings(max_examples=250, deadline=None)
def test_no_pairs_whatever_are_better(few: int, many: int, pool: DenseBlocks) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(peers, "FEW", few)
        patch.setattr(peers, "MANY", many)
        found = form_peers(pool)
    must_be_pairs(found, pool)
    assert (len(found.pairs), found.total_points) == best_by_trying_everything(pool)
    assert found.matched_upper_bound >= len(found.pairs)
    if few or many:
        assert found.optimal


@pytest.mark.parametrize("people", [60, 61])
@pytest.mark.parametrize("most", [0, 5, 10_000])
def test_the_pairs_that_matter_lead_to_the_same_as_all(people: int, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = a_large_pool(people, most=most)
    whole = form_peers(pool)
    monkeypatch.setattr(peers, "FEW", 0)
    monkeypatch.setattr(peers, "MANY", 0)
    few = form_peers(pool)
    must_be_pairs(few, pool)
    assert (len(few.pairs), few.total_points, few.optimal) == (people // 2, whole.total_points, True)
    assert len(few.left_out) == people % 2


def test_a_match_of_the_nearest_pairs_is_bettered_by_all_that_could_better_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = a_large_pool(101, seed=0)
    whole = form_peers(pool)
    for name, value in {"FEW": 0, "MANY": 0, "OF_EACH": 1}.items():
        monkeypatch.setattr(peers, name, value)
    totals, total = [], peers._Pool._total

    def noted(self: peers._Pool, pairs: list[tuple[int, int]]) -> int:
        totals.append(total(self, pairs))
        return totals[-1]

    monkeypatch.setattr(peers._Pool, "_total", noted)
    assert form_peers(pool).total_points == whole.total_points
    assert min(totals) < whole.total_points


def test_where_prices_promise_more_people_than_there_can_be_the_bound_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    together = [[0, 1, 2], [2, 3, 4], [0, 5, 6], [6, 7, 8], [0, 9, 10], [10, 11, 12]]  # three odd parts at one person: two pairs stay open
    matrix = np.full((13, 13), -1)
    for three in together:
        matrix[np.ix_(three, three)] = 5
    pool = a_pool(matrix.tolist())
    assert form_peers(pool).optimal
    monkeypatch.setattr(peers, "FEW", 0)
    monkeypatch.setattr(peers, "MANY", 0)
    found = form_peers(pool)
    must_be_pairs(found, pool)
    assert (len(found.pairs), found.total_points) == best_by_trying_everything(pool)


def test_an_odd_part_of_the_pool_leaves_one_alone_and_that_is_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = np.full((10, 10), -1)
    matrix[:5, :5], matrix[5:, 5:] = 7, 7
    monkeypatch.setattr(peers, "FEW", 0)
    monkeypatch.setattr(peers, "MANY", 0)
    found = form_peers(a_pool(matrix.tolist()))
    assert (len(found.pairs), found.matched_upper_bound, found.optimal) == (4, 4, True)


def test_a_pair_must_be_allowed_both_ways_and_has_the_mean_of_both_points() -> None:
    found = form_peers(a_pool([[9, 10, 10], [4, 9, -1], [-1, 8, 9]]))
    assert [(pair.protege_id, pair.mentor_id, pair.points) for pair in found.pairs] == [("p000", "p001", 7)]
    assert found.left_out == ["p002"]


@given(pools(6), st.lists(st.tuples(*[st.sampled_from([f"p{row:03}" for row in range(7)])] * 2), max_size=4))
@settings(max_examples=150, deadline=None)
def test_fixed_pairs_are_kept_or_named_as_released(pool: DenseBlocks, fixed: list[Pairing]) -> None:
    found = form_peers(pool, fixed)
    must_be_pairs(found, pool)
    together = {frozenset((pair.protege_id, pair.mentor_id)) for pair in found.pairs}
    place = {name: row for row, name in enumerate(pool.proteges)}
    kept: list[frozenset[str]] = []
    for pair in sorted(set(fixed)):
        possible = set(pair) <= set(place) and mutual(pool, place[pair[0]], place[pair[1]]) >= 0
        fits = possible and (frozenset(pair) in kept or not any(set(pair) & other for other in kept))
        assert (pair in found.released) is not fits
        kept += [frozenset(pair)] if fits and frozenset(pair) not in kept else []
    assert set(kept) <= together
    others = [row for name, row in place.items() if not any(name in pair for pair in kept)]
    rest = a_pool(pool.matrix[np.ix_(others, others)].tolist())
    pairs, points = best_by_trying_everything(rest)
    of_kept = sum(mutual(pool, *(place[name] for name in pair)) for pair in kept)
    assert (len(found.pairs), found.total_points) == (pairs + len(kept), points + of_kept)


def test_equals_are_told_apart_by_their_ids_and_the_seed() -> None:
    pool = a_large_pool(40, most=0, allowed=1)
    found = [form_peers(pool, seed=seed) for seed in (0, 0, 1, 2)]
    assert found[0] == found[1]
    assert len({tuple(pair.mentor_id for pair in one.pairs) for one in found}) == 3
    fixed = [("p001", "p009"), ("p003", "p002")]
    assert form_peers(pool, fixed) == form_peers(pool, random.Random(1).sample(fixed, 2))  # noqa: S311


def test_two_kinds_of_people_are_no_pool() -> None:
    with pytest.raises(ValueError, match="one pool"):
        form_peers(blocks_of([[1]]))
    with pytest.raises(ValueError, match="one pool"):
        form_peers(replace(a_pool([[1]]), mentors=("x",)))
