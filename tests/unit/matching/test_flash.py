"""Flash meetings are as many as can be, with the most points, in rounds in which nobody meets two."""

import itertools
import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine import Formed, Pairing, form_flash, form_rounds
from services.matching.engine.blocks import DenseBlocks
from services.matching.engine.forms import flash
from services.matching.engine.forms.meeting_proof import Proof
from services.matching.engine.forms.rounds import in_rounds
from tests.unit.matching.small_blocks import a_cohort_of_points, blocks_of, small_blocks

fixed_pairs = st.lists(st.tuples(st.sampled_from(["p0", "p1", "p2", "x"]), st.sampled_from(["m0", "m1", "m2"])), max_size=3)


def pairs_of(blocks: DenseBlocks) -> dict[Pairing, int]:
    """The points of all pairs that may be."""
    return {
        (one, other): int(blocks.matrix[row, column])
        for row, one in enumerate(blocks.proteges)
        for column, other in enumerate(blocks.mentors)
        if blocks.matrix[row, column] >= 0
    }


def must_be_rounds(found: Formed, blocks: DenseBlocks, rounds: int) -> None:
    """Nobody twice in a round, no pair twice, each with its points."""
    points = pairs_of(blocks)
    assert [(pair.protege_id, pair.mentor_id) for pair in found.pairs] == sorted(
        {(pair.protege_id, pair.mentor_id) for pair in found.pairs}
    )
    assert all(pair.points == points[pair.protege_id, pair.mentor_id] for pair in found.pairs)
    assert all(pair.round is not None and 1 <= pair.round <= rounds for pair in found.pairs)
    for side in ("protege_id", "mentor_id"):
        assert max(Counter((getattr(pair, side), pair.round) for pair in found.pairs).values(), default=1) == 1
    met = {pair.protege_id for pair in found.pairs}
    assert found.left_out == [name for name in blocks.proteges if name not in met]


def best_by_trying_every_plan(points: dict[Pairing, int], most: Counter[str], rounds: int) -> tuple[int, int]:
    """Each pair in each round or in none."""
    best = (0, 0)
    for plan in itertools.product(range(rounds + 1), repeat=len(points)):
        meetings = [(pair, number) for pair, number in zip(points, plan, strict=True) if number]
        at_once = Counter((name, number) for pair, number in meetings for name in pair)
        times = Counter(name for pair, _ in meetings for name in pair)
        if max(at_once.values(), default=0) <= 1 and all(times[name] <= most[name] for name in times):
            best = max(best, (len(meetings), sum(points[pair] for pair, _ in meetings)))
    return best


@given(small_blocks(3, 2, 3), st.integers(1, 3), st.integers(1, 2))
@settings(max_examples=150, deadline=None)
def test_no_plan_whatever_has_more_meetings_or_as_many_with_more_points(blocks: DenseBlocks, meetings: int, rounds: int) -> None:
    found = form_flash(blocks, meetings=meetings, rounds=rounds)
    must_be_rounds(found, blocks, rounds)
    most = Counter(dict.fromkeys(blocks.proteges, meetings) | dict(zip(blocks.mentors, blocks.places.tolist(), strict=True)))
    assert (len(found.pairs), found.total_points) == best_by_trying_every_plan(pairs_of(blocks), most, rounds)
    assert found.optimal


def best_by_trying_all_pairs(points: dict[Pairing, int], most: Counter[str], each: int = 1) -> tuple[int, int]:
    """Rounds apart: of all sets of pairs in which nobody has too many, the most pairs, unless `each` counts nothing, and their points."""
    names = sorted({name for pair in points for name in pair})
    reached = {tuple(most[name] for name in names): (0, 0)}
    for (one, other), worth in points.items():
        at = names.index(one), names.index(other)
        for left, (count, total) in list(reached.items()):
            if left[at[0]] and left[at[1]]:
                then = tuple(number - (place in at) for place, number in enumerate(left))
                reached[then] = max(reached.get(then, (0, 0)), (count + each, total + worth))
    return max(reached.values())


