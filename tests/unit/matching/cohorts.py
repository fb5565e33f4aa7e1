"""Cohorts for tests of the engine: random ones, and one of ordinary people."""

from hypothesis import strategies as st

from services.matching.engine import Cohort, Participant, Weights

WORDS = ("finance", "budgets", "public speaking", "presentation skills", "chess", "leading people", "Leading peple", "delegation")
ZONES = ("Europe/Lisbon", "Asia/Ho_Chi_Minh", "America/Toronto", "", "Nowhere/Land")
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
            languages=tuple(sorted(draw(st.sets(st.sampled_from(["en", "de", "vi"]), max_size=2)))),
            places=draw(st.integers(0, 3)),
            bonus=draw(st.sampled_from([0, 0, 0, 9_900, 10_000])),
        )
        for number in range(count)
    ]
    return tuple(draw(st.permutations(people)))


@st.composite
def cohorts(draw: st.DrawFn, most: int = 5) -> Cohort:
    """Any cohort whatever, small enough to try every match."""
    proteges, mentors = draw(participants("p", most)), draw(participants("m", most))
    ids = [one.person_id for one in (*proteges, *mentors, Participant(person_id="boss"))]
    pairs = st.tuples(st.sampled_from([f"p{n}" for n in range(most)]), st.sampled_from([f"m{n}" for n in range(most)]))
    return Cohort(
        proteges=proteges,
        mentors=mentors,
        weights=draw(st.sampled_from([Weights(), Weights(needs=1, goals=0, level=0, location=0, languages=0), Weights(needs=7, level=3)])),
        never_own_line=draw(st.booleans()),
        shared_language=draw(st.booleans()),
        managers=draw(st.dictionaries(st.sampled_from(ids), st.sampled_from(ids), max_size=4)),
        forbidden=frozenset(draw(st.sets(pairs, max_size=3))),
        partnered=frozenset(draw(st.sets(pairs, max_size=2))),
        fixed=tuple(draw(st.lists(pairs, max_size=2))),
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
