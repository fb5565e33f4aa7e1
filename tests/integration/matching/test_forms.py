"""Programmes of peers, of circles and of short meetings in rounds: from people to a published match to partnerships."""

from collections import Counter
from typing import Any

import pytest

from shared.contracts.matching import PartnershipStarted
from tests.integration.matching.conftest import MANAGER, Matching
from tests.integration.matching.test_run_options import drafted

PEERS: dict[str, dict[str, Any]] = {
    "amara": {"role": "peer", "needs": ["chess"], "strengths": ["finance"]},
    "linh": {"role": "peer", "needs": ["finance"], "strengths": ["chess"]},
    "mei": {"role": "peer", "needs": ["sailing"], "strengths": ["cooking"]},
    "noor": {"role": "peer", "needs": ["cooking"], "strengths": ["sailing"]},
    "zoe": {"role": "peer"},
}


def pairs_in(run: dict[str, Any]) -> set[tuple[str, str]]:
    return {(pair["protege_id"], pair["mentor_id"]) for pair in run["pairs"]}


async def everybody_accepts(matching: Matching, programme_id: str) -> list[dict[str, Any]]:
    """All who are asked say yes; the partnerships."""
    for proposal in await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/proposals", params={"state": "open"}):
        for side in ("protege_id", "mentor_id"):
            await matching.ask(proposal[side], "POST", f"/proposals/{proposal['proposal_id']}/accept")
    return list(await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/partnerships"))


# ---------------------------------------------------------------- peers


@pytest.fixture
async def peers(matching: Matching) -> str:
    """A programme with five peers, two pairs of whom help each other."""
    programme_id = await matching.programme(form="peer", default_capacity=1)
    await matching.take_part(programme_id, PEERS)
    return programme_id


async def test_peers_are_one_pool_and_become_partners(matching: Matching, peers: str) -> None:
    run = await matching.draft(peers)
    assert pairs_in(run) == {("amara", "linh"), ("mei", "noor")}
    assert (run["form"], run["coverage"], run["proof"]["optimal"]) == ("peer", {"paired": 4, "proteges": 5}, True)
    assert [(one["person_id"], one["reason"]) for one in run["left_out"]] == [("zoe", "odd_one_out")]
    assert (await matching.ask(MANAGER, "POST", f"/runs/{run['run_id']}/publish"))["proposals"] == 2
    partnerships = await everybody_accepts(matching, peers)
    assert {(one["protege_id"], one["mentor_id"]) for one in partnerships} == pairs_in(run)
    assert len(await matching.running.published(PartnershipStarted)) == 2
    summary = await matching.ask(MANAGER, "GET", f"/programmes/{peers}/summary")
    assert (summary["partnerships_running"], summary["waiting"]) == (2, ["zoe"])
    refused = await matching.try_(MANAGER, "POST", f"/programmes/{peers}/runs", {"proteges": {"person_ids": ["amara"]}})
    assert refused.json()["errors"][0]["field"] == "proteges", "who has a partner is not matched again"


async def test_a_draft_of_peers_is_changed_by_hand_from_either_side(matching: Matching, peers: str) -> None:
    run = await matching.draft(peers)
    url = f"/runs/{run['run_id']}"

    async def look() -> tuple[set[tuple[str, str]], set[str], int]:
        now = await matching.ask(MANAGER, "GET", url)
        assert now["coverage"]["paired"] == 2 * len(now["pairs"])
        assert now["total_points"] == sum(pair["points"] for pair in now["pairs"])
        return pairs_in(now), {one["person_id"] for one in now["left_out"]}, now["coverage"]["paired"]

    await matching.ask(MANAGER, "POST", f"{url}/pair", {"protege_id": "zoe", "mentor_id": "mei"})
    assert await look() == ({("amara", "linh"), ("mei", "zoe")}, {"noor"}, 4)
    await matching.ask(MANAGER, "POST", f"{url}/pair", {"protege_id": "noor", "mentor_id": "linh"})
    assert await look() == ({("linh", "noor"), ("mei", "zoe")}, {"amara"}, 4)
    await matching.ask(MANAGER, "POST", f"{url}/lock", {"protege_id": "noor", "mentor_id": "linh"})
    locked = await matching.try_(MANAGER, "POST", f"{url}/pair", {"protege_id": "amara", "mentor_id": "linh"})
    assert locked.json()["type"] == "/problems/pair-locked"
    await matching.ask(MANAGER, "POST", f"{url}/forbid", {"protege_id": "zoe", "mentor_id": "mei"})
    assert await look() == ({("linh", "noor")}, {"amara", "mei", "zoe"}, 2)
    broken = await matching.try_(MANAGER, "POST", f"{url}/pair", {"protege_id": "zoe", "mentor_id": "mei"})
    assert broken.json()["type"] == "/problems/hard-rule-broken"
    await matching.ask(MANAGER, "POST", f"{url}/unlock", {"protege_id": "linh", "mentor_id": "noor"})
    await matching.ask(MANAGER, "POST", f"{url}/unpair", {"protege_id": "noor"})
    assert await look() == (set(), {"amara", "linh", "mei", "noor", "zoe"}, 0)


async def test_a_peer_is_shown_the_others_with_what_each_is_to_the_other(matching: Matching, peers: str) -> None:
    run = await matching.draft(peers)
    offered = await matching.ask(MANAGER, "GET", f"/runs/{run['run_id']}/candidates", params={"protege_id": "linh"})
    assert offered[0]["mentor_id"] == "amara"
    assert {one["mentor_id"]: one["free_places"] for one in offered} == {"amara": 0, "mei": 0, "noor": 0, "zoe": 1}
    pair = next(pair for pair in run["pairs"] if pair["mentor_id"] == "linh")
    assert (offered[0]["points"], sorted(offered[0]["reasons"]["needs"])) == (pair["points"], sorted(pair["reasons"]["needs"]))


async def test_peers_are_fixed_and_forbidden_in_whatever_order_they_are_named(matching: Matching, peers: str) -> None:
    run = await drafted(matching, peers, fixed=[["zoe", "amara"]], forbidden=[["noor", "mei"]])
    assert {
        pairing
        for pairing, locked in ((tuple(pair[side] for side in ("protege_id", "mentor_id")), pair["locked"]) for pair in run["pairs"])
        if locked
    } == {("amara", "zoe")}
    assert not {("mei", "noor"), ("noor", "mei")} & pairs_in(run)
    twice = await matching.try_(MANAGER, "POST", f"/programmes/{peers}/runs", {"fixed": [["zoe", "amara"], ["zoe", "linh"]]})
    assert twice.json()["errors"][0]["field"] == "fixed.0"


async def test_peers_are_offered_each_other_by_hand(matching: Matching, peers: str) -> None:
    offered = await matching.ask(MANAGER, "POST", f"/programmes/{peers}/offers", {"protege_id": "zoe", "mentor_id": "amara"})
    again = await matching.try_(MANAGER, "POST", f"/programmes/{peers}/offers", {"protege_id": "amara", "mentor_id": "zoe"})
    assert again.json()["type"] == "/problems/already-proposed"
    for who in ("zoe", "amara"):
        await matching.ask(who, "POST", f"/proposals/{offered['proposal_id']}/accept")
    assert pairs_in(await matching.draft(peers)) <= {("linh", "mei"), ("linh", "noor"), ("mei", "noor")}


async def test_a_peer_looks_for_another_and_asks(matching: Matching, peers: str) -> None:
    found = await matching.ask("linh", "GET", f"/programmes/{peers}/mentor-suggestions")
    assert {one["mentor_id"] for one in found["mentors"]} == {"amara", "mei", "noor", "zoe"}
    request = await matching.ask("linh", "POST", f"/programmes/{peers}/requests", {"mentor_ids": ["amara"], "words": "Shall we?"})
    await matching.ask("amara", "POST", f"/requests/{request['request_id']}/accept")
    again = await matching.try_(MANAGER, "POST", f"/programmes/{peers}/offers", {"protege_id": "amara", "mentor_id": "linh"})
    assert again.json()["type"] == "/problems/hard-rule-broken", "they are partners, whoever is named first"


async def test_a_run_can_suggest_other_peers_than_there_are(matching: Matching, peers: str) -> None:
    offered = await matching.ask(MANAGER, "POST", f"/programmes/{peers}/offers", {"protege_id": "mei", "mentor_id": "linh"})
    for who in ("mei", "linh"):
        await matching.ask(who, "POST", f"/proposals/{offered['proposal_id']}/accept")
    moved = await drafted(matching, peers, running="free")
    assert pairs_in(moved) == {("amara", "linh"), ("mei", "noor")}
    kept = await drafted(matching, peers, running="sticky", stickiness=10_000)
    assert ("linh", "mei") in pairs_in(kept)
    refused = await matching.try_(MANAGER, "POST", f"/runs/{kept['run_id']}/publish")
    assert refused.json()["type"] == "/problems/only-suggestion"


# ---------------------------------------------------------------- short meetings in rounds


FLASH: dict[str, dict[str, Any]] = {
    **{name: {"role": "protege", "needs": ["finance"]} for name in ("amara", "linh", "mei")},
    **{name: {"role": "mentor", "strengths": ["finance"]} for name in ("deborah", "ines", "rui")},
}


@pytest.fixture
async def flash(matching: Matching) -> str:
    """Three protégés who have two short meetings each, with three mentors, in three rounds."""
    programme_id = await matching.programme(form="flash", flash={"meetings": 2, "rounds": 3})
    await matching.take_part(programme_id, FLASH)
    return programme_id


async def test_short_meetings_are_in_rounds_and_every_one_becomes_a_partnership(matching: Matching, flash: str) -> None:
    run = await matching.draft(flash)
    assert (len(run["pairs"]), run["coverage"], run["left_out"]) == (6, {"paired": 3, "proteges": 3}, [])
    for side in ("protege_id", "mentor_id"):
        assert max(Counter((pair[side], pair["round"]) for pair in run["pairs"]).values()) == 1, "nobody is twice in one round"
    assert len(pairs_in(run)) == 6, "nobody meets the same one twice"
    await matching.ask(MANAGER, "POST", f"/runs/{run['run_id']}/publish")
    rounds = {(pair["protege_id"], pair["mentor_id"]): pair["round"] for pair in run["pairs"]}
    mine = await matching.ask("linh", "GET", "/proposals/mine")
    assert sorted(one["round"] for one in mine) == sorted(number for (protege_id, _), number in rounds.items() if protege_id == "linh")
    partnerships = await everybody_accepts(matching, flash)
    assert {(one["protege_id"], one["mentor_id"]): one["round"] for one in partnerships} == rounds
    nobody = await matching.draft(flash)
    assert (nobody["pairs"], nobody["coverage"]["proteges"]) == ([], 0), "all have as many meetings as they were to have"


async def test_what_is_left_of_the_meetings_is_matched_again_with_others(matching: Matching, flash: str) -> None:
    run = await matching.draft(flash)
    url = f"/runs/{run['run_id']}"
    before = {pair["mentor_id"] for pair in run["pairs"] if pair["protege_id"] == "linh"}
    several = await matching.try_(MANAGER, "POST", f"{url}/unpair", {"protege_id": "linh"})
    assert (several.status_code, several.json()["errors"][0]["field"]) == (422, "mentor_id")
    kept, given_up = sorted(before)
    await matching.ask(MANAGER, "POST", f"{url}/unpair", {"protege_id": "linh", "mentor_id": given_up})
    now = await matching.ask(MANAGER, "GET", url)
    assert (len(now["pairs"]), now["left_out"], now["coverage"]["paired"]) == (5, [], 3)
    by_hand = await matching.try_(MANAGER, "POST", f"{url}/pair", {"protege_id": "linh", "mentor_id": given_up})
    assert by_hand.json()["type"] == "/problems/rounds-by-run"
    await matching.ask(MANAGER, "POST", f"{url}/publish")
    await everybody_accepts(matching, flash)
    again = await matching.draft(flash)
    assert [pair["protege_id"] for pair in again["pairs"]] == ["linh"]
    assert again["pairs"][0]["mentor_id"] != kept


async def test_how_many_meetings_there_are_is_settled_when_people_have_enrolled(matching: Matching, flash: str) -> None:
    terms = await matching.ask(MANAGER, "GET", f"/programmes/{flash}")
    names = ("name", "starts_on", "ends_on", "form")
    revised = {**{name: terms[name] for name in names}, "flash": {"meetings": 3, "rounds": 3}}
    refused = await matching.try_(MANAGER, "PUT", f"/programmes/{flash}", revised)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "flash.meetings")
    more_rounds = {**revised, "flash": {"meetings": 2, "rounds": 4}}
    assert (await matching.try_(MANAGER, "PUT", f"/programmes/{flash}", more_rounds)).is_success


