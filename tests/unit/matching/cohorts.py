"""Cohorts for tests of the engine: random ones, and one of ordinary people."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from services.matching.engine import Aims, Choice, Cohort, HardRules, Mode, Participant, Question, Weights, Wished

WORDS = ("finance", "budgets", "public speaking", "presentation skills", "chess", "leading people", "Leading peple", "delegation")
ZONES = ("Europe/Lisbon", "Asia/Ho_Chi_Minh", "America/Toronto", "", "Nowhere/Land")
ANSWERS = {"team": ("Red", "red ", "Blue"), "years": ("1", "2.5", "-3", "many"), "tools": ("finance, chess", "budgets; Go", "xylophon")}
QUESTIONS = (
    Question(id="team", protege="team", mentor="team", kind="choice", counts="other", weight=8),
    Question(id="years", protege="years", mentor="years", kind="number", counts="close", within=3, weight=5, hard=True),
    Question(id="tools", protege="tools", mentor="tools", kind="text", counts="close", weight=11),
    Question(id="mix", protege="team", mentor="tools", kind="text", counts="same", weight=1),
)
tags = st.lists(st.sampled_from(WORDS), max_size=3, unique=True).map(tuple)


@st.composite
def participants(draw: st.DrawFn, prefix: str, most: int) -> tuple[Participant, ...]:
    """Up to so many people, in any order."""
    count = draw(st.integers(0, most))
    people = [
        Participant(
            person_id=f"{prefix}{number}",
            needs=draw(tags),
            strengths=draw(tags),
            goals=draw(tags),
            level=draw(st.sampled_from([None, 1, 2, 5])),
            location=draw(st.sampled_from(["", "Lisbon", "Hanoi"])),
            zone=draw(st.sampled_from(ZONES)),
            department=draw(st.sampled_from(["", "Sales", "IT", "sales "])),
            hours=draw(st.sampled_from([(), ((0, 540, 660),), ((0, 600, 720), (6, 0, 1_440)), ((2, 1_000, 1_017),)])),
            answers=draw(st.fixed_dictionaries({}, optional={name: st.sampled_from(words) for name, words in ANSWERS.items()})),
            days_waited=draw(st.sampled_from([None, 0, 40, 400])),
            languages=tuple(sorted(draw(st.sets(st.sampled_from(["en", "de", "vi"]), max_size=2)))),
            places=draw(st.sampled_from([1, 1, 2, 3, 0])),
            partners=draw(st.integers(0, 2)),
            group=draw(st.sampled_from(["", "women", "men"])),
            bonus=draw(st.sampled_from([0, 0, 0, 9_900, 10_000])),
        )
        for number in range(count)
    ]
    return tuple(draw(st.permutations(people)))


def weights() -> st.SearchStrategy[Weights]:
    """The usual ones, one alone, and any."""
    everything = st.builds(Weights, **{name: st.integers(0, 9) for name in vars(Weights())})
    usual = st.sampled_from([Weights(), Weights(needs=1, learning=0, goals=0, level=0, location=0, languages=0), Weights(needs=7, level=3)])
    return st.one_of(usual, everything.filter(lambda one: any(vars(one).values())))


def rules() -> st.SearchStrategy[HardRules]:
    """None, one alone or, seldom, any of them: with many at once nobody would be left."""
    none = HardRules(never_own_line=False, shared_language=False, never_again=False, never_after_no=False)
    alone: list[dict[str, Any]] = [
        {"never_own_line": True},
        {"shared_language": True},
        {"never_again": True, "never_after_no": True},
        {"least_shared_hours": 1},
        {"most_hours_apart": 6},
        {"least_levels_above": 0, "most_levels_above": 3},
        {"department": "other"},
        {"department": "same"},
    ]
    anything = st.builds(
        HardRules,
        never_own_line=st.booleans(),
        shared_language=st.booleans(),
        never_again=st.booleans(),
        never_after_no=st.booleans(),
        least_shared_hours=st.sampled_from([0, 1]),
        most_hours_apart=st.sampled_from([None, 6]),
        least_levels_above=st.sampled_from([None, 0]),
        most_levels_above=st.sampled_from([None, 3]),
        department=st.sampled_from(["any", "other", "same"]),
    )
    return st.one_of(st.just(none), st.sampled_from(alone).map(lambda one: replace(none, **one)), anything)


def wished() -> st.SearchStrategy[Wished]:
    """What programmes see differently."""
    return st.builds(
        Wished,
        levels_above=st.integers(-2, 3),
        department=st.sampled_from(["same", "other"]),
        earlier_partners=st.sampled_from(["prefer", "avoid"]),
        shared_hours=st.sampled_from([1, 5]),
        days_waited=st.sampled_from([1, 90]),
    )


def aims() -> st.SearchStrategy[Aims]:
    """The usual ones, and any."""
    anything = st.builds(
        Aims,
        mode=st.sampled_from(Mode),
        floors=st.dictionaries(st.sampled_from(["women", "men", "nobody"]), st.integers(0, 100), max_size=2),
        spread=st.sampled_from([0, 300]),
        stickiness=st.sampled_from([None, 0, 1_000, 1_000_000]),
        first_choice=st.sampled_from([0, 1_500]),
        seed=st.integers(0, 2),
    )
    return st.one_of(st.just(Aims()), anything)


@st.composite
def cohorts(draw: st.DrawFn, most: int = 5) -> Cohort:
    """Any cohort whatever, small enough to try every match."""
    proteges, mentors = draw(participants("p", most)), draw(participants("m", most))
    ids = [one.person_id for one in (*proteges, *mentors, Participant(person_id="boss"))]
    pairs = st.tuples(st.sampled_from([f"p{n}" for n in range(most)]), st.sampled_from([f"m{n}" for n in range(most)]))
    return Cohort(
        proteges=proteges,
        mentors=mentors,
        weights=draw(weights()),
        rules=draw(rules()),
        wished=draw(wished()),
        questions=draw(st.sampled_from([(), (), QUESTIONS[:1], QUESTIONS])),
        managers=draw(st.dictionaries(st.sampled_from(ids), st.sampled_from(ids), max_size=4)),
        forbidden=frozenset(draw(st.sets(pairs, max_size=3))),
        partnered=frozenset(draw(st.sets(pairs, max_size=2))),
        earlier_partners=frozenset(draw(st.sets(pairs, max_size=2))),
        declined=frozenset(draw(st.sets(pairs, max_size=2))),
        fixed=tuple(draw(st.lists(pairs, max_size=2))),
        running=tuple(draw(st.lists(pairs, max_size=2))),
        choices=tuple(
            Choice(protege_id=one, mentor_id=other, by=draw(st.sampled_from(["protege", "mentor"])), rank=draw(st.integers(1, 3)))
            for one, other in draw(st.lists(pairs, max_size=3))
        ),
        aims=draw(aims()),
    )


def a_cohort(proteges: int, mentors: int, places: int = 1) -> Cohort:
    """Ordinary people who all share a language."""
    return Cohort(
        proteges=tuple(
            Participant(person_id=f"p{number}", needs=(WORDS[number % 5],), languages=("en",), level=number % 4 + 1)
            for number in range(proteges)
        ),
        mentors=tuple(
            Participant(person_id=f"m{number}", strengths=(WORDS[number % 3],), languages=("en",), level=number % 4 + 3, places=places)
            for number in range(mentors)
        ),
    )
