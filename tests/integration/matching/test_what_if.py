"""What a manager can ask about a draft: why, why not, what would help, what if."""

import os
import signal
from typing import Any

import pytest

from tests.integration.matching.conftest import MANAGER, Matching

EQUAL = {"needs": 30, "learning": 10, "goals": 20, "level": 15, "location": 15, "languages": 10}
PEOPLE: dict[str, dict[str, Any]] = {
    "linh": {"role": "protege", "needs": ["finance"]},
    "amara": {"role": "protege", "needs": ["chess"]},
    "mei": {"role": "protege", "needs": ["chess"]},
    "rui": {"role": "mentor", "strengths": ["finance"], "capacity": 1},
    "deborah": {"role": "mentor", "strengths": ["chess"], "capacity": 1},
}


@pytest.fixture
async def run(matching: Matching) -> dict[str, Any]:
    """A draft in which linh has rui, one of the two who want to learn chess has deborah, and the other one has nobody."""
    programme_id = await matching.programme()
    await matching.take_part(programme_id, PEOPLE)
    return await matching.draft(programme_id)


async def ask(matching: Matching, run: dict[str, Any], path: str, **query: str) -> Any:
    return await matching.ask(MANAGER, "GET", f"/runs/{run['run_id']}/{path}", params=query)


def who_is_where(run: dict[str, Any]) -> tuple[str, str]:
    """Who has deborah, and who has nobody."""
    pairs = {pair["mentor_id"]: pair["protege_id"] for pair in run["pairs"]}
    assert pairs["rui"] == "linh"
    return pairs["deborah"], run["left_out"][0]["person_id"]


async def test_a_draft_says_what_proves_it(run: dict[str, Any]) -> None:
    proof = run["proof"]
    assert (proof["optimal"], proof["matched_upper_bound"], proof["upper_bound"]) == (True, 2, run["total_points"])
    assert (proof["pairs_checked"], sum(proof["weights"].values()), len(proof["input_hash"])) == (6, 10_000, 64)
    assert run["smallest_points"] == min(pair["points"] for pair in run["pairs"])


async def test_a_pair_is_explained_with_what_speaks_against_the_next_best(matching: Matching, run: dict[str, Any]) -> None:
    explained = await ask(matching, run, "pairs/linh")
    assert (explained["pair"]["mentor_id"], explained["pair"]["reasons"]["needs"]) == ("rui", ["finance"])
    assert sum(explained["pair"]["shares"].values()) == explained["pair"]["points"] == explained["pair"]["best_points"]
    assert [(one["mentor_id"], one["broken_rules"], one["price"]["people"]) for one in explained["alternatives"]] == [("deborah", [], 1)]


async def test_of_all_mentors_those_on_the_page_asked_for_say_why(matching: Matching, run: dict[str, Any]) -> None:
    every = await ask(matching, run, "candidates", protege_id="linh")
    assert [one["mentor_id"] for one in every] == ["rui", "deborah"]
    assert all(sum(one["shares"].values()) == one["points"] for one in every)
    second = await ask(matching, run, "candidates", protege_id="linh", after="1", limit="1")
    assert [(one["mentor_id"], one["points"], one["free_places"]) for one in second] == [
        (one["mentor_id"], one["points"], one["free_places"]) for one in every
    ]
    assert (second[0]["reasons"], second[1]) == ({}, every[1])


async def test_why_two_are_no_pair_is_the_rule_the_places_or_the_price(matching: Matching, run: dict[str, Any]) -> None:
    has, waits = who_is_where(run)
    assert (await ask(matching, run, "why-not", protege_id=has, mentor_id="deborah"))["reason"] == "paired"
    price = await ask(matching, run, "why-not", protege_id=waits, mentor_id="deborah")
    assert (price["reason"], price["held_by"]) == ("price", [has])
    assert (price["price"]["people"], price["offer"]["people"]) == (1, 1)
    assert price["price"]["points"] >= price["offer"]["points"]
    assert (price["if_paired"]["people"], price["if_paired"]["points"] <= 0) == (0, True)

    await matching.know(waits, languages=("vi",))
    rule = await ask(matching, run, "why-not", protege_id=waits, mentor_id="deborah")
    assert (rule["reason"], rule["broken_rules"], rule["price"]) == ("rule", ["shared_language"], None)
    nobody = await matching.try_(MANAGER, "GET", f"/runs/{run['run_id']}/why-not", params={"protege_id": "zoe", "mentor_id": "rui"})
    assert nobody.status_code == 404


