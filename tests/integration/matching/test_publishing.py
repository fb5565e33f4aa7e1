"""A draft of any size is published as a whole and taken back as a whole, in portions that MongoDB commits, whatever comes between them."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.matching.domain import MatchRun
from services.matching.handlers import publishing
from services.matching.handlers.stores import Runs
from services.matching.store.old_documents import bring_up_to_date
from shared.contracts.matching import MatchPublished, MatchPublishingUndone, ProposalMade, ProposalWithdrawn
from tests.integration.matching.conftest import MANAGER, Matching
from tests.unit.matching.builders import NOON, a_draft, a_mentor, a_pair

PROTEGES = [f"protege{number}" for number in range(8)]
MENTORS = ["rui", "deborah"]


async def a_draft_of_eight(matching: Matching) -> tuple[str, str]:
    programme_id = await matching.programme(default_capacity=4)
    people = {name: {"role": "protege", "needs": ["finance"]} for name in PROTEGES}
    await matching.take_part(programme_id, people | {name: {"role": "mentor", "strengths": ["finance"]} for name in MENTORS})
    return programme_id, (await matching.draft(programme_id))["run_id"]


async def summary(matching: Matching, run_id: str) -> tuple[str, int]:
    run = await matching.ask(MANAGER, "GET", f"/runs/{run_id}/summary")
    return run["state"], run["asked"]


async def go_on(matching: Matching) -> bool:
    """Have the next portion done; False where there is none."""
    soon = datetime.now(UTC) + timedelta(minutes=1)
    return any([await matching.service.timer_loop.fire_next(kind, at=soon) for kind in ("go_on_publishing", "go_on_undoing")])


async def proposals(matching: Matching, programme_id: str) -> list[dict[str, Any]]:
    return list(await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/proposals"))


@pytest.fixture
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "PORTION", 3)


async def test_a_small_draft_is_published_at_once(matching: Matching) -> None:
    programme_id, run_id = await a_draft_of_eight(matching)
    assert await matching.ask(MANAGER, "POST", f"/runs/{run_id}/publish") == {"proposals": 8}
    assert await summary(matching, run_id) == ("published", 8)
    assert not await go_on(matching)
    assert [event.pairs for event in await matching.running.published(MatchPublished)] == [8]
    assert len(await proposals(matching, programme_id)) == 8


async def test_a_large_draft_is_published_and_taken_back_in_portions(matching: Matching, small_portions: None) -> None:
    programme_id, run_id = await a_draft_of_eight(matching)
    assert await matching.ask(MANAGER, "POST", f"/runs/{run_id}/publish") == {"proposals": 8}
    assert await summary(matching, run_id) == ("publishing", 3)
    waits = await matching.try_(MANAGER, "POST", f"/programmes/{programme_id}/runs")
    assert (waits.status_code, waits.json()["type"]) == (409, "/problems/publishing-under-way")
    while await go_on(matching):
        pass
    assert await summary(matching, run_id) == ("published", 8)
    assert len({event.protege_id for event in await matching.running.published(ProposalMade)}) == 8
    assert [event.pairs for event in await matching.running.published(MatchPublished)] == [8]

    await matching.ask(MANAGER, "POST", f"/runs/{run_id}/undo")
    assert (await summary(matching, run_id))[0] == "undoing"
    asked = next(one for one in await proposals(matching, programme_id) if one["state"] == "open")
    late = await matching.try_(asked["protege_id"], "POST", f"/proposals/{asked['proposal_id']}/accept")
    assert (late.status_code, late.json()["type"]) == (409, "/problems/publishing-under-way")
    while await go_on(matching):
        pass
    assert (await summary(matching, run_id))[0] == "undone"
    assert {one["state"] for one in await proposals(matching, programme_id)} == {"withdrawn"}
    assert len(await matching.running.published(ProposalWithdrawn)) == 8
    assert len(await matching.running.published(MatchPublishingUndone)) == 1

    await matching.ask(MANAGER, "POST", f"/runs/{run_id}/publish")
    while await go_on(matching):
        pass
    assert Counter(one["state"] for one in await proposals(matching, programme_id)) == {"withdrawn": 8, "open": 8}


async def test_publishing_can_be_taken_back_before_everybody_is_asked(matching: Matching, small_portions: None) -> None:
    programme_id, run_id = await a_draft_of_eight(matching)
    await matching.ask(MANAGER, "POST", f"/runs/{run_id}/publish")
    await matching.ask(MANAGER, "POST", f"/runs/{run_id}/undo")
    while await go_on(matching):
        pass
    assert (await summary(matching, run_id))[0] == "undone"
    assert [one["state"] for one in await proposals(matching, programme_id)] == ["withdrawn"] * 3


async def test_whoever_is_no_longer_free_when_their_turn_comes_is_passed_over_and_no_mentor_is_asked_too_often(
    matching: Matching, small_portions: None
) -> None:
    programme_id, run_id = await a_draft_of_eight(matching)
    pairs = {pair["protege_id"]: pair["mentor_id"] for pair in (await matching.ask(MANAGER, "GET", f"/runs/{run_id}"))["pairs"]}
    await matching.ask(MANAGER, "POST", f"/runs/{run_id}/publish")
    last, other = PROTEGES[-1], next(name for name in MENTORS if name != pairs[PROTEGES[-1]])
    offer = await matching.ask(MANAGER, "POST", f"/programmes/{programme_id}/offers", {"protege_id": last, "mentor_id": other})
    for who in (last, other):
        await matching.ask(who, "POST", f"/proposals/{offer['proposal_id']}/accept")
    while await go_on(matching):
        pass
    run = await matching.ask(MANAGER, "GET", f"/runs/{run_id}")
    assert (run["state"], [last, pairs[last]] in run["passed_over"]) == ("published", True)
    asked = Counter(one["mentor_id"] for one in await proposals(matching, programme_id))
    assert max(asked.values()) <= 4, "the partner found meanwhile holds one of the places"


async def test_nobody_is_asked_when_a_draft_has_become_stale(matching: Matching, small_portions: None) -> None:
    programme_id, run_id = await a_draft_of_eight(matching)
    await matching.know(PROTEGES[-1], languages=("vi",))
    stale = await matching.try_(MANAGER, "POST", f"/runs/{run_id}/publish")
    assert (stale.status_code, stale.json()["type"]) == (409, "/problems/draft-outdated")
    assert await proposals(matching, programme_id) == []
    assert await summary(matching, run_id) == ("draft", 0)


@pytest.mark.parametrize("portion", [3, 500])
async def test_a_draft_that_is_published_many_times_at_once_is_published_once(
    matching: Matching, monkeypatch: pytest.MonkeyPatch, portion: int
) -> None:
    monkeypatch.setattr(publishing, "PORTION", portion)
    programme_id, run_id = await a_draft_of_eight(matching)
    answers = await asyncio.gather(*(matching.try_(MANAGER, "POST", f"/runs/{run_id}/publish") for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    assert {answer.json()["type"] for answer in answers if answer.status_code == 409} == {"/problems/run-not-draft"}
    while await go_on(matching):
        pass
    assert len(await proposals(matching, programme_id)) == 8


async def test_of_two_drafts_published_at_once_one_is(matching: Matching) -> None:
    programme_id, first = await a_draft_of_eight(matching)
    second = (await matching.draft(programme_id))["run_id"]
    answers = await asyncio.gather(*(matching.try_(MANAGER, "POST", f"/runs/{run_id}/publish") for run_id in (first, second)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len(await proposals(matching, programme_id)) == 8
    assert sorted([(await summary(matching, first))[0], (await summary(matching, second))[0]]) == ["published", "superseded"]


# ---------------------------------------------------------------- a really large one


async def many(matching: Matching, programme_id: str, count: int) -> None:
    """As many copies of one who takes part in each role as rows can be written in seconds."""
    database = matching.service.database
    for name in ("linh", "rui"):
        person = await database.people.find_one({"_id": name})
        enrolment = await database.enrolments.find_one({"programme_id": programme_id, "person_id": name})
        copies = [f"{name}{number:05}" for number in range(count)]
        await database.people.insert_many([{**person, "_id": one, "employee_id": one, "email": f"{one}@example.org"} for one in copies])
        await database.enrolments.insert_many([{**enrolment, "_id": f"enrolment-{one}", "person_id": one} for one in copies])


async def test_a_draft_of_more_than_four_thousand_pairs_is_published(matching: Matching) -> None:
    count = 4_200
    programme_id = await matching.programme()
    await matching.take_part(programme_id, {"linh": {"role": "protege"}, "rui": {"role": "mentor"}})
    await many(matching, programme_id, count)
    pairs = [a_pair(f"linh{number:05}", f"rui{number:05}") for number in range(count)]
    match = a_draft(*pairs)
    match.programme_id = programme_id

    async def keep(portion: range, runs: Runs) -> None:
        draft = runs.draft_of(match)
        for number in portion:
            draft.put_pair(pairs[number])
            draft.put_mentor(a_mentor(pairs[number].mentor_id))

    async def add(run: MatchRun, runs: Runs) -> None:
        runs.add(run)

    for start in range(0, count, 1_000):
        await matching.service.run(keep, range(start, min(start + 1_000, count)))
    await matching.service.run(add, match)

    assert await matching.ask(MANAGER, "POST", f"/runs/{match.id}/publish", at=NOON) == {"proposals": count}
    assert await summary(matching, match.id) == ("publishing", 500)
    while await go_on(matching):
        pass
    assert await summary(matching, match.id) == ("published", count)
    assert len(await matching.service.database.proposals.distinct("protege_id", {"run_id": match.id, "state": "open"})) == count


async def test_a_run_saved_when_runs_still_held_their_pairs_is_read_changed_and_published(matching: Matching) -> None:
    _, run_id = await a_draft_of_eight(matching)
    database = matching.service.database
    now = await matching.ask(MANAGER, "GET", f"/runs/{run_id}")
    new = await database.runs.find_one({"_id": run_id})
    old = {
        name: value for name, value in new.items() if name not in {"draft_id", "paired", "asked", "asked_up_to", "passed_over", "failure"}
    }
    short = {"person_id": "mei", "reason": "too_few_places", "rules": {}, "eligible": 1}
    group = {"proteges": 9, "mentor_ids": ["rui"], "places": 8}
    pairs = [{name: value for name, value in pair.items() if name != "run_id"} for pair in now["pairs"]]
    await database.runs.replace_one(
        {"_id": run_id}, old | {"pairs": pairs, "idle_mentor_ids": ["jonas"], "left_out": [short | {"group": group}]}
    )
    for collection in ("run_pairs", "run_mentors"):
        await database[collection].delete_many({})

    for _ in range(2):
        await bring_up_to_date(database)
    then = await matching.ask(MANAGER, "GET", f"/runs/{run_id}")
    assert (then["pairs"], then["total_points"], then["idle_mentor_ids"]) == (now["pairs"], now["total_points"], ["jonas"])
    assert then["left_out"][0]["group"] == group | {"mentors": 1, "number": None}
    await matching.ask(MANAGER, "POST", f"/runs/{run_id}/unpair", {"protege_id": PROTEGES[0]})
    assert await matching.ask(MANAGER, "POST", f"/runs/{run_id}/publish") == {"proposals": 7}


async def test_a_completed_enrolment_of_an_earlier_version_has_ended(matching: Matching) -> None:
    enrolments = matching.service.database.enrolments
    await enrolments.insert_many([{"_id": "mei", "state": "approved", "completed": True, "version": 3}, {"_id": "ana", "completed": False}])
    for _ in range(2):
        await bring_up_to_date(matching.service.database)
    assert await enrolments.find_one({"_id": "mei"}) == {"_id": "mei", "state": "ended", "version": 4}
    assert await enrolments.find_one({"_id": "ana"}) == {"_id": "ana", "completed": False}
