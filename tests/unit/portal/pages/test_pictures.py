"""The numbers in a picture are the numbers given."""

import re
from collections import Counter
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.portal.pages.pictures import (
    LeftOut,
    Mentor,
    Pair,
    Place,
    Share,
    points_of,
    programme_funnel,
    quality_plot,
    running_by_month,
    shares_picture,
    whole_match,
)
from services.portal.pages.viewer import Viewer

VIEWER = Viewer(person_id="p", name="Sofie", now=datetime(2026, 10, 20, 7, 10, tzinfo=UTC))
MENTORS = [Mentor(id="d", name="Deborah Okafor", places=3), Mentor(id="r", name="Rui Pereira", places=2), Mentor(id="k", name="Kenji")]
PAIRS = [
    Pair(protege="Linh", mentor_id="d", points=84, href="?pair=1", chosen=True),
    Pair(protege="Amara", mentor_id="r", points=91, href="?pair=2"),
    Pair(protege="Bao", mentor_id="d", points=57, href="?pair=3"),
]
LEFT_OUT = [LeftOut(name="Oluwaseun", reason="too few places", href="?who=4")]


def test_the_whole_match_has_a_line_for_each_pair_in_the_colour_of_its_points() -> None:
    svg = whole_match(PAIRS, MENTORS, LEFT_OUT, VIEWER).svg
    assert Counter(re.findall(r'class="(open|q1|q2|q3)"', svg)) == {"open": 1, "q3": 1, "q1": 1}
    assert re.findall(r'<a href="([^"]+)"', svg) == ["?pair=2", "?pair=3", "?pair=1", "?who=4"]


def test_the_whole_match_shows_places_taken_and_free() -> None:
    svg = whole_match(PAIRS, MENTORS, LEFT_OUT, VIEWER).svg
    assert (svg.count('class="place taken"'), svg.count('class="place"')) == (3, 3)


def test_the_whole_match_says_the_same_in_words_and_in_a_table() -> None:
    picture = whole_match(PAIRS, MENTORS, LEFT_OUT, VIEWER)
    assert "The whole match: 4 protégés and 3 mentors" in picture.svg
    assert "3 lines join" in picture.svg
    assert "3 places stay free" in picture.svg
    assert picture.table.rows == (
        ("Amara", "Rui Pereira", "91"),
        ("Linh", "Deborah Okafor", "84"),
        ("Bao", "Deborah Okafor", "57"),
        ("Oluwaseun", "left out: too few places", ""),
    )


def test_lines_of_the_whole_match_do_not_cross() -> None:
    svg = whole_match(PAIRS, MENTORS, [], VIEWER).svg
    lines = sorted((float(start), float(end)) for start, end in re.findall(r'd="M0 ([\d.]+)C[^"]* 100 ([\d.]+)" class="[oq]', svg))
    assert [end for _start, end in lines] == sorted(end for _start, end in lines)


def test_mentors_nobody_needs_are_counted_rather_than_all_drawn() -> None:
    many = [*MENTORS, *(Mentor(id=f"x{place}", name=f"Mentor {place}") for place in range(40))]
    svg = whole_match(PAIRS, many, [], VIEWER).svg
    assert "43 mentors" in svg
    assert "33 more are free" in svg


def test_names_cannot_break_out_of_the_picture() -> None:
    svg = whole_match([Pair(protege="</text><script>", mentor_id="k", points=70)], MENTORS, [], VIEWER).svg
    assert "<script>" not in svg


def test_a_big_match_has_a_dot_for_each_pair() -> None:
    points = [31, 57, 59, 60, 79.9, 80, 84, 99, 100]
    picture = quality_plot(points, 2, VIEWER)
    kinds = Counter(re.findall(r'<circle class="(\w+)"', picture.svg))
    assert kinds == {"weakdot": 3, "fairdot": 2, "hotdot": 4, "lost": 2}
    assert sum(int(count) for _span, count in picture.table.rows) == len(points) + 2
    assert ("95\N{EN DASH}100", "2") in picture.table.rows


def test_a_very_big_match_says_how_many_pairs_a_dot_is() -> None:
    picture = quality_plot([82.0] * 1000, 0, VIEWER)
    each = int(re.search(r"a dot is (\d+) pairs", picture.svg).group(1))  # type: ignore[union-attr]
    assert (picture.svg.count("hotdot") - 1) * each < 1000 <= picture.svg.count("hotdot") * each


