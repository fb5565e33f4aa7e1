from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.goals.domain import Hint, HintCode, Letter, Words, check
from services.goals.domain.hints import ENGLISH
from tests.unit.goals.builders import some_words

TODAY = date(2026, 6, 1)
LATER = date(2026, 9, 1)

CLEAR = [
    (
        "Run the spring capacity review on my own",
        "It is the part of Rui’s work I want to do next year",  # noqa: RUF001 - people write this apostrophe
        "All seven plants send their numbers the week before, and nobody turns to Rui to decide",
    ),
    (
        "Improve our first answer to customers from 5 days to 2",
        "Customers wait, and I want to learn how such a change is led",
        "The median of May is below 2 days",
    ),
    ("Hold one talk on our test bench for the department", "I want to stop being nervous the night before", "The talk was held"),
    ("Home by six on three days a week", "My children eat at half past six", "Three ticks a week in my calendar"),
    (
        "Die Kapazitätsrunde im Frühjahr allein leiten",
        "Genau diesen Teil von Ruis Arbeit möchte ich machen",
        "Alle sieben Werke schicken ihre Zahlen eine Woche vorher, und niemand schaut zu Rui",
    ),
    ("Kapazitätsrunde leiten", "Das ist die Arbeit, die ich nächstes Jahr machen will", "Das Protokoll ist unterschrieben"),
    (
        "Die Antwortzeit von 5 auf 2 Tage verbessern",
        "Unsere Kunden warten, und ich will so etwas einmal leiten",
        "Im Mai liegt der Median unter zwei Tagen",
    ),
    ("Mich in Runden nicht mehr hinter Folien verstecken", "Sie freuen sich", "Drei Vorträge ohne Folien"),
    ("Zweimal in der Woche um sechs zu Hause sein", "Meine Kinder essen um halb sieben", "Zwei Häkchen je Woche im Kalender"),
]


def hints(**changed: object) -> dict[Letter, Hint]:
    return {hint.letter: hint for hint in check(some_words(**{"due_on": LATER, **changed}), today=TODAY)}


@pytest.mark.parametrize(("title", "why", "measure"), CLEAR)
def test_a_clear_goal_gets_no_hint(title: str, why: str, measure: str) -> None:
    assert check(Words(title=title, why=why, measure=measure, due_on=LATER), today=TODAY) == []


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Get better at presenting", ["better"]),
        ("Improve my presentation skills", ["Improve"]),
        ("Work on my leadership skills", ["Work on", "leadership skills"]),
        ("Become more confident in meetings", ["more confident"]),
        ("Understand how the finance department works", ["Understand"]),
        ("Besser präsentieren lernen", ["Besser"]),
        ("Meine Englischkenntnisse verbessern", ["verbessern"]),
        ("Mich als Führungskraft weiterentwickeln", ["weiterentwickeln"]),
        ("In Besprechungen selbstbewusster auftreten", ["selbstbewusster"]),
        ("Do more sports on weekdays", ["more"]),
        ("Mehr Sport machen und gesünder leben", ["Mehr", "gesünder"]),
        ("Improve the quarterly report", ["Improve"]),
    ],
)
def test_a_title_of_vague_words_is_asked_what_it_means(title: str, words: list[str]) -> None:
    hint = hints(title=title)[Letter.SPECIFIC]
    assert (hint.code, hint.parameters) == (HintCode.VAGUE_WORDS, {"words": words})


@pytest.mark.parametrize(("title", "count"), [("Python", 1), ("Learn Python", 2), ("Englisch lernen", 2)])
def test_a_title_of_a_word_or_two_is_asked_for_more(title: str, count: int) -> None:
    assert hints(title=title)[Letter.SPECIFIC] == Hint(code=HintCode.TITLE_SHORT, parameters={"count": count})


@pytest.mark.parametrize(
    ("measure", "code"),
    [
        ("", HintCode.MEASURE_MISSING),
        ("   ", HintCode.MEASURE_MISSING),
        ("People trust me more, I feel it", HintCode.MEASURE_VAGUE),
        ("Ich fühle mich sicherer", HintCode.MEASURE_VAGUE),
        ("My own opinion", HintCode.MEASURE_UNSEEN),
        ("Das merke ich schon", HintCode.MEASURE_UNSEEN),
        ("Mein Team ist zufrieden", HintCode.MEASURE_VAGUE),
    ],
)
def test_a_measure_nobody_could_see_is_asked_for_a_sign(measure: str, code: HintCode) -> None:
    assert hints(measure=measure)[Letter.MEASURABLE].code is code


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Always leave the office on time", HintCode.TOO_MUCH),
        ("Answer every mail and never be late", HintCode.TOO_MUCH),
        ("Nie wieder eine Besprechung überziehen", HintCode.TOO_MUCH),
        ("Alles in der Planung selbst entscheiden", HintCode.TOO_MUCH),
        ("Become lead engineer by summer", HintCode.DECIDED_BY_OTHERS),
        ("Be promoted to principal by December", HintCode.DECIDED_BY_OTHERS),
        ("Bis zum Sommer leitende Ingenieurin werden", HintCode.DECIDED_BY_OTHERS),
        ("Im Herbst zur Abteilungsleiterin befördert werden", HintCode.DECIDED_BY_OTHERS),
        ("Write the plan and present it and train the team", HintCode.SEVERAL_GOALS),
        ("Plan schreiben und vorstellen sowie das Team schulen", HintCode.SEVERAL_GOALS),
    ],
)
def test_a_title_that_is_hard_to_reach_is_asked_for_less(title: str, code: HintCode) -> None:
    assert hints(title=title)[Letter.ACHIEVABLE].code is code


