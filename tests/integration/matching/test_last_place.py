"""Capacity holds whatever happens at the same time, on whichever replica and by whatever way."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from itertools import cycle
from typing import Any

import pytest

from services.matching.domain import MentorRequest, Pair, Proposal
from services.matching.handlers.stores import Enrolments, Programmes, Proposals, Requests
from shared.contracts.matching import PartnershipStarted
from tests.integration.matching.conftest import MANAGER, Matching

PROTEGES = [f"protege{number:03}" for number in range(200)]
Replicas = tuple[Matching, Matching]


async def all_enrolled(matching: Matching, mentors: Sequence[str] = ("deborah",)) -> str:
    """Mentors with one place each, and two hundred protégés; the programme."""
    programme_id = await matching.programme()
    await matching.know(*mentors, *PROTEGES)
    lines = ["employee_id,role,capacity", *(f"E-{name},mentor,1" for name in mentors), *(f"E-{name},protege," for name in PROTEGES)]
    url = f"/programmes/{programme_id}/enrolments"
    report = await matching.ask(MANAGER, "POST", f"{url}/import?commit=true", content="\n".join(lines).encode())
    assert report["new"] == len(mentors) + len(PROTEGES)
    await matching.ask(MANAGER, "POST", f"{url}/approve-all")
    return programme_id


async def offer_to_all(programme_id: str, enrolments: Enrolments, proposals: Proposals) -> dict[str, str]:
    """Two hundred hand-made offers in one unit of work; by protégé."""
    enrolled = await enrolments.of_people(programme_id, ["deborah", *PROTEGES])
    offers = {}
    for name in PROTEGES:
        proposal = Proposal.make(a_pair_with(name), enrolled[name], enrolled["deborah"], run_id=None, at=datetime.now(UTC))
        proposals.save(proposal)
        offers[name] = proposal.id
    return offers


async def ask_for_all(programme_id: str, programmes: Programmes, enrolments: Enrolments, requests: Requests) -> dict[str, str]:
    """Two hundred requests in one unit of work; by protégé."""
    programme, enrolled = await programmes.get(programme_id), await enrolments.of_people(programme_id, ["deborah", *PROTEGES])
    asked = {}
    for name in PROTEGES:
        wanted = [(a_pair_with(name), enrolled["deborah"])]
        request = MentorRequest.make(programme, enrolled[name], wanted, "", at=datetime.now(UTC))
        requests.add(request)
        asked[name] = request.id
    return asked


def a_pair_with(protege_id: str) -> Pair:
    return Pair(protege_id=protege_id, mentor_id="deborah", points=5_000, shares={"needs": 5_000})


async def all_at_once(replicas: Replicas, clicks: Sequence[tuple[str, str]]) -> list[Any]:
    """Who posts what, by the two replicas in turn; the answers in the same order."""
    return await asyncio.gather(*(one.try_(who, "POST", path) for one, (who, path) in zip(cycle(replicas), clicks, strict=False)))


async def must_have_one_winner(matching: Matching, programme_id: str, answers: Sequence[Any]) -> None:
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: len(answers) - 1}
    refusals = [answer.json() for answer in answers if answer.status_code == 409]
    assert {refusal["type"] for refusal in refusals} == {"/problems/no-place-left"}
    assert {refusal["detail"] for refusal in refusals} == {"The mentor has no place left: somebody else was quicker."}
    assert len(await matching.running.published(PartnershipStarted)) == 1
    assert len(await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/partnerships")) == 1
    mentor = (await matching.ask("deborah", "GET", "/enrolments/mine"))[0]
    assert (mentor["places_taken"], mentor["free_places"]) == (1, 0)


async def test_two_hundred_accepts_on_the_last_place_on_two_replicas_make_one_partnership(replicas: Replicas) -> None:
    matching, _ = replicas
    programme_id = await all_enrolled(matching)
    offers = await matching.service.run(offer_to_all, programme_id)
    await all_at_once(replicas, [("deborah", f"/proposals/{proposal_id}/accept") for proposal_id in offers.values()])

    answers = await all_at_once(replicas, [(name, f"/proposals/{offers[name]}/accept") for name in PROTEGES])

    await must_have_one_winner(matching, programme_id, answers)
    await matching.fire("settle_proposals")
    left = Counter(one["state"] for one in await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/proposals"))
    assert left == {"accepted": 1, "withdrawn": 199}
    assert len((await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/summary"))["waiting"]) == 199


async def test_a_mentor_who_says_yes_to_two_hundred_requests_on_two_replicas_has_one_partner(replicas: Replicas) -> None:
    matching, _ = replicas
    programme_id = await all_enrolled(matching)
    requests = await matching.service.run(ask_for_all, programme_id)

    answers = await all_at_once(replicas, [("deborah", f"/requests/{request_id}/accept") for request_id in requests.values()])

    await must_have_one_winner(matching, programme_id, answers)
    await matching.fire("settle_requests", "review_request")
    left = Counter(one["state"] for one in await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/requests"))
    assert left == {"accepted": 1, "with_manager": 199}


@pytest.mark.parametrize("order", range(4))
async def test_the_last_place_goes_one_way_when_it_is_wanted_all_ways_at_once(replicas: Replicas, order: int) -> None:
    """A request accepted, an offer accepted, a protégé given the mentor by hand, and a draft published, in several orders."""
    matching, other = replicas
    programme_id = await matching.programme()
    people: dict[str, Any] = {name: {"role": "protege"} for name in ("linh", "amara", "mei", "ines")}
    mentors = {name: {"role": "mentor", "capacity": 1} for name in ("deborah", "rui")}
    enrolled = await matching.take_part(programme_id, people | mentors)
    run = await matching.draft(programme_id)
    drafted = next(pair["protege_id"] for pair in run["pairs"] if pair["mentor_id"] == "deborah")
    asker, offered, given = sorted(people.keys() - {drafted})
    asking = {"mentor_ids": ["deborah"]}
    request_id = (await matching.ask(asker, "POST", f"/programmes/{programme_id}/requests", asking))["request_id"]
    to_manager = (await matching.ask(given, "POST", f"/programmes/{programme_id}/requests", {"mentor_ids": ["rui"]}))["request_id"]
    await matching.ask("rui", "POST", f"/requests/{to_manager}/decline", {})
    offer = {"protege_id": offered, "mentor_id": "deborah"}
    proposal_id = (await matching.ask(MANAGER, "POST", f"/programmes/{programme_id}/offers", offer))["proposal_id"]
    await matching.ask("deborah", "POST", f"/proposals/{proposal_id}/accept")

    ways: list[Awaitable[Any]] = [
        matching.try_("deborah", "POST", f"/requests/{request_id}/accept"),
        other.try_(offered, "POST", f"/proposals/{proposal_id}/accept"),
        matching.try_(MANAGER, "POST", f"/requests/{to_manager}/pair", {"mentor_id": "deborah"}),
        other.try_(MANAGER, "POST", f"/runs/{run['run_id']}/publish"),
    ]
    answers = await asyncio.gather(*ways[order % 4 :], *ways[: order % 4])

    refused = [answer.json()["type"] for answer in answers if answer.status_code == 409]
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 3}
    assert set(refused) == {"/problems/no-place-left", "/problems/draft-outdated"}
    assert len(await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/partnerships")) == 1
    assert (await matching.ask("deborah", "GET", f"/enrolments/{enrolled['deborah']}"))["places_taken"] == 1

    await matching.fire("settle_proposals", "settle_requests", "review_request")
    proposals = await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/proposals?state=open")
    requests = await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/requests?state=asked")
    assert [one for one in (*proposals, *requests) if "deborah" in str(one)] == [], "nobody waits for who has no place"


@pytest.mark.parametrize("round_", range(4))
async def test_a_draft_published_while_its_mentor_says_yes_elsewhere_leaves_nobody_waiting_for_them(
    replicas: Replicas, round_: int
) -> None:
    matching, other = replicas
    programme_id = await matching.programme()
    people: dict[str, Any] = {"linh": {"role": "protege"}, "amara": {"role": "protege"}, "deborah": {"role": "mentor", "capacity": 1}}
    await matching.take_part(programme_id, people)
    run = await matching.draft(programme_id)
    (pair,) = run["pairs"]
    (asker,) = {"linh", "amara"} - {pair["protege_id"]}
    request = await matching.ask(asker, "POST", f"/programmes/{programme_id}/requests", {"mentor_ids": ["deborah"]})
    ways: list[Awaitable[Any]] = [
        matching.try_("deborah", "POST", f"/requests/{request['request_id']}/accept"),
        other.try_(MANAGER, "POST", f"/runs/{run['run_id']}/publish"),
    ]
    await asyncio.gather(*ways[round_ % 2 :], *ways[: round_ % 2])
    await matching.fire("settle_proposals", "settle_requests", "review_request")
    assert len(await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/partnerships")) == 1
    assert await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/proposals?state=open") == []


async def test_whoever_is_enrolled_twice_at_once_is_enrolled_once(matching: Matching) -> None:
    programme_id = await matching.programme()
    await matching.know("linh")
    says = {"role": "protege"}
    answers = await asyncio.gather(*(matching.try_("linh", "POST", f"/programmes/{programme_id}/enrolments", says) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert {answer.json()["type"] for answer in answers if answer.status_code == 409} == {"/problems/already-enrolled"}


async def test_two_managers_who_start_a_run_at_once_start_one(matching: Matching) -> None:
    programme_id = await matching.programme()
    answers = await asyncio.gather(*(matching.try_(MANAGER, "POST", f"/programmes/{programme_id}/runs") for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 7
    assert {answer.json()["type"] for answer in answers if answer.status_code == 409} == {"/problems/run-under-way"}