async def test_whoever_is_left_out_is_told_of_with_what_would_help(matching: Matching, run: dict[str, Any]) -> None:
    _, waits = who_is_where(run)
    told = await ask(matching, run, f"left-out/{waits}")
    assert told["left_out"]["reason"] == "too_few_places"
    assert told["would_help"] == [{"mentor_id": "deborah", "places": 1, "rule": ""}]
    group = await ask(matching, run, f"groups/{told['left_out']['group']['number']}")
    assert group == {"protege_ids": ["amara", "linh", "mei"], "mentor_ids": ["deborah", "rui"], "places": 2}
    places = await ask(matching, run, "places")
    assert [(one["places"], one["taken"], one["one_more"]["people"]) for one in places] == [(1, 1, 1), (1, 1, 1)]
    assert (await matching.try_(MANAGER, "GET", f"/runs/{run['run_id']}/left-out/linh")).status_code == 404


async def test_the_curve_ends_at_the_draft(matching: Matching, run: dict[str, Any]) -> None:
    curve = await ask(matching, run, "curve")
    assert (curve["people"], curve["points"]) == (2, run["total_points"])
    assert curve["corners"][-1] == {"people": 2, "points": run["total_points"], "at_most": run["total_points"]}


async def test_sliders_show_what_would_change_and_change_nothing(matching: Matching, run: dict[str, Any]) -> None:
    url = f"/runs/{run['run_id']}/preview"
    same = await matching.ask(MANAGER, "POST", url, {"weights": EQUAL})
    assert (same["preview"], same["changes"], same["now"]) == (True, [], same["then"])
    assert same["now"]["total_points"] == run["total_points"]
    level = await matching.ask(MANAGER, "POST", url, {"weights": {"level": 1}})
    assert level["weights"] == {"level": 10_000}
    assert level["then"]["paired"] == 2
    assert await matching.ask(MANAGER, "GET", f"/runs/{run['run_id']}") == run
    for weights in ({"needs": -1}, {"needs": 0}, {"shoe size": 3}, {}):
        refused = await matching.try_(MANAGER, "POST", url, {"weights": weights})
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid")


async def test_a_preview_is_held_against_the_draft_as_it_is_and_keeps_what_was_decided_by_hand(
    matching: Matching, run: dict[str, Any]
) -> None:
    has, waits = who_is_where(run)
    url = f"/runs/{run['run_id']}"
    await matching.ask(MANAGER, "POST", f"{url}/unpair", {"protege_id": has})
    await matching.ask(MANAGER, "POST", f"{url}/pair", {"protege_id": waits, "mentor_id": "deborah"})
    seen = await matching.ask(MANAGER, "POST", f"{url}/preview", {"weights": EQUAL})
    assert (seen["now"]["paired"], seen["then"]["paired"]) == (2, 2)
    assert {change["protege_id"]: change["kind"] for change in seen["changes"]} == {has: "gained", waits: "lost"}
    await matching.ask(MANAGER, "POST", f"{url}/lock", {"protege_id": waits, "mentor_id": "deborah"})
    assert (await matching.ask(MANAGER, "POST", f"{url}/preview", {"weights": EQUAL}))["changes"] == []
    await matching.ask(MANAGER, "POST", f"{url}/forbid", {"protege_id": "linh", "mentor_id": "rui"})
    other = await matching.ask(MANAGER, "POST", f"{url}/preview", {"weights": EQUAL})
    assert [(change["protege_id"], change["kind"]) for change in other["changes"]] == [(has, "gained")]


async def test_an_engine_that_has_died_is_started_again(matching: Matching, run: dict[str, Any]) -> None:
    url = f"/runs/{run['run_id']}/preview"
    await matching.ask(MANAGER, "POST", url, {"weights": EQUAL})
    talk = next(iter(matching.running.app.state.what_ifs._talks.values()))
    os.kill(talk.process.id, signal.SIGKILL)
    silent = await matching.try_(MANAGER, "POST", url, {"weights": EQUAL})
    assert (silent.status_code, silent.json()["type"]) == (503, "/problems/engine-silent")
    assert (await matching.ask(MANAGER, "POST", url, {"weights": EQUAL}))["then"]["paired"] == 2


async def test_when_what_else_could_have_been_is_no_longer_kept_that_is_said(matching: Matching, run: dict[str, Any]) -> None:
    await matching.service.database.run_candidates.delete_many({"run_id": run["run_id"]})
    refused = await matching.try_(MANAGER, "POST", f"/runs/{run['run_id']}/preview", {"weights": EQUAL})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/nothing-kept")


