"""Words are compared as people mean them, and points say where they come from."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.engine import Cohort, Participant, score_pairs
from services.matching.engine.aliases import GROUPS
from services.matching.engine.criteria import unanswered
from services.matching.engine.words import SAME, TYPO, Likeness, canonical, fold, is_typo, likeness
from services.matching.engine.zones import minutes_in_common

PROTEGE = Participant(person_id="linh", needs=("Public Speaking", "chess"), languages=("en", "vi"), level=3, zone="Europe/Lisbon")
MENTOR = Participant(person_id="rui", strengths=("presentation skills",), languages=("en",), level=5, zone="Europe/Lisbon")
words = st.lists(
    st.sampled_from([tag for group in GROUPS for tag in group] + ["planning a launch", "lauch planning", "xylophon"]), max_size=6
)


def scored(protege: Participant, mentor: Participant) -> dict[str, int]:
    return score_pairs(Cohort(proteges=(protege,), mentors=(mentor,)), [(protege.person_id, mentor.person_id)])[0].shares


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Public speaking", "PUBLIC  SPEAKING!"),
        ("public speaking", "presentation skills"),
        ("Präsentieren", "public speaking"),
        ("leadership", "Mitarbeiterführung"),
        ("presentation skils", "public speaking"),
        ("delegatoin", "delegating"),
        ("C++", "c++"),
        ("project", "projects"),
    ],
)
def test_words_that_mean_the_same_are_the_same(one: str, other: str) -> None:
    assert likeness(canonical(one), canonical(other)) >= TYPO


@pytest.mark.parametrize(("one", "other"), [("finance", "chess"), ("go", "no"), ("art", "arc"), ("C", "C++"), ("C#", "C++")])
def test_words_that_mean_something_else_are_not_alike(one: str, other: str) -> None:
    assert likeness(canonical(one), canonical(other)) == 0


def test_words_in_common_count_by_their_share() -> None:
    assert 0 < likeness(fold("launch planning"), fold("planning a product launch")) < TYPO


@pytest.mark.parametrize(
    ("one", "other", "slip"),
    [
        ("finance", "finnance", True),
        ("finance", "fnance", True),
        ("finance", "finanse", True),
        ("finance", "fiannce", True),
        ("finance", "finance", False),
        ("finance", "fiancé e", False),
        ("chess", "chest", True),
        ("data", "date", False),
        ("grade 1", "grade 2", False),
        ("iso 9001", "iso 9011", False),
    ],
)
def test_one_slip_is_forgiven_in_words_long_enough(one: str, other: str, *, slip: bool) -> None:
    assert is_typo(one, other) is slip
    assert is_typo(other, one) is slip


@given(words, words)
def test_many_at_once_are_compared_as_one_by_one(left: list[str], right: list[str]) -> None:
    rows, columns = [canonical(tag) for tag in left], [canonical(tag) for tag in right]
    assert Likeness(columns).rows(rows).tolist() == [[likeness(row, column) for column in columns] for row in rows]


def test_each_group_of_aliases_says_something_of_its_own() -> None:
    folded = [fold(tag) for group in GROUPS for tag in dict.fromkeys(fold(tag) for tag in group)]
    assert len(folded) == len(set(folded)), sorted({tag for tag in folded if folded.count(tag) > 1})
    assert all(canonical(group[0]) == fold(group[0]) for group in GROUPS)


def test_the_first_need_counts_twice() -> None:
    first = scored(PROTEGE, MENTOR)["needs"]
    second = scored(replace(PROTEGE, needs=("chess", "public speaking")), MENTOR)["needs"]
    assert abs(first - 2 * second) <= 2


def test_what_the_protege_can_give_the_mentor_counts_a_little() -> None:
    both = scored(replace(PROTEGE, strengths=("finance",)), replace(MENTOR, needs=("budgets",)))["learning"]
    neither = scored(replace(PROTEGE, strengths=("chess",)), replace(MENTOR, needs=("budgets",)))["learning"]
    assert both > neither == 0


def test_not_answered_is_a_state_of_its_own() -> None:
    silent = Participant(person_id="linh", languages=("en",))
    pair = score_pairs(Cohort(proteges=(silent,), mentors=(MENTOR,)), [("linh", "rui")])[0]
    assert pair.unanswered == ["needs", "learning", "goals", "level", "location"]
    assert pair.shares["needs"] == 3_000 * unanswered("needs") // SAME
    assert "needs" not in pair.reasons


def test_reasons_are_in_the_words_of_the_two() -> None:
    pair = score_pairs(Cohort(proteges=(PROTEGE,), mentors=(MENTOR,)), [("linh", "rui")])[0]
    assert pair.reasons == {"needs": ["Public Speaking · presentation skills"], "level": ["+2"], "location": ["8 h"], "languages": ["en"]}


def test_a_mentor_some_levels_above_fits_better_than_one_below() -> None:
    by_level = [scored(PROTEGE, replace(MENTOR, level=level))["level"] for level in (1, 3, 4, 5, 9)]
    assert by_level[0] < by_level[1] < by_level[2] < by_level[3] > by_level[4]


def test_hours_in_common_are_those_of_the_worse_season() -> None:
    assert minutes_in_common("Europe/Berlin", "Europe/Berlin", 2026) == 480
    assert minutes_in_common("Europe/Lisbon", "Europe/Berlin", 2026) == 420
    assert minutes_in_common("America/Phoenix", "America/New_York", 2026) == 300, "two hours apart in winter, three in summer"
    assert minutes_in_common("Asia/Ho_Chi_Minh", "America/New_York", 2026) == 0
    assert minutes_in_common("Pacific/Auckland", "Pacific/Honolulu", 2026) == 360, "apart by the shorter way round"
    assert minutes_in_common("", "Europe/Lisbon", 2026) == minutes_in_common("../etc/passwd", "Europe/Lisbon", 2026) == -1


def test_the_same_place_is_better_than_the_same_hours() -> None:
    together = scored(replace(PROTEGE, location="Lisbon"), replace(MENTOR, location="lisbon "))["location"]
    assert together > scored(PROTEGE, MENTOR)["location"]
