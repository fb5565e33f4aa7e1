"""What a manager can ask of one run, over HTTP."""

from typing import Any

import pytest

from services.matching.consumers import engine_process
from services.matching.consumers.engine_process import EngineProcess
from services.matching.consumers.runner import work_on_next
from services.matching.store import RunWork
from shared.aggregate import new_id
from tests.integration.matching.conftest import MANAGER, Matching
from tests.integration.matching.test_what_if import PEOPLE


async def drafted(matching: Matching, programme_id: str, **options: Any) -> dict[str, Any]:
    run_id = (await matching.ask(MANAGER, "POST", f"/programmes/{programme_id}/runs", options))["run_id"]
    assert await work_on_next(matching.service, RunWork(matching.service.database, new_id()))
    return dict(await matching.ask(MANAGER, "GET", f"/runs/{run_id}"))


async def a_programme_with_people(matching: Matching) -> str:
    programme_id = await matching.programme()
    await matching.take_part(programme_id, PEOPLE)
    return programme_id


MODES = [("best_total", "first"), ("best_total", "free"), ("worst_first", "first"), ("stable", "first")]


@pytest.mark.parametrize(("mode", "coverage"), MODES)
async def test_every_mode_ends_in_a_draft_that_says_how_it_was_asked_for(matching: Matching, mode: str, coverage: str) -> None:
    run = await drafted(matching, await a_programme_with_people(matching), mode=mode, coverage=coverage, seed=3)
    said = run["options"]
    assert (run["state"], said["mode"], said["coverage"], said["seed"], run["coverage"]["paired"]) == ("draft", mode, coverage, 3, 2)
    assert run["proof"]["optimal"]
    curve = await matching.ask(MANAGER, "GET", f"/runs/{run['run_id']}/curve")
    assert curve["corners"][-1]["people"] == 2
    preview = await matching.try_(MANAGER, "POST", f"/runs/{run['run_id']}/preview", {"weights": {"needs": 1}})
    assert preview.status_code == (409 if mode == "stable" else 200)


async def test_the_same_options_give_the_same_match_and_others_another_input(matching: Matching) -> None:
    programme_id = await a_programme_with_people(matching)
    first, again = [await drafted(matching, programme_id, spread=5) for _ in range(2)]
    other = await drafted(matching, programme_id, seed=1)
    assert first["pairs"] == again["pairs"]
    assert first["proof"]["input_hash"] == again["proof"]["input_hash"] != other["proof"]["input_hash"]


async def test_floors_are_reported(matching: Matching) -> None:
    programme_id = await a_programme_with_people(matching)
    await matching.know("amara", department="Sales")
    run = await drafted(matching, programme_id, floors={"by": "department", "shares": {"Sales": 100}})
    assert run["floors"] == [{"group": "Sales", "proteges": 1, "floor": 1, "paired": 1}]
    assert "amara" in {pair["protege_id"] for pair in run["pairs"]}


async def test_options_that_cannot_be_start_no_run(matching: Matching) -> None:
    programme_id = await a_programme_with_people(matching)
    for options, name in (
        ({"spread": -1}, "spread"),
        ({"mode": "best"}, "mode"),
        ({"colour": "red"}, "colour"),
        ({"limits": {"megabytes": 10**6}}, "limits.megabytes"),
        ({"fixed": [["linh", "rui"], ["amara", "rui"]]}, "fixed.0"),
        ({"floors": {"by": "location", "shares": {"Hanoi": 50}}}, "floors.shares.Hanoi"),
    ):
        refused = await matching.try_(MANAGER, "POST", f"/programmes/{programme_id}/runs", options)
        assert (refused.status_code, refused.json()["type"], refused.json()["errors"][0]["field"]) == (422, "/problems/invalid", name)
    assert await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/runs") == []