@given(small_blocks(5, 4, 4), st.integers(1, 4), st.integers(1, 4), st.integers(0, 2))
@settings(max_examples=250, deadline=None)
def test_whatever_meetings_can_be_fit_into_the_rounds(blocks: DenseBlocks, meetings: int, rounds: int, seed: int) -> None:
    found = form_flash(blocks, meetings=meetings, rounds=rounds, seed=seed)
    must_be_rounds(found, blocks, rounds)
    most = dict.fromkeys(blocks.proteges, min(meetings, rounds))
    most |= {name: min(places, rounds) for name, places in zip(blocks.mentors, blocks.places.tolist(), strict=True)}
    assert (len(found.pairs), found.total_points) == best_by_trying_all_pairs(pairs_of(blocks), Counter(most))
    assert found.optimal


@given(small_blocks(4, 3, 3), st.lists(st.integers(0, 4), min_size=4, max_size=4), st.integers(1, 3))
@settings(max_examples=100, deadline=None)
def test_whoever_has_had_some_of_the_meetings_gets_the_others(blocks: DenseBlocks, had: list[int], rounds: int) -> None:
    found = form_flash(blocks, meetings=3, rounds=rounds, had=had[: len(blocks.proteges)])
    must_be_rounds(found, blocks, rounds)
    most = {name: min(max(3 - times, 0), rounds) for name, times in zip(blocks.proteges, had, strict=False)}
    most |= {name: min(places, rounds) for name, places in zip(blocks.mentors, blocks.places.tolist(), strict=True)}
    assert (len(found.pairs), found.total_points) == best_by_trying_all_pairs(pairs_of(blocks), Counter(most))


@given(small_blocks(4, 3, 3), fixed_pairs, st.integers(1, 3))
@settings(max_examples=150, deadline=None)
def test_fixed_pairs_meet_or_are_named_as_released(blocks: DenseBlocks, fixed: list[Pairing], rounds: int) -> None:
    found = form_flash(blocks, meetings=2, rounds=rounds, fixed=fixed)
    must_be_rounds(found, blocks, rounds)
    points = pairs_of(blocks)
    most = Counter(dict.fromkeys(blocks.proteges, min(2, rounds)))
    most.update({name: min(places, rounds) for name, places in zip(blocks.mentors, blocks.places.tolist(), strict=True)})
    kept = []
    for pair in sorted(set(fixed)):
        if pair in points and most[pair[0]] and most[pair[1]]:
            kept.append(pair)
            most.subtract(pair)
    formed = {(pair.protege_id, pair.mentor_id) for pair in found.pairs}
    assert set(kept) <= formed
    assert found.released == sorted(set(fixed) - formed)
    count, total = best_by_trying_all_pairs({pair: worth for pair, worth in points.items() if pair not in kept}, most)
    assert (len(found.pairs), found.total_points) == (count + len(kept), total + sum(points[pair] for pair in kept))


