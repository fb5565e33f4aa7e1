"""Looking for a mentor: by the same points as a match, for whoever no rule excludes."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.matching.engine import HIDDEN, Cohort, Finder, Participant, ScoredPair, Wanted, candidates
from tests.unit.matching.cohorts import cohorts

NOBODY: tuple[str, ...] = ()


def places_of(finder: Finder, **special: int) -> NDArray[np.int32]:
    """One free place with everybody, unless said otherwise."""
    return np.array([special.get(name, 1) for name in finder.columns], dtype=np.int32)


def found(cohort: Cohort, *, barred: tuple[str, ...] = NOBODY, places: dict[str, int] | None = None, **wanted: Any) -> list[str]:
    finder = Finder(cohort)
    seen = finder.find("linh", Wanted(**wanted), places_of(finder, **(places or {})), barred, most=50)
    return [pair.mentor_id for pair in seen.pairs]


LINH = Participant(
    person_id="linh", needs=("negotiation",), languages=("en",), level=3, zone="Europe/Lisbon", hours=((0, 540, 720), (1, 540, 720))
)
MENTORS = (
    Participant(
        person_id="amara",
        strengths=("negotiating",),
        languages=("en", "de"),
        level=5,
        department="Sales",
        location="Lisbon",
        zone="Europe/Lisbon",
        hours=((0, 540, 660),),
    ),
    Participant(
        person_id="deborah", strengths=("chess",), goals=("public speaking",), languages=("en",), level=4, department="IT", location="Hanoi"
    ),
    Participant(person_id="mei", strengths=("negotiation",), languages=("vi",), level=5),
    Participant(person_id="rui", languages=("en",)),
)
COMPANY = Cohort(proteges=(LINH,), mentors=MENTORS)


@given(cohort=cohorts())
@settings(max_examples=100, deadline=None)
def test_a_search_finds_what_a_manager_is_shown_in_the_same_order_with_the_same_points_and_reasons(cohort: Cohort) -> None:
    finder = Finder(cohort)
    for protege in cohort.proteges:
        allowed = [pair for pair in candidates(cohort, protege.person_id) if not pair.broken_rules]
        seen = finder.find(protege.person_id, Wanted(), places_of(finder), NOBODY, most=50)
        assert seen.pairs == allowed
        assert seen.total == len(allowed)


@given(
    cohort=cohorts(), words=st.lists(st.sampled_from(["finance", "presenting", "xylophone", "chess"]), max_size=2), level=st.integers(1, 5)
)
@settings(max_examples=100, deadline=None)
def test_filters_only_leave_out(cohort: Cohort, words: list[str], level: int) -> None:
    finder = Finder(cohort)
    wanted = Wanted(words=tuple(words), least_level=level, languages=("en",), shared_hours=1)
    for protege in cohort.proteges:
        everybody = finder.find(protege.person_id, Wanted(), places_of(finder), NOBODY, most=50).pairs
        some = finder.find(protege.person_id, wanted, places_of(finder), NOBODY, most=50).pairs
        assert some == [pair for pair in everybody if pair in some]


def test_the_best_come_first_and_whom_a_rule_excludes_is_not_there() -> None:
    assert found(COMPANY) == ["amara", "rui", "deborah"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"words": ("Negociation",)}, ["amara"]),
        ({"words": ("presentation skills", "negotiation")}, ["amara", "deborah"]),
        ({"words": ("xylophone",)}, []),
        ({"departments": ("sales ", "HR")}, ["amara"]),
        ({"locations": ("HANOI",)}, ["deborah"]),
        ({"languages": ("de", "pt")}, ["amara"]),
        ({"least_level": 5}, ["amara"]),
        ({"most_level": 4}, ["deborah"]),
        ({"shared_hours": 2}, ["amara"]),
        ({"shared_hours": 3}, []),
    ],
)
def test_each_filter_shows_whom_it_says(wanted: dict[str, Any], expected: list[str]) -> None:
    assert sorted(found(COMPANY, **wanted)) == expected


def test_who_is_full_is_shown_when_asked_for_and_who_is_hidden_never() -> None:
    places = {"amara": 0, "rui": HIDDEN}
    assert found(COMPANY, places=places) == ["deborah"]
    assert found(COMPANY, places=places, full_too=True) == ["amara", "deborah"]


def test_who_must_not_be_a_partner_any_more_is_not_shown() -> None:
    assert found(COMPANY, barred=("amara", "nobody")) == ["rui", "deborah"]


def test_one_can_read_on_after_the_first_ones() -> None:
    finder = Finder(COMPANY)

    def page(after: int) -> tuple[int, list[ScoredPair]]:
        seen = finder.find("linh", Wanted(), places_of(finder), NOBODY, most=2, after=after)
        return seen.total, seen.pairs

    everybody = finder.find("linh", Wanted(), places_of(finder), NOBODY, most=50).pairs
    assert [page(after) for after in (0, 2, 4)] == [(3, everybody[:2]), (3, everybody[2:]), (3, [])]


def test_who_has_said_something_else_is_not_known_and_is_looked_for_beside_the_same_mentors() -> None:
    finder = Finder(COMPANY)
    now = replace(LINH, needs=("chess",))
    assert finder.knows(replace(LINH, places=0, bonus=7))
    assert not finder.knows(now)
    assert not finder.knows(replace(LINH, person_id="amara"))
    beside = finder.beside(now)
    assert beside.knows(now)
    assert beside.columns == finder.columns
    assert beside.find("linh", Wanted(), places_of(beside), NOBODY, most=1).pairs[0].mentor_id == "deborah"


def test_where_there_is_nobody_nobody_is_found() -> None:
    alone = Cohort(proteges=(LINH,), mentors=())
    assert found(alone, words=("chess",), departments=("IT",), shared_hours=1, least_level=1) == []