@pytest.mark.parametrize(
    "path",
    ["pairs", "pairs/linh", "left-out", "left-out/mei", "groups/0", "places", "curve", "why-not?protege_id=linh&mentor_id=rui", "summary"],
)
async def test_nobody_but_a_manager_sees_any_of_it(matching: Matching, run: dict[str, Any], path: str) -> None:
    for who in ("linh", "rui", "stranger"):
        assert (await matching.try_(who, "GET", f"/runs/{run['run_id']}/{path}")).status_code == 403


async def test_two_runs_are_compared_person_by_person(matching: Matching, run: dict[str, Any]) -> None:
    has, waits = who_is_where(run)
    await matching.ask(MANAGER, "POST", f"/runs/{run['run_id']}/forbid", {"protege_id": has, "mentor_id": "deborah"})
    other = await matching.draft(run["programme_id"])
    found = await matching.ask(MANAGER, "GET", f"/runs/{other['run_id']}/differences", params={"against": run["run_id"]})
    assert found["points_after"] == other["total_points"]
    assert {change["protege_id"]: change["kind"] for change in found["changes"]}[waits] == "gained"
    elsewhere = await matching.draft(await matching.programme())
    refused = await matching.try_(MANAGER, "GET", f"/runs/{run['run_id']}/differences", params={"against": elsewhere["run_id"]})
    assert refused.status_code == 404


async def test_pairs_and_those_who_are_left_out_come_in_pages(matching: Matching, run: dict[str, Any]) -> None:
    first = await ask(matching, run, "pairs", limit="1")
    second = await ask(matching, run, "pairs", limit="1", after=first["next"])
    assert [page["pairs"][0] for page in (first, second)] == run["pairs"]
    assert (await ask(matching, run, "pairs", limit="1", after=second["next"])) == {"pairs": [], "next": None}
    assert (await ask(matching, run, "left-out")) == {"left_out": run["left_out"], "next": None}
    assert (await matching.try_(MANAGER, "GET", f"/runs/{run['run_id']}/pairs", params={"limit": "0"})).status_code == 422


# ---------------------------------------------------------------- groups, and one's own


async def test_groups_are_compared_and_small_ones_are_not_told_apart(matching: Matching) -> None:
    programme_id = await matching.programme(default_capacity=5)
    proteges = {f"p{number}": {"role": "protege", "needs": ["chess"]} for number in range(8)}
    await matching.take_part(programme_id, proteges | {"rui": {"role": "mentor", "strengths": ["chess"]}})
    await matching.know(*(f"p{number}" for number in range(7)), department="Sales")
    run = await matching.draft(programme_id)
    found = await matching.ask(MANAGER, "GET", f"/runs/{run['run_id']}/fairness")
    assert (found["whole"]["proteges"], found["whole"]["paired"], found["whole"]["coverage"]) == (8, 5, 62.5)
    assert [part["groups"] for part in found["parts"]] == [["Network", "Sales"]], "one of them has a single person"
    assert found["load"] == {"mentors": 1, "without_anybody": 0, "most": 5, "mean": 5.0, "deviation": 0.0}
    by_place = await matching.ask(MANAGER, "GET", f"/runs/{run['run_id']}/fairness", params={"by": "location"})
    assert [part["groups"] for part in by_place["parts"]] == [["Lisbon"]]
    assert (await matching.try_("rui", "GET", f"/runs/{run['run_id']}/fairness")).status_code == 403
    assert (await matching.try_(MANAGER, "GET", f"/runs/{run['run_id']}/fairness", params={"by": "email"})).status_code == 422


async def test_whoever_took_part_reads_what_concerns_themselves_and_nothing_of_others(matching: Matching, run: dict[str, Any]) -> None:
    has, waits = who_is_where(run)
    url = f"/programmes/{run['programme_id']}/my-outcome"
    assert (await matching.try_(waits, "GET", url)).status_code == 404, "a draft is its managers' own"
    await matching.ask(MANAGER, "POST", f"/runs/{run['run_id']}/publish")
    mine = await matching.ask(waits, "GET", url)
    assert (mine["outcome"], mine["reason"], mine["rules"]) == ("left_out", "too_few_places", [])
    assert (await matching.ask("linh", "GET", url))["reasons"]["needs"] == ["finance"]
    assert (await matching.ask(has, "GET", url))["outcome"] == "paired"
    assert (await matching.ask("stranger", "GET", url))["outcome"] == "not_in_it"
    for who in PEOPLE:
        told = str(await matching.ask(who, "GET", url))
        assert [other for other in PEOPLE if other in told] == []
        assert "points" not in told
