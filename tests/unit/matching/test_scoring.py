"""Points are the same however one asks for them, every criterion and rule says what it should, and nothing depends on who else is there."""

import itertools
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.engine import Cohort, HardRules, Participant, Question, ScoredPair, Scorer, Weights, Wished, match, score_pairs
from services.matching.engine.blocks import MUST_NOT_BE
from services.matching.engine.factors import ALL, SharedMinutes, Values
from services.matching.engine.outlook import outlook, shut_out
from services.matching.engine.terms import PARTS, apportioned, normalised
from services.matching.engine.zones import shared_spans
from tests.unit.matching.cohorts import cohorts

NOTHING = dict.fromkeys(vars(Weights()), 0)
NO_RULES = HardRules(never_own_line=False, shared_language=False, never_again=False, never_after_no=False)
MORNINGS = tuple((day, 540, 660) for day in range(5))


def the_pair(protege: dict[str, Any], mentor: dict[str, Any], **terms: Any) -> ScoredPair:
    """Linh and Rui, with no rule but those in `terms`."""
    cohort = Cohort(
        proteges=(Participant(person_id="linh", **protege),),
        mentors=(Participant(person_id="rui", **mentor),),
        **{"rules": NO_RULES, **terms},
    )
    return score_pairs(cohort, [("linh", "rui")])[0]


def value(criterion: str, protege: dict[str, Any], mentor: dict[str, Any], **terms: Any) -> int:
    """The criterion's value where nothing else counts, in parts of 10,000."""
    return the_pair(protege, mentor, weights=Weights(**{**NOTHING, criterion: 1}), **terms).points


# ---------------------------------------------------------------- the same however one asks


@given(cohorts(), st.integers(0, 5), st.integers(0, 5))
@settings(max_examples=80, deadline=None)
def test_a_block_has_the_points_of_its_pairs_one_by_one(cohort: Cohort, one: int, other: int) -> None:
    scorer = Scorer(cohort)
    start, stop = sorted((min(one, len(scorer.proteges)), min(other, len(scorer.proteges))))
    block = scorer.points(start, stop)
    assert block.dtype == np.int32
    assert block.shape == (stop - start, len(scorer.mentors))
    for row, column in itertools.product(range(start, stop), range(len(scorer.mentors))):
        alone = score_pairs(cohort, [(scorer.proteges[row], scorer.mentors[column])])[0]
        assert scorer.pair(row, column) == alone
        assert block[row - start, column] == (MUST_NOT_BE if alone.broken_rules else alone.points)


@given(cohorts())
@settings(max_examples=80, deadline=None)
def test_points_are_the_weighted_values_rounded_once(cohort: Cohort) -> None:
    scorer = Scorer(cohort)
    assert sum(scorer.weights.values()) == PARTS
    for row, column in itertools.product(range(len(scorer.proteges)), range(len(scorer.mentors))):
        values = {name: int(found[column]) for name, found in scorer.values(row).items()}
        assert all(0 <= one <= 1_000 for one in values.values())
        pair = scorer.pair(row, column)
        assert pair.points == (sum(scorer.weights[name] * one for name, one in values.items()) + 500) // 1_000
        assert all(abs(1_000 * pair.shares[name] - scorer.weights[name] * one) < 1_500 for name, one in values.items())


def test_what_a_criterion_and_a_rule_both_look_at_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[int] = []
    row = SharedMinutes.row

    def noted(self: SharedMinutes, number: int, columns: slice = ALL) -> Values:
        measured.append(number)
        return row(self, number, columns)

    monkeypatch.setattr(SharedMinutes, "row", noted)
    one, other, mentor = (Participant(person_id=name, hours=MORNINGS, zone="Europe/Lisbon") for name in ("linh", "sam", "rui"))
    hours: dict[str, Any] = {"weights": Weights(hours=10), "rules": replace(NO_RULES, least_shared_hours=1)}
    Scorer(Cohort(proteges=(one, other), mentors=(mentor,), **hours)).points(0, 2)
    assert measured == [0, 1]