# ---------------------------------------------------------------- circles


async def test_a_circle_is_published_whole_and_grows_later(matching: Matching) -> None:
    programme_id = await matching.programme(form="circle", circle={"smallest": 2, "largest": 3})
    people = {name: {"role": "protege", "needs": ["finance"]} for name in ("amara", "linh")}
    await matching.take_part(programme_id, {**people, "rui": {"role": "mentor", "strengths": ["finance"]}})
    run = await matching.draft(programme_id)
    url = f"/runs/{run['run_id']}"
    assert pairs_in(run) == {("amara", "rui"), ("linh", "rui")}
    await matching.ask(MANAGER, "POST", f"{url}/unpair", {"protege_id": "linh"})
    small = await matching.try_(MANAGER, "POST", f"{url}/publish")
    assert (small.status_code, small.json()["type"]) == (409, "/problems/circle-too-small")
    await matching.ask(MANAGER, "POST", f"{url}/pair", {"protege_id": "linh", "mentor_id": "rui"})
    await matching.ask(MANAGER, "POST", f"{url}/publish")
    partnerships = await everybody_accepts(matching, programme_id)
    assert {(one["protege_id"], one["mentor_id"]) for one in partnerships} == pairs_in(run)
    await matching.take_part(programme_id, {"mei": {"role": "protege", "needs": ["finance"]}})
    later = await matching.draft(programme_id)
    assert pairs_in(later) == {("mei", "rui")}, "one more fits into the circle there is"
    assert (await matching.ask(MANAGER, "POST", f"/runs/{later['run_id']}/publish"))["proposals"] == 1
