"""Phrases that mean the same are found, as far as a small model goes; typos are found by their letters; and both are the same each time."""

import itertools
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings

from services.matching.engine import Cohort, HardRules, Participant, Scorer, Weights, match
from services.matching.engine.aliases import GROUPS
from services.matching.engine.meaning import LENGTH, MOST, STEPS, UNIT, Meanings, phrases_of, possible_phrases, read, written
from services.matching.engine.minilm import embed, understand
from services.matching.engine.suggestions import suggestions
from services.matching.engine.tags import Comparison, alike
from services.matching.engine.words import SAME, Term, Vocabulary, vocabulary
from tests.unit.matching.cohorts import cohorts
from tests.unit.matching.triples import SLIPS, SYNONYMS

KNOWN = [tag for group in GROUPS for tag in group]


def cosine(one: str, other: str) -> float:
    found = dict(embed([one, other]))
    left, right = found[one], found[other]
    assert left is not None
    assert right is not None
    return float(left.astype(np.int64) @ right.astype(np.int64)) / UNIT**2


@cache
def vectors() -> dict[str, str]:
    """Of all phrases that are made up for these tests."""
    phrases = [vocabulary().term(phrase).phrase for triple in SYNONYMS for phrase in triple]
    return {phrase: written(vector) for phrase, vector in embed(sorted(set(phrases)))}


def likeness_of(triples: Sequence[tuple[str, ...]], *, by_meaning: bool) -> list[list[int]]:
    """Of each first phrase to each of the others."""
    term = vocabulary().term
    found = Comparison([term(phrase) for triple in triples for phrase in triple[1:]], vectors() if by_meaning else {})
    return [[int(value) for value in row] for row in found.rows([term(triple[0]) for triple in triples])]


# ---------------------------------------------------------------- the model


@pytest.mark.parametrize(
    ("sentence", "published"), [("That is a happy dog", 0.695), ("That is a very happy person", 0.943), ("Today is a sunny day", 0.257)]
)
def test_our_page_of_numpy_is_the_model_others_know(sentence: str, published: float) -> None:
    assert cosine("That is a happy person", sentence) == pytest.approx(published, abs=0.0006)


def test_a_phrase_has_the_same_vector_whoever_stands_beside_it() -> None:
    phrases = [f"{one} {other}" for one in ("learning", "teaching", "leading") for other in ("people", "strategy", "with calm")]
    together, alone = dict(embed(phrases)), dict(found for phrase in phrases for found in embed([phrase]))
    assert {phrase: written(vector) for phrase, vector in together.items()} == {phrase: written(vector) for phrase, vector in alone.items()}
    assert all(vector is not None and vector.shape == (LENGTH,) for vector in alone.values())


@pytest.mark.parametrize("phrase", ["verhandlungsführung", "öffentlich sprechen", "trabajo en equipo", "коучинг", "", "!!!"])
def test_what_is_not_english_is_not_understood(phrase: str) -> None:
    vector = dict(embed([phrase]))[phrase]
    assert vector is None or phrase == "!!!"
    assert read(written(None)) is None


def test_products_of_vectors_are_exact_in_single_precision() -> None:
    exact = np.array([vector for text in vectors().values() if (vector := read(text)) is not None], dtype=np.int64)
    assert np.array_equal((exact.astype(np.float32) @ exact.T.astype(np.float32)).astype(np.int64), exact @ exact.T)
    assert (np.abs(exact) @ np.abs(exact).T).max() < 2**24, "no sum on the way can be rounded either"


# ---------------------------------------------------------------- what it is worth


def test_synonyms_are_found_that_share_no_word_with_what_was_said() -> None:
    by_words, by_meaning = (likeness_of(SYNONYMS, by_meaning=told) for told in (False, True))

    def first(found: list[list[int]]) -> int:
        """How many of the first phrases have the right one among all others in front."""
        return sum(row[2 * place] == max(row) > 0 for place, row in enumerate(found))

    def better(found: list[list[int]]) -> int:
        return sum(row[2 * place] > row[2 * place + 1] for place, row in enumerate(found))

    assert (first(by_words), better(by_words)) <= (3, 2), "words alone find next to nothing here"
    assert first(by_meaning) >= 12
    assert better(by_meaning) >= 18


def test_the_handbooks_example_is_found_by_the_table_and_by_the_model() -> None:
    assert likeness_of([("public speaking", "presentation skills")], by_meaning=False) == [[SAME]]
    own = Vocabulary(no_aliases=["presentation skills"])
    terms = [own.term("public speaking"), own.term("presentation skills")]
    meanings = {phrase: written(vector) for phrase, vector in embed([term.phrase for term in terms])}
    assert 0 < Comparison(terms[:1], meanings).rows(terms[1:])[0, 0] < MOST


def test_two_words_looked_at_alone_are_as_alike_as_among_many() -> None:
    terms = [vocabulary().term(phrase) for triple in (*SYNONYMS[:12], ("chess", "ches", "chess club")) for phrase in triple]
    among_many = Comparison(terms, vectors()).rows(terms)
    assert [[alike(one, other, vectors()) for other in terms] for one in terms] == among_many.tolist()