def test_more_proteges_than_are_looked_at_together_are_scored_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    people = [Participant(person_id=f"p{n:02}", needs=(f"need {n % 7}", "finance"), strengths=(f"need {n % 5}",)) for n in range(20)]
    cohort = Cohort(proteges=tuple(people), mentors=tuple(replace(one, person_id=f"m{one.person_id}") for one in people), rules=NO_RULES)
    whole = Scorer(cohort).points(0, 20)
    monkeypatch.setattr("services.matching.engine.scoring.PORTION", 3)
    monkeypatch.setattr("services.matching.engine.tags.KEPT", 1)
    monkeypatch.setattr("services.matching.engine.tags.TOGETHER", 1)
    scorer = Scorer(cohort)
    assert np.array_equal(np.concatenate([scorer.points(11, 20), scorer.points(0, 11)]), np.concatenate([whole[11:], whole[:11]]))


# ---------------------------------------------------------------- weights


def test_a_whole_number_is_divided_so_that_nothing_is_lost() -> None:
    assert apportioned(10, {"a": 1, "b": 1, "c": 1}) == {"a": 4, "b": 3, "c": 3}
    assert apportioned(7, {"a": 0, "b": 0}) == {"a": 0, "b": 0}


def test_a_new_criterion_rescales_the_others_where_everybody_sees_it() -> None:
    question = Question(id="team", protege="team", mentor="team", kind="choice", counts="same", weight=100)
    assert normalised(Weights(), ()) == {
        "needs": 3_000,
        "learning": 1_000,
        "goals": 2_000,
        "level": 1_500,
        "location": 1_500,
        "languages": 1_000,
    }
    assert normalised(Weights(), (question,))["question.team"] == 5_000
    assert normalised(Weights(), (question,))["needs"] == 1_500


