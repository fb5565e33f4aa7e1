"""What a measurement prints, and what it is held against."""

import itertools
import json
from typing import Any

import pytest

from bench.report import TooShort, alternating, interleaved, percentile, report


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    return lambda: json.loads(capsys.readouterr().out)


def test_with_a_peer_the_ratio_is_held_against_the_goal(printed: Any) -> None:
    assert report("pages", 40.0, 10.0, unit="ms", goal="<= 5", notes="")
    line = printed()
    assert (line["ratio"], line["met"]) == (4.0, True)
    assert (line["ours"], line["peer"], line["unit"]) == (40.0, 10.0, "ms")


def test_without_a_peer_the_figure_itself_is_held_against_the_goal(printed: Any) -> None:
    assert not report("start-second", 20.5, None, unit="s", goal="<= 20", notes="")
    line = printed()
    assert (line["ratio"], line["peer"], line["met"]) == (None, None, False)


@pytest.mark.parametrize(("goal", "met"), [("<= 5", True), (">= 5", True), ("<= 4.9", False), (">= 5.1", False)])
def test_a_figure_on_the_goal_meets_it_from_either_side(goal: str, met: bool, printed: Any) -> None:  # noqa: FBT001 - a parameter of the test
    assert report("any", 5.0, None, unit="s", goal=goal, notes="") is met
    assert printed()["met"] is met


def test_a_line_is_one_line_and_keeps_its_notes(capsys: pytest.CaptureFixture[str]) -> None:
    report("any", 1.0, 2.0, unit="s", goal="<= 1", notes="1,000 protégés and 500 mentors")
    written = capsys.readouterr().out
    assert written.count("\n") == 1
    assert "protégés and 500 mentors" in written


def test_a_percentile_is_a_value_that_was_seen_whatever_the_order() -> None:
    values = [float(number) for number in range(100, 0, -1)]
    assert percentile(values, 0.95) == 96.0
    assert percentile(values, 0.5) == 51.0
    assert percentile([7.0], 0.99) == 7.0
    assert percentile(values, 1.0) == 100.0


def test_two_measurements_are_taken_in_turn_and_one_bad_round_changes_neither_median() -> None:
    taken: list[str] = []
    times = {"ours": [1.0, 90.0, 2.0], "peer": [10.0, 11.0, 500.0]}

    def of(side: str) -> float:
        taken.append(side)
        return times[side][taken.count(side) - 1]

    assert interleaved(lambda: of("ours"), lambda: of("peer"), 3) == (2.0, 11.0)
    assert taken == ["ours", "peer"] * 3


def test_a_reference_that_lasts_a_moment_is_refused() -> None:
    with pytest.raises(TooShort):
        alternating(lambda: 9.0, lambda: 4.9, 1, shortest=5.0)


def test_the_two_are_measured_in_turn() -> None:
    order = itertools.count()
    ours, peer = alternating(lambda: next(order), lambda: next(order), 3, shortest=0.0)
    assert (peer, ours) == ([0, 2, 4], [1, 3, 5])