def test_strangers_are_worth_next_to_nothing() -> None:
    values = np.array(likeness_of(SYNONYMS, by_meaning=True))
    others = [values[row, column] for row in range(len(SYNONYMS)) for column in range(values.shape[1]) if column // 2 != row]
    assert np.median(others) == 0
    assert np.mean(others) < 30


def test_worth_rises_evenly_with_nearness_and_the_same_phrase_is_worth_most() -> None:
    def vector(*parts: int) -> str:
        return written(np.array([*parts, *[0] * (LENGTH - len(parts))], dtype=np.int16))

    steps = [vector(UNIT * step // STEPS, int((UNIT**2 - (UNIT * step // STEPS) ** 2) ** 0.5)) for step in range(STEPS + 1)]
    terms = [Term(str(step), str(step)) for step in range(STEPS + 1)]
    known = {str(step): text for step, text in enumerate(steps)} | {"axis": vector(UNIT)}
    worth = Meanings([Term("axis", "axis")], known).worth(Meanings(terms, known))[0].tolist()
    assert worth == sorted(worth)
    assert worth[:16] == [0] * 16
    assert worth[45:] == [MOST] * 6
    assert {later - earlier for earlier, later in itertools.pairwise(worth[15:46])} == {30}


def test_where_the_model_is_not_asked_words_in_common_count() -> None:
    (row,) = likeness_of([("planning a product launch", "launch planning")], by_meaning=False)
    assert 300 < row[0] < 900
    (row,) = likeness_of([("verhandlungsführung lernen", "lernen"), SYNONYMS[0]], by_meaning=True)[:1]
    assert row[0] > 300, "nor where it does not understand"


# ---------------------------------------------------------------- in a match

PEOPLE = Cohort(
    proteges=(Participant(person_id="linh", needs=("keeping calm under pressure",), languages=("en",)),),
    mentors=(
        Participant(person_id="rui", strengths=("pressure vessel design",), languages=("en",)),
        Participant(person_id="jonas", strengths=("stress management", "chess"), languages=("en",)),
    ),
    rules=HardRules(),
    weights=Weights(needs=1),
)


def test_a_match_goes_by_meaning_and_shows_the_phrases() -> None:
    told = replace(PEOPLE, meanings=dict(understand(PEOPLE)))
    (pair,) = match(told).pairs
    assert pair.mentor_id == "jonas"
    assert pair.reasons["needs"] == ["keeping calm under pressure · stress management"]
    assert pair.points > Scorer(PEOPLE).pair(0, 0).points


def test_only_what_is_not_known_yet_is_looked_up_and_nothing_if_the_programme_says_so() -> None:
    known = dict(understand(PEOPLE))
    assert sorted(known) == phrases_of(PEOPLE)
    assert list(understand(replace(PEOPLE, meanings=known))) == []
    assert list(understand(replace(PEOPLE, compare_meanings=False))) == []


@given(cohorts())
@settings(max_examples=60, deadline=None)
def test_every_phrase_of_a_cohort_is_among_those_that_are_brought(cohort: Cohort) -> None:
    close = [question for question in cohort.questions if question.kind == "text" and question.counts == "close"]
    asked = {one for question in close for one in (question.protege, question.mentor)}
    people = (*cohort.proteges, *cohort.mentors)
    assert set(phrases_of(cohort)) <= possible_phrases(people, asked, cohort.aliases, cohort.no_aliases)


def test_meaning_changes_no_rule() -> None:
    told = replace(PEOPLE, meanings=dict(understand(PEOPLE)), proteges=(replace(PEOPLE.proteges[0], languages=("vi",)),))
    assert match(told).pairs == []


def test_another_process_with_other_hashes_finds_the_same_vectors() -> None:
    phrases = ["chess", "calm under pressure"]
    program = f"from services.matching.engine.minilm import embed; print([(one, vector.tolist()) for one, vector in embed({phrases})])"

    def found(seed: str, threads: str) -> str:
        environment = {"PYTHONHASHSEED": seed, "OPENBLAS_NUM_THREADS": threads}
        command = [sys.executable, "-c", program]
        return subprocess.run(command, env=environment, capture_output=True, check=True, text=True).stdout  # noqa: S603 - the text above

    here = [(phrase, vector.tolist()) for phrase, vector in embed(phrases) if vector is not None]
    assert found("1", "1") == found("2", "2") == f"{here}\n"


# ---------------------------------------------------------------- what a programme changes, and typing


def test_a_programme_adds_words_and_takes_words_out() -> None:
    own = Vocabulary(aliases=[["public speaking", "toasts"], ["okr", "objectives", "ziele"]], no_aliases=["promotion"])
    assert own.canonical("Toasts") == own.canonical("presentation skills")
    assert own.canonical("objectives") == own.canonical("OKRs") == own.canonical("Ziele") == "okr"
    assert own.canonical("promotion") == "promotion"
    assert vocabulary().canonical("promotion") == vocabulary().canonical("career planning")


def test_the_word_meant_is_suggested_first_whatever_the_slip() -> None:
    found = {typed: suggestions(typed, KNOWN) for typed, _ in SLIPS}
    assert {typed: words[:1] for typed, words in found.items()} == {typed: [meant] for typed, meant in SLIPS}


def test_nothing_is_suggested_for_what_is_like_nothing() -> None:
    assert suggestions("xylophone", KNOWN) == suggestions("", KNOWN) == suggestions("!?", KNOWN) == []
    assert suggestions("CHESS", ["Chess", "chess", "chest pains"], most=1) == ["Chess"]
    assert len(suggestions("management", KNOWN, most=3)) == 3