async def test_a_run_that_may_move_partners_suggests_and_leaves_them_alone(matching: Matching) -> None:
    programme_id = await a_programme_with_people(matching)
    offered = await matching.ask(MANAGER, "POST", f"/programmes/{programme_id}/offers", {"protege_id": "linh", "mentor_id": "deborah"})
    for who in ("linh", "deborah"):
        await matching.ask(who, "POST", f"/proposals/{offered['proposal_id']}/accept")

    run = await drafted(matching, programme_id, running="free")
    assert {pair["protege_id"]: pair["mentor_id"] for pair in run["pairs"]}["linh"] == "rui"
    found = await matching.ask(MANAGER, "GET", f"/runs/{run['run_id']}/differences", params={"against": "running"})
    assert (found["moved"], found["gained"], found["lost"], found["points_before"]) == (1, 1, 0, None)
    moved = next(change for change in found["changes"] if change["kind"] == "moved")
    assert (moved["protege_id"], moved["before"]) == ("linh", [{"mentor_id": "deborah", "points": None}])
    refused = await matching.try_(MANAGER, "POST", f"/runs/{run['run_id']}/publish")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/only-suggestion")
    assert len(await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/partnerships")) == 1

    kept = await drafted(matching, programme_id, running="sticky", stickiness=10_000)
    assert {pair["protege_id"]: pair["mentor_id"] for pair in kept["pairs"]}["linh"] == "deborah"


async def test_rules_that_leave_nobody_are_said_before_the_run(matching: Matching) -> None:
    programme_id = await matching.programme(rules={"least_levels_above": 9})
    await matching.take_part(programme_id, PEOPLE)
    refused = await matching.try_(MANAGER, "POST", f"/programmes/{programme_id}/runs")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/rules-exclude-everybody")
    assert "levels_above" in refused.json()["detail"]
    assert await matching.ask(MANAGER, "GET", f"/programmes/{programme_id}/runs") == []


async def test_fixed_and_forbidden_pairs_are_kept_and_stay_so_in_the_draft(matching: Matching) -> None:
    programme_id = await a_programme_with_people(matching)
    run = await drafted(matching, programme_id, fixed=[["amara", "rui"]], forbidden=[["mei", "deborah"]])
    assert [(pair["protege_id"], pair["mentor_id"], pair["locked"]) for pair in run["pairs"]] == [
        ("amara", "rui", True),
        ("linh", "deborah", False),
    ]
    assert run["forbidden"] == [["mei", "deborah"]]


async def test_a_run_by_weights_of_its_own_says_them_and_leaves_the_programmes_alone(matching: Matching) -> None:
    programme_id = await a_programme_with_people(matching)
    run = await drafted(matching, programme_id, weights={"needs": 3, "languages": 1})
    assert run["weights"] == {"needs": 7_500, "languages": 2_500}
    assert set((await drafted(matching, programme_id))["weights"]) > {"needs", "languages"}


async def test_a_run_is_about_those_who_were_named(matching: Matching) -> None:
    programme_id = await a_programme_with_people(matching)
    run = await drafted(matching, programme_id, proteges={"person_ids": ["amara", "mei"]}, mentors={"person_ids": ["rui"]})
    assert (run["coverage"], run["places"]) == ({"paired": 1, "proteges": 2}, 1)


async def test_whom_somebody_has_asked_for_comes_before_equals(matching: Matching) -> None:
    programme_id = await a_programme_with_people(matching)
    await matching.ask("amara", "POST", f"/programmes/{programme_id}/requests", {"mentor_ids": ["rui"], "words": "May I learn from you?"})
    run = await drafted(matching, programme_id, first_choice=10_000)
    assert ("amara", "rui") in {(pair["protege_id"], pair["mentor_id"]) for pair in run["pairs"]}
    run = await drafted(matching, programme_id, first_choice=0)
    assert ("linh", "rui") in {(pair["protege_id"], pair["mentor_id"]) for pair in run["pairs"]}


async def test_a_run_has_the_time_and_the_memory_it_was_given(matching: Matching, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[int, int | None]] = []
    start = EngineProcess.start

    async def started(megabytes: int, job: str = "run", seconds: int | None = None) -> EngineProcess:
        given.append((megabytes, seconds))
        return await start(megabytes, job, seconds)

    monkeypatch.setattr(EngineProcess, "start", started)
    programme_id = await a_programme_with_people(matching)
    await drafted(matching, programme_id)
    await drafted(matching, programme_id, limits={"seconds": 60, "megabytes": 2_000})
    assert given == [(4_000, None), (2_000, 60)]


async def test_a_run_that_cannot_stop_early_and_has_no_more_time_says_so(matching: Matching, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_process, "COMMAND", ("-c", "import time; time.sleep(9999)"))
    run = await drafted(matching, await a_programme_with_people(matching), mode="stable", limits={"seconds": 1})
    assert (run["state"], run["failure"]) == ("failed", "time")