@pytest.mark.parametrize("criterion", ["needs", "learning", "goals", "level", "department", "location", "languages", "hours", "waiting"])
@pytest.mark.parametrize("seed", range(3))
def test_who_raises_a_weight_gets_no_less_of_that_criterion(criterion: str, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - people to try with, no secret
    words = ("finance", "chess", "public speaking", "delegation", "sales", "writing")

    def person(name: str) -> Participant:
        return Participant(
            person_id=name,
            needs=tuple(chance.sample(words, 2)),
            strengths=tuple(chance.sample(words, 2)),
            goals=tuple(chance.sample(words, 2)),
            level=chance.randint(1, 6),
            department=chance.choice(("Sales", "IT")),
            zone=chance.choice(("Europe/Lisbon", "Asia/Tokyo", "America/New_York")),
            languages=tuple(chance.sample(("en", "de", "vi"), 2)),
            hours=((chance.randint(0, 1), 540, 780),),
            days_waited=chance.randint(0, 100),
        )

    people = [person(f"p{number:02}") for number in range(16)]
    mentors = tuple(replace(person(f"m{number}"), places=2) for number in range(6))
    cohort = Cohort(proteges=tuple(people), mentors=mentors, rules=NO_RULES, weights=Weights(**dict.fromkeys(NOTHING, 10)))
    scorer = Scorer(cohort)
    columns = {name: column for column, name in enumerate(scorer.mentors)}
    gained = []
    for weight in (0, 5, 20, 80):
        found = match(replace(cohort, weights=replace(cohort.weights, **{criterion: weight}))).pairs
        assert len(found) == 12, "as many are paired whatever counts"
        rows = [(scorer.proteges.index(pair.protege_id), columns[pair.mentor_id]) for pair in found]
        gained.append(sum(int(scorer.values(row)[criterion][column]) for row, column in rows))
    # Points are rounded: what that is worth at most in this criterion is the least that it could be lowered by.
    assert all(later >= earlier - 12 * 10 for earlier, later in itertools.pairwise(gained)), gained
    assert gained[-1] >= gained[0]


# ---------------------------------------------------------------- criteria


@pytest.mark.parametrize("wished", [-2, 0, 1, 2, 5])
def test_the_wished_distance_in_levels_is_the_best(wished: int) -> None:
    found = {above: value("level", {"level": 20}, {"level": 20 + above}, wished=Wished(levels_above=wished)) for above in range(-6, 9)}
    assert max(found, key=lambda above: found[above]) == wished
    assert found[wished] == 10_000


def test_another_department_or_the_same_as_the_programme_wishes() -> None:
    sales, it = {"department": "Sales"}, {"department": "IT"}
    assert (
        value("department", sales, it) == value("department", sales, {"department": "sales "}, wished=Wished(department="same")) == 10_000
    )
    assert value("department", sales, sales) == value("department", sales, it, wished=Wished(department="same")) == 0
    assert value("department", sales, {}) == 5_000


def test_hours_are_compared_where_people_are() -> None:
    lisbon, hanoi = {"zone": "Europe/Lisbon", "hours": MORNINGS}, {"zone": "Asia/Ho_Chi_Minh"}
    afternoons = tuple((day, 960, 1_080) for day in range(5))
    assert value("hours", lisbon, {"zone": "Europe/Lisbon", "hours": MORNINGS}) == 10_000
    # Nine in Lisbon is 16:00 in Hanoi in winter and 15:00 in summer: one hour a day in the worse of the two.
    assert value("hours", lisbon, {**hanoi, "hours": afternoons}) == 10_000
    assert value("hours", lisbon, {**hanoi, "hours": afternoons}, wished=Wished(shared_hours=10)) == 5_000
    assert value("hours", lisbon, {**hanoi, "hours": MORNINGS}) == 0
    assert value("hours", lisbon, {**hanoi}) == value("hours", lisbon, {"zone": "Nowhere/Land", "hours": MORNINGS}) == 5_000


def test_a_week_has_no_end_and_quarters_of_hours_count() -> None:
    sunday_night, monday = {"zone": "America/Los_Angeles", "hours": ((6, 1_200, 1_440),)}, {"zone": "UTC", "hours": ((0, 0, 480),)}
    assert value("hours", sunday_night, monday, wished=Wished(shared_hours=4)) == 10_000
    kathmandu, berlin = {"zone": "Asia/Kathmandu", "hours": ((2, 600, 690),)}, {"zone": "UTC", "hours": ((2, 0, 1_440),)}
    assert the_pair(kathmandu, berlin).reasons["hours"] == ["wed 10:00-11:30"]
    assert value("hours", {"zone": "UTC", "hours": ((0, 600, 610),)}, berlin) == 0, "ten minutes are no quarter of an hour"
    assert list(shared_spans(Participant(person_id="a"), Participant(person_id="b"), 2026)) == []


def test_earlier_partners_are_preferred_or_avoided() -> None:
    met = frozenset({("linh", "rui")})
    assert (
        value("earlier_partners", {}, {}, earlier_partners=met)
        == value("earlier_partners", {}, {}, wished=Wished(earlier_partners="prefer"))
        == 0
    )
    assert value("earlier_partners", {}, {}) == 10_000
    assert value("earlier_partners", {}, {}, earlier_partners=met, wished=Wished(earlier_partners="prefer")) == 10_000


def test_who_has_waited_longer_counts_more() -> None:
    assert [value("waiting", {"days_waited": days}, {}) for days in (0, 45, 90, 900)] == [0, 5_000, 10_000, 10_000]
    assert value("waiting", {}, {}) == 5_000


def question(**changes: Any) -> Question:
    return Question(**{"id": "q", "protege": "q", "mentor": "q", "kind": "choice", "counts": "same", "weight": 1, **changes})


@pytest.mark.parametrize(
    ("asked", "one", "other", "points"),
    [
        (question(), "Red", "red", 10_000),
        (question(), "Red", "Blue", 0),
        (question(counts="other"), "Red", "Blue", 10_000),
        (question(counts="other"), "Red", "Red", 0),
        (question(), "", "Red", 5_000),
        (question(kind="yes_no"), "yes", "yes", 10_000),
        (question(kind="yes_no", counts="close"), "yes", "no", 0),
        (question(kind="number", counts="close", within=4), "3", "4", 7_500),
        (question(kind="number", counts="close", within=4), "3", "-30.5", 0),
        (question(kind="number", counts="close", within=4), "3", "plenty", 5_000),
        (question(kind="number", counts="close", within=4), "1e999", "3", 5_000),
        (question(counts="close", protege_options=("a", "b", "c"), mentor_options=("a", "b", "c")), "a", "b", 5_000),
        (question(counts="close", protege_options=("a", "b", "c"), mentor_options=("x", "y")), "c", "y", 10_000),
        (question(kind="text"), "presentation skills", "Public Speaking", 10_000),
        (question(kind="text", counts="close"), "chess, budgets", "finance; poker", 3_330),
    ],
)
def test_answers_to_questions_of_the_programmes_own_count_as_it_says(asked: Question, one: str, other: str, points: int) -> None:
    pair = the_pair({"answers": {"q": one}}, {"answers": {"q": other}}, weights=Weights(**NOTHING), questions=(asked,))
    assert pair.points == points
    assert (pair.unanswered == ["question.q"]) == (points == 5_000 and not asked.protege_options)


def test_one_sides_answer_counts_against_another_question_of_the_other_side() -> None:
    asked = question(protege="wants", mentor="offers")
    assert the_pair({"answers": {"wants": "chess"}}, {"answers": {"offers": "chess"}}, questions=(asked,)).reasons["question.q"] == [
        "chess"
    ]


# ---------------------------------------------------------------- rules


@pytest.mark.parametrize(
    ("rules", "protege", "mentor", "broken"),
    [
        ({"department": "other"}, {"department": "Sales"}, {"department": "sales"}, ["department"]),
        ({"department": "other"}, {"department": "Sales"}, {"department": "IT"}, []),
        ({"department": "same"}, {"department": "Sales"}, {"department": "IT"}, ["department"]),
        ({"department": "same"}, {"department": "Sales"}, {}, ["department"]),
        ({"least_levels_above": 1}, {"level": 3}, {"level": 3}, ["levels_above"]),
        ({"least_levels_above": -2, "most_levels_above": 0}, {"level": 3}, {"level": 1}, []),
        ({"most_levels_above": 2}, {"level": 3}, {"level": 6}, ["levels_above"]),
        ({"most_levels_above": 2}, {"level": 3}, {}, ["levels_above"]),
        ({"most_hours_apart": 1}, {"zone": "Europe/Lisbon"}, {"zone": "Europe/Berlin"}, []),
        ({"most_hours_apart": 2}, {"zone": "America/Phoenix"}, {"zone": "America/New_York"}, ["hours_apart"]),
        ({"most_hours_apart": 2}, {"zone": "Pacific/Auckland"}, {"zone": "Pacific/Honolulu"}, []),
        ({"most_hours_apart": 12}, {"zone": "Nowhere/Land"}, {"zone": "Europe/Berlin"}, ["hours_apart"]),
        ({"least_shared_hours": 2}, {"zone": "UTC", "hours": ((0, 0, 120),)}, {"zone": "UTC", "hours": ((0, 0, 120),)}, []),
        ({"least_shared_hours": 2}, {"zone": "UTC", "hours": ((0, 0, 105),)}, {"zone": "UTC", "hours": ((0, 0, 120),)}, ["shared_hours"]),
        ({"least_shared_hours": 2}, {"zone": "UTC"}, {"zone": "UTC", "hours": ((0, 0, 120),)}, ["shared_hours"]),
        ({"shared_language": True}, {"languages": ("en", "vi")}, {"languages": ("vi",)}, []),
        ({"shared_language": True}, {"languages": ("en", "vi")}, {"languages": ()}, ["shared_language"]),
    ],
)
def test_a_rule_excludes_whom_it_should(rules: dict[str, Any], protege: dict[str, Any], mentor: dict[str, Any], broken: list[str]) -> None:
    assert the_pair(protege, mentor, rules=replace(NO_RULES, **rules)).broken_rules == broken


def test_partners_of_before_and_those_who_said_no_are_excluded_unless_the_programme_lets_them() -> None:
    met = {name: frozenset({("linh", "rui")}) for name in ("earlier_partners", "declined")}
    never = replace(NO_RULES, never_again=True, never_after_no=True)
    assert the_pair({}, {}, rules=never, **met).broken_rules == ["already_partnered", "declined_before"]
    assert the_pair({}, {}, **met).broken_rules == []
    assert the_pair({}, {}, partnered=met["declined"]).broken_rules == ["already_partnered"], "nobody is paired with a partner of now"
    assert the_pair({}, {}, rules=never, partnered=met["declined"]).broken_rules == ["already_partnered"]


def test_a_hard_answer_excludes_who_does_not_fit_and_who_has_not_answered() -> None:
    near = question(kind="number", counts="close", within=2, hard=True)
    for one, other, broken in [("1", "3", False), ("1", "3.1", True), ("1", "", True), ("0.1", "2.1", False)]:
        assert bool(the_pair({"answers": {"q": one}}, {"answers": {"q": other}}, questions=(near,)).broken_rules) is broken
    differ = question(counts="other", hard=True, weight=0)
    assert the_pair({"answers": {"q": "Red"}}, {"answers": {"q": "red"}}, questions=(differ,)).broken_rules == ["question.q"]


def test_more_languages_than_a_machine_word_has_bits() -> None:
    many = tuple(f"language {number}" for number in range(130))
    assert value("languages", {"languages": many}, {"languages": many[129:]}) == 8_000
    assert value("languages", {"languages": many[:65]}, {"languages": many[64:]}) == 8_000
    assert value("languages", {"languages": many[:64]}, {"languages": many[64:]}) == 0


# ---------------------------------------------------------------- before a run


@given(cohorts())
@settings(max_examples=60, deadline=None)
def test_what_the_rules_leave_is_counted_as_one_would_by_hand(cohort: Cohort) -> None:
    pairs = score_pairs(cohort, [(one.person_id, other.person_id) for one in cohort.proteges for other in cohort.mentors])
    found = outlook(cohort)
    assert found.pairs == len(pairs)
    assert found.allowed == sum(not pair.broken_rules for pair in pairs)
    people = {one.person_id for one in cohort.proteges}
    assert found.without_anybody == len(people - {pair.protege_id for pair in pairs if not pair.broken_rules})
    for name, excluded in found.rules.items():
        broken = [pair for pair in pairs if name in pair.broken_rules]
        assert excluded.pairs == len(broken)
        assert excluded.alone == sum(pair.broken_rules == [name] for pair in broken)
        kept = {pair.protege_id for pair in pairs if name not in pair.broken_rules}
        assert excluded.proteges == (len(people - kept) if cohort.mentors else 0)


def test_a_rule_that_excludes_everybody_is_named() -> None:
    people = tuple(Participant(person_id=name, level=3, languages=("en",)) for name in ("linh", "sam"))
    contradictory = HardRules(least_levels_above=2, most_levels_above=1)
    found = outlook(Cohort(proteges=people, mentors=(Participant(person_id="rui", level=5, languages=("en",)),), rules=contradictory))
    assert found.excludes_everybody() == ["levels_above"]
    assert (found.allowed, found.without_anybody) == (0, 2)
    assert outlook(Cohort(proteges=(), mentors=())).excludes_everybody() == []


@given(cohorts())
@settings(max_examples=60, deadline=None)
def test_nobody_is_shut_out_as_long_as_a_single_pair_may_be(cohort: Cohort) -> None:
    people = {one.person_id for one in (*cohort.proteges, *cohort.mentors)}
    expected = bool(cohort.proteges and cohort.mentors and len(people) > 1 and not outlook(cohort).allowed)
    assert bool(shut_out(cohort)) is expected


def test_rules_that_only_together_exclude_everybody_are_all_named() -> None:
    linh, sam = Participant(person_id="linh", level=3, languages=("en",)), Participant(person_id="sam", level=5, languages=("de",))
    rui = Participant(person_id="rui", level=5, languages=("en",))
    rules = HardRules(least_levels_above=3)
    assert shut_out(Cohort(proteges=(linh, sam), mentors=(rui,), rules=rules)) == ["levels_above"]
    rules = HardRules(most_levels_above=1)
    assert shut_out(Cohort(proteges=(linh, sam), mentors=(rui,), rules=rules)) == ["shared_language", "levels_above"]


# ---------------------------------------------------------------- the edges


def test_people_who_have_said_nothing_are_ordinary_pairs() -> None:
    everything = Weights(**dict.fromkeys(NOTHING, 1))
    asked = tuple(question(id=f"q{number}", protege=f"q{number}", mentor=f"q{number}") for number in range(30))
    pair = the_pair({}, {}, weights=everything, questions=asked)
    assert len(pair.unanswered) == 39, "all but earlier partners, of whom the programme knows"
    assert sum(pair.shares.values()) == pair.points
    assert 4_000 < pair.points < 6_000
    assert pair.reasons == {}


def test_thirty_questions_that_all_fit_give_all_points() -> None:
    asked = tuple(question(id=f"q{number}", protege=f"q{number}", mentor=f"q{number}", weight=number + 1) for number in range(30))
    answers = {"answers": {one.id: "yes" for one in asked}}
    pair = the_pair(answers, answers, weights=Weights(**NOTHING), questions=asked)
    assert pair.points == 10_000
    assert len(pair.shares) == 30