WEIGHTS = {"needs": 40, "goals": 20, "level": 15, "location": 15, "languages": 10}


def test_points_add_up_by_eye() -> None:
    points = points_of({"needs": 37.2, "goals": 15.9, "level": 15, "location": 6.4, "languages": 9.5}, WEIGHTS, {"needs": ["finance"]})
    assert points.total == 84 == sum(criterion.points for criterion in points.criteria)
    starts = [re.findall(r'x="([\d.]+)%"', criterion.bar)[0] for criterion in points.criteria]
    ends = [0]
    for criterion in points.criteria:
        ends.append(ends[-1] + criterion.points)
    assert [float(start) for start in starts] == ends[:-1]
    assert points.criteria[0].reasons == ("finance",)


@given(
    st.dictionaries(st.sampled_from(list(WEIGHTS)), st.integers(0, 100), min_size=1),
    st.lists(st.floats(0, 1), min_size=5, max_size=5),
)
def test_points_always_add_up_and_stay_within_a_point_of_their_criterion(weights: dict[str, int], values: list[float]) -> None:
    total = sum(weights.values())
    if not total:
        weights, total = {"needs": 1}, 1
    shares = {name: 100 * weight / total * value for (name, weight), value in zip(weights.items(), values, strict=False)}
    points = points_of(shares, weights, {})
    assert points.total == sum(criterion.points for criterion in points.criteria)
    assert points.total == round(sum(shares.values()))
    for criterion in points.criteria:
        assert abs(criterion.points - shares[criterion.name]) <= 1
        assert criterion.points <= criterion.most


PLACES = [
    Place(name="enrolled", people=66),
    Place(name="have a mentor", people=58, missing="8 have no mentor yet"),
    Place(name="have met", people=56, missing="2 have not met yet"),
    Place(name="wrote a goal", people=47, missing="9 have no goal yet"),
    Place(name="closed", people=3, missing="44 still run"),
]


def test_the_funnel_says_each_figure_and_each_loss() -> None:
    picture = programme_funnel(PLACES, VIEWER)
    assert re.findall(r"<li><b>(\d+)</b>", picture.svg) == ["66", "58", "56", "47", "3"]
    assert re.findall(r">(\d+) fewer<", picture.svg) == ["8", "2", "9"]
    assert ">44 still run<" in picture.svg
    assert picture.table.rows[1] == ("have a mentor", "58", "8 have no mentor yet")


def test_the_funnel_is_as_tall_as_its_figures() -> None:
    svg = programme_funnel(PLACES, VIEWER).svg
    tall = re.search(r'class="full"[^>]* height="([\d.]+)"', svg)
    assert tall is not None
    assert float(tall.group(1)) == pytest.approx(152 * 3 / 66, abs=0.01)


def test_an_empty_programme_draws_an_empty_funnel() -> None:
    svg = programme_funnel([Place(name=place.name, people=0) for place in PLACES], VIEWER).svg
    assert "fewer" not in svg


def test_shares_are_as_wide_as_their_part() -> None:
    shares = [
        Share(name="needs help", count=1, tone="help"),
        Share(name="goes well", count=3, tone="well"),
        Share(name="ended", count=0, tone="ended"),
    ]
    picture = shares_picture("health", "Today", shares, VIEWER)
    widths = [float(width) for width in re.findall(r'class="part \w+"[^>]* width="([\d.]+)%"', picture.svg)]
    assert widths == pytest.approx([25, 75], abs=0.5)
    assert picture.table.rows == (("needs help", "1"), ("goes well", "3"), ("ended", "0"))


def test_months_count_who_ran_at_their_end() -> None:
    runs = [(date(2026, 6, 12), None), (date(2026, 7, 3), date(2026, 9, 10)), (date(2026, 10, 5), None)]
    picture = running_by_month(runs, date(2026, 10, 20), VIEWER)
    assert picture.table.rows == (
        ("June 2026", "1"), ("July 2026", "2"), ("August 2026", "2"), ("September 2026", "1"), ("today", "2"),
    )  # fmt: skip
    assert picture.svg.count('class="dot"') == 4