@given(small_blocks(4, 4, 1), st.data(), st.integers(1, 3))
@settings(max_examples=150, deadline=None)
def test_given_pairs_are_put_into_rounds_and_as_few_as_can_be_are_released(blocks: DenseBlocks, data: st.DataObject, rounds: int) -> None:
    names = st.tuples(st.sampled_from([*blocks.proteges, "x"]), st.sampled_from([*blocks.mentors, "x"]))
    given_pairs = data.draw(st.lists(names, max_size=12))
    found = form_rounds(blocks, given_pairs, rounds=rounds)
    must_be_rounds(found, blocks, rounds)
    points = {pair: worth for pair, worth in pairs_of(blocks).items() if pair in given_pairs}
    most = Counter(dict.fromkeys([*blocks.proteges, *blocks.mentors], rounds))
    assert (len(found.pairs), found.total_points) == best_by_trying_all_pairs(points, most)
    assert sorted({(pair.protege_id, pair.mentor_id) for pair in found.pairs} | set(found.released)) == sorted(set(given_pairs))
    assert found.optimal


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7))), st.randoms())
@settings(max_examples=200, deadline=None)
def test_the_busiest_person_says_how_many_rounds_are_enough(pairs: set[tuple[int, int]], chance: random.Random) -> None:
    in_some_order = chance.sample(sorted(pairs), len(pairs))
    busiest = max([*Counter(row for row, _ in pairs).values(), *Counter(column for _, column in pairs).values()], default=1)
    plan = in_rounds(in_some_order, busiest)
    for side in (0, 1):
        assert len({(pair[side], number) for pair, number in zip(in_some_order, plan, strict=True)}) == len(pairs)
    assert set(plan) <= set(range(busiest))
    if pairs and busiest > 1:
        with pytest.raises(ValueError, match="more meetings"):
            in_rounds(in_some_order, busiest - 1)


@pytest.mark.parametrize("most", [0, 3, 10_000])
def test_few_known_pairs_lead_to_the_same(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = replace(a_cohort_of_points(60, 25, most=most), places=np.full(25, 6))
    whole = form_flash(blocks, meetings=3, rounds=4)
    must_be_rounds(whole, blocks, 4)
    monkeypatch.setattr("services.matching.engine.shortlist.OF_EACH", 1)
    monkeypatch.setattr("services.matching.engine.shortlist.PER_PLACE", 0)
    monkeypatch.setattr(flash, "MISSED_BY_ONE", 1)
    few = form_flash(blocks, meetings=3, rounds=4)
    assert (len(few.pairs), few.total_points, few.optimal) == (len(whole.pairs), whole.total_points, True)


@given(small_blocks(4, 3, 3), st.data())
@settings(max_examples=100, deadline=None)
def test_any_prices_prove_a_bound_that_holds(blocks: DenseBlocks, data: st.DataObject) -> None:
    proteges, mentors = (
        np.array(data.draw(st.lists(st.integers(0, 12_000), min_size=len(names), max_size=len(names))), dtype=np.int64)
        for names in (blocks.proteges, blocks.mentors)
    )
    proof = Proof(proteges=proteges, mentors=mentors, point=1, pair=5)
    wanted = np.full(len(proteges), 2)
    most = Counter(dict.fromkeys(blocks.proteges, 2) | dict(zip(blocks.mentors, blocks.places.tolist(), strict=True)))
    worth = {pair: points + 5 for pair, points in pairs_of(blocks).items()}
    assert proof.bound(blocks, wanted, blocks.places) >= best_by_trying_all_pairs(worth, most, each=0)[1]
    if len(proteges):
        with pytest.raises(ValueError, match="less than nothing"):
            replace(proof, proteges=proteges - 20_000).bound(blocks, wanted, blocks.places)


def test_the_same_people_always_meet_and_another_seed_chooses_only_among_equals() -> None:
    blocks = replace(a_cohort_of_points(40, 15, most=2), places=np.full(15, 5))
    fixed = [("p0001", "m0003"), ("p0004", "m0001"), ("p0009", "m0002")]
    first, again, other = (
        form_flash(blocks, meetings=2, rounds=5, fixed=pairs, seed=seed) for pairs, seed in ((fixed, 0), (fixed[::-1], 0), (fixed, 1))
    )
    assert first == again
    assert first.pairs != other.pairs
    assert (len(first.pairs), first.total_points) == (len(other.pairs), other.total_points)


@pytest.mark.parametrize(("meetings", "rounds"), [(0, 3), (3, 0)])
def test_no_rounds_and_no_meetings_are_refused(meetings: int, rounds: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        form_flash(blocks_of([[1]]), meetings=meetings, rounds=rounds)
    with pytest.raises(ValueError, match="at least one"):
        form_rounds(blocks_of([[1]]), [("p000", "m000")], rounds=0)
