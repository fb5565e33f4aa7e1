"""Capacity holds whatever happens at the same time."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

from services.matching.domain import Pair, Proposal
from services.matching.handlers.stores import Enrolments, Proposals
from shared.contracts.matching import PartnershipStarted
from tests.integration.matching.conftest import MANAGER, Matching

PROTEGES = [f"protege{number:03}" for number in range(200)]


async def offered_to_all(matching: Matching) -> tuple[str, dict[str, str]]:
    """A mentor with one place, offered to two hundred; the mentor has said yes to each. The proposals by protégé."""
    programme_id = await matching.programme()
    await matching.know("deborah", *PROTEGES)
    lines = ["employee_id,role,capacity", "E-deborah,mentor,1", *(f"E-{name},protege," for name in PROTEGES)]
    url = f"/programmes/{programme_id}/enrolments"
    report = await matching.ask(MANAGER, "POST", f"{url}/import?commit=true", content="\n".join(lines).encode())
    assert report["new"] == 201
    await matching.ask(MANAGER, "POST", f"{url}/approve-all")
    offers = await matching.service.run(offer_to_all, programme_id)
    await asyncio.gather(*(matching.ask("deborah", "POST", f"/proposals/{proposal_id}/accept") for proposal_id in offers.values()))
    return programme_id, offers


async def offer_to_all(programme_id: str, enrolments: Enrolments, proposals: Proposals) -> dict[str, str]:
    """Two hundred hand-made offers in one unit of work."""
    enrolled = await enrolments.of_people(programme_id, ["deborah", *PROTEGES])
    offers = {}
    for name in PROTEGES:
        pair = Pair(protege_id=name, mentor_id="deborah", points=5_000, shares={"needs": 5_000})
        proposal = Proposal.make(pair, enrolled[name], enrolled["deborah"], run_id=None, at=datetime.now(UTC))
        proposals.save(proposal)
        offers[name] = proposal.id
    return offers


async def test_two_hundred_accepts_on_the_last_place_make_one_partnership(matching: Matching) -> None:
    programme_id, offers = await offered_to_all(matching)

    answers = await asyncio.gather(*(matching.try_(name, "POST", f"/proposals/{offers[name]}/accept") for name in PROTEGES))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 199}
    refusals = [answer.json() for answer in answers if answer.status_code == 409]
    assert {refusal["type"] for refusal in refusals} == {"/problems/no-place-left"}
    assert {refusal["detail"] for refusal in refusals} == {"The mentor has no place left: somebody else was quicker."}
    assert len(await matching.running.published(PartnershipStarted)) == 1
    assert len(await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/partnerships")) == 1
    mentor = (await matching.ask("deborah", "GET", "/enrolments/mine"))[0]
    assert (mentor["places_taken"], mentor["free_places"]) == (1, 0)

    await matching.running.fire_timers((await matching.service.database.timers.find_one({"kind": "settle_proposals"}))["due_at"])
    left = Counter(one["state"] for one in await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/proposals"))
    assert left == {"accepted": 1, "withdrawn": 199}
    assert len((await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/summary"))["waiting"]) == 199


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