@pytest.mark.parametrize(
    ("why", "code"),
    [
        ("", HintCode.WHY_MISSING),
        ("For fun", HintCode.WHY_SHORT),
        ("run the spring capacity review on my own!", HintCode.WHY_REPEATS_TITLE),
        ("My manager wants it in my review", HintCode.WHY_OF_ANOTHER),
        ("I have to, before the audit comes", HintCode.WHY_OF_ANOTHER),
        ("Mein Chef möchte, dass ich das kann", HintCode.WHY_OF_ANOTHER),
        ("Das muss ich können, heißt es", HintCode.WHY_OF_ANOTHER),
        ("Sehr wichtig", HintCode.WHY_SHORT),
    ],
)
def test_a_reason_that_does_not_carry_is_asked_for_ones_own(why: str, code: HintCode) -> None:
    assert hints(why=why)[Letter.RELEVANT].code is code


@pytest.mark.parametrize(
    ("due_on", "code", "parameters"),
    [
        (None, HintCode.DUE_MISSING, {}),
        (date(2026, 5, 30), HintCode.DUE_PAST, {"due_on": "2026-05-30", "days": 2}),
        (TODAY, HintCode.DUE_TOO_SOON, {"due_on": "2026-06-01", "days": 0}),
        (date(2026, 6, 3), HintCode.DUE_TOO_SOON, {"due_on": "2026-06-03", "days": 2}),
        (date(2028, 6, 1), HintCode.DUE_TOO_FAR, {"due_on": "2028-06-01", "months": 24}),
    ],
)
def test_an_end_that_does_not_help_is_asked_for_another(due_on: date | None, code: HintCode, parameters: dict[str, object]) -> None:
    assert hints(due_on=due_on)[Letter.TIME_BOUND] == Hint(code=code, parameters=parameters)


def test_a_year_is_not_too_far() -> None:
    assert hints(due_on=date(2027, 6, 1)) == {}


def test_an_end_after_the_partnerships_end_is_noticed() -> None:
    (hint,) = check(some_words(due_on=LATER), today=TODAY, ends_on=date(2026, 8, 1))
    assert hint == Hint(code=HintCode.DUE_AFTER_END, parameters={"due_on": "2026-09-01", "ends_on": "2026-08-01"})


def test_a_written_goal_is_asked_for_a_step_and_is_not_called_short_when_its_end_comes_near() -> None:
    near = TODAY + timedelta(days=1)
    assert [hint.code for hint in check(some_words(due_on=near), today=TODAY, written_on=date(2026, 3, 1), steps=0)] == [
        HintCode.STEPS_MISSING
    ]
    assert check(some_words(due_on=near), today=TODAY, written_on=date(2026, 3, 1), steps=1) == []


def test_nothing_written_gets_a_hint_for_each_letter_but_the_one_that_needs_words() -> None:
    found = check(Words(title=""), today=TODAY)
    assert [hint.code for hint in found] == [
        HintCode.TITLE_MISSING,
        HintCode.MEASURE_MISSING,
        HintCode.WHY_MISSING,
        HintCode.DUE_MISSING,
    ]


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=200), st.none() | st.dates())
def test_whatever_is_written_is_answered_and_never_refused(title: str, why: str, measure: str, due_on: date | None) -> None:
    found = check(Words(title=title, why=why, measure=measure, due_on=due_on), today=TODAY)
    letters = [hint.letter for hint in found]
    assert len(letters) == len(set(letters))
    assert all(hint.text and hint.example and hint.word for hint in found)


def test_a_text_made_to_stall_the_search_is_answered_at_once() -> None:
    assert check(Words(title="become " * 28, why="become a " * 440, measure="better-" * 570, due_on=LATER), today=TODAY)


def test_every_code_has_english_words_and_names_only_its_own_parameters() -> None:
    given_parameters: dict[str, object] = {
        "words": ["better"],
        "count": 2,
        "due_on": "2026-05-30",
        "ends_on": "2026-08-01",
        "days": 2,
        "months": 24,
    }
    assert set(ENGLISH) == set(HintCode)
    assert all("{" not in Hint(code=code, parameters=given_parameters).text for code in HintCode)
    assert Hint(code=HintCode.VAGUE_WORDS, parameters={"words": ["better", "things"]}).text.startswith("“better”, “things” can mean")
