"""The whole match in short, which the picture of it is drawn from, and the pairs of one person."""

from typing import Any

import pytest

from tests.integration.matching.conftest import MANAGER, Matching

PEOPLE: dict[str, dict[str, Any]] = {
    "linh": {"role": "protege", "needs": ["finance"]},
    "amara": {"role": "protege", "needs": ["chess"]},
    "mei": {"role": "protege", "needs": ["chess"]},
    "rui": {"role": "mentor", "strengths": ["finance"], "capacity": 2},
    "zoe": {"role": "mentor", "strengths": ["opera"], "capacity": 1},
}


@pytest.fixture
async def run(matching: Matching) -> dict[str, Any]:
    """A draft in which two have rui; zoe speaks no language of the others, so that one of the three has nobody."""
    programme_id = await matching.programme()
    await matching.take_part(programme_id, PEOPLE)
    await matching.know("zoe", languages=("vi",))
    return await matching.draft(programme_id)


async def whole(matching: Matching, run: dict[str, Any]) -> dict[str, Any]:
    return dict(await matching.ask(MANAGER, "GET", f"/runs/{run['run_id']}/whole"))


async def test_the_whole_match_says_of_everybody_what_a_picture_needs(matching: Matching, run: dict[str, Any]) -> None:
    linh = next(pair for pair in run["pairs"] if pair["protege_id"] == "linh")
    await matching.ask(MANAGER, "POST", f"/runs/{run['run_id']}/lock", {"protege_id": "linh", "mentor_id": "rui"})
    told = await whole(matching, run)
    assert {(one["protege_id"], one["mentor_id"], one["points"]) for one in told["pairs"]} == {
        (one["protege_id"], one["mentor_id"], one["points"]) for one in run["pairs"]
    }
    assert next(one for one in told["pairs"] if one["protege_id"] == "linh") == {
        "protege_id": "linh", "mentor_id": "rui", "points": linh["points"], "locked": True, "by_hand": False, "round": None,
    }  # fmt: skip
    assert told["left_out"] == run["left_out"]
    assert told["mentors"] == [{"mentor_id": "rui", "places": 2, "taken": 2}, {"mentor_id": "zoe", "places": 1, "taken": 0}]
    assert (told["proof"], told["weights"], told["answered"]) == (run["proof"], run["weights"], False)


async def test_the_whole_match_says_when_somebody_has_answered(matching: Matching, run: dict[str, Any]) -> None:
    await matching.ask(MANAGER, "POST", f"/runs/{run['run_id']}/publish")
    assert (await whole(matching, run))["answered"] is False
    proposals = await matching.ask("linh", "GET", "/proposals/mine")
    await matching.ask("linh", "POST", f"/proposals/{proposals[0]['proposal_id']}/accept")
    assert (await whole(matching, run))["answered"] is True


async def test_only_the_pairs_of_one_person_are_asked_for(matching: Matching, run: dict[str, Any]) -> None:
    of_linh = await matching.ask(MANAGER, "GET", f"/runs/{run['run_id']}/pairs", params={"of": "linh"})
    of_rui = await matching.ask(MANAGER, "GET", f"/runs/{run['run_id']}/pairs", params={"of": "rui"})
    assert of_linh["pairs"] == [pair for pair in run["pairs"] if pair["protege_id"] == "linh"]
    assert of_rui["pairs"] == run["pairs"]


async def test_of_several_pairs_of_one_protege_the_one_that_is_meant_is_explained(matching: Matching, run: dict[str, Any]) -> None:
    explained = await matching.ask(MANAGER, "GET", f"/runs/{run['run_id']}/pairs/linh", params={"mentor_id": "rui"})
    assert explained["pair"]["mentor_id"] == "rui"
    other = await matching.try_(MANAGER, "GET", f"/runs/{run['run_id']}/pairs/linh", params={"mentor_id": "zoe"})
    assert other.status_code == 404


async def test_nobody_but_its_managers_sees_the_whole_match(matching: Matching, run: dict[str, Any]) -> None:
    refused = await matching.try_("linh", "GET", f"/runs/{run['run_id']}/whole")
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-its-programme-manager")
