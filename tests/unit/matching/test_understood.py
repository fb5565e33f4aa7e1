"""What a language model has made of people's words once is kept, and counts wherever two are looked at."""

import json
from dataclasses import replace

from services.matching.domain import Role, Wishes
from services.matching.engine import Cohort, match
from services.matching.engine.minilm import understand
from services.matching.handlers.drafts import ShowCandidates, show_candidates
from services.matching.handlers.enrolments import ApproveAll, RequestEnrolment, approve_all, request_enrolment
from services.matching.handlers.programmes import ReviseProgramme, revise_programme
from services.matching.handlers.proposals import OfferPair, offer_pair
from services.matching.handlers.runs import KeepMeanings, keep_meanings
from tests.unit.matching.builders import MANAGER, NOON, terms
from tests.unit.matching.test_handlers import Story

CALM, STRESS = "keeping calm under pressure", "stress management"


async def a_programme_with_words() -> tuple[Story, str, Cohort]:
    story = Story()
    await story.begin({})
    for person_id, role, wishes in (("linh", Role.PROTEGE, Wishes(needs=[CALM])), ("rui", Role.MENTOR, Wishes(strengths=[STRESS]))):
        await story.know(person_id)
        command = RequestEnrolment(programme_id=story.programme_id, person_id=person_id, role=role, wishes=wishes, by=person_id, at=NOON)
        await story.run(request_enrolment, command)
    await story.run(approve_all, ApproveAll(programme_id=story.programme_id, by=MANAGER, at=NOON))
    return story, *await story.cohort()


async def test_a_phrase_is_looked_up_once_and_a_pair_has_the_same_points_in_a_run_and_outside_it() -> None:
    story, run_id, cohort = await a_programme_with_words()
    assert cohort.meanings == {}
    found = dict(understand(cohort))
    await story.run(keep_meanings, KeepMeanings(vectors=found))

    (pair,) = match(replace(cohort, meanings=found)).pairs
    (candidate,) = await story.run(show_candidates, ShowCandidates(run_id=run_id, protege_id="linh", by=MANAGER, most=1))
    assert candidate.pair == pair
    assert pair.reasons["needs"] == [f"{CALM} · {STRESS}"]
    command = OfferPair(programme_id=story.programme_id, protege_id="linh", mentor_id="rui", by=MANAGER, at=NOON)
    proposal = story.memory.collections["proposals"][await story.run(offer_pair, command)]
    assert proposal["reasons"]["needs"] == pair.reasons["needs"]


async def test_what_is_kept_does_not_hold_what_people_wrote() -> None:
    story, _, cohort = await a_programme_with_words()
    await story.run(keep_meanings, KeepMeanings(vectors=dict(understand(cohort))))
    kept = json.dumps(story.memory.collections["meanings"], default=str)
    assert len(story.memory.collections["meanings"]) == 2
    assert CALM not in kept
    assert STRESS not in kept


async def test_a_programme_that_does_not_want_it_has_words_compared_as_words() -> None:
    story, run_id, cohort = await a_programme_with_words()
    await story.run(keep_meanings, KeepMeanings(vectors=dict(understand(cohort))))
    without = terms(compare_meanings=False)
    await story.run(revise_programme, ReviseProgramme(programme_id=story.programme_id, terms=without, by=MANAGER, at=NOON))
    (candidate,) = await story.run(show_candidates, ShowCandidates(run_id=run_id, protege_id="linh", by=MANAGER, most=1))
    assert "needs" not in candidate.pair.reasons
