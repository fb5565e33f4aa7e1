"""A run is worked on in a process of its own, survives the death of whoever works on it, and can be cancelled whenever one wants."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import Process
from typing import Any

import pytest

from services.matching.consumers import engine_process
from services.matching.consumers.runner import work_on_next
from services.matching.store import RunWork
from shared.aggregate import new_id
from shared.contracts.matching import MatchRunFailed, MatchRunFinished
from tests.integration.matching.conftest import MANAGER, Matching
from tests.support.probe import eventually

TWO: dict[str, dict[str, Any]] = {"linh": {"role": "protege", "needs": ["finance"]}, "rui": {"role": "mentor", "strengths": ["budgets"]}}
PAIR = {"protege_id": "linh", "mentor_id": "rui", "points": 1, "shares": {"needs": 1}, "reasons": {}, "unanswered": []}
STAGES: dict[str, list[dict[str, Any]]] = {
    "begun": [],
    "rules": [{"progress": 5, "step": "rules"}],
    "solving": [{"progress": 40, "step": "solving"}],
    "explanations": [{"progress": 90, "step": "explanations"}],
    "half written down": [{"pairs": [PAIR]}, {"progress": 95, "step": "explanations"}],
}
WORKER = """
import asyncio, sys
from services.matching.consumers import engine_process, runner
from services.matching.handlers.stores import Runs
from services.matching.main import create_app
from services.matching.settings import Settings
from services.matching.store import RunWork

async def never(command, runs: Runs):
    await asyncio.sleep(9999)

async def main(url, engine):
    settings = Settings(mongodb_url=url, kafka_bootstrap_servers="127.0.0.1:1", portal_url="http://portal.test", port=1)
    service = create_app(settings).state.service
    await service.open()
    if engine:
        engine_process.COMMAND = ("-c", engine)
    else:
        runner.finish_run = never
    await runner.work_on_next(service, RunWork(service.database, "worker"))

asyncio.run(main(*sys.argv[1:]))
"""


def stuck_after(stage: str) -> str:
    """An engine that says so much and then never ends by itself."""
    said = "".join(f"print({json.dumps(line)!r}, flush=True);" for line in STAGES[stage])
    modest = "from services.matching.engine.__main__ import be_modest; be_modest(4_000, int(sys.argv[-1]))"
    return f"import sys, time; {modest}; {said} time.sleep(9999)"


async def a_queued_run(matching: Matching) -> str:
    programme_id = await matching.programme()
    await matching.take_part(programme_id, TWO)
    return str((await matching.ask(MANAGER, "POST", f"/programmes/{programme_id}/runs"))["run_id"])


async def state_of(matching: Matching, run_id: str) -> tuple[str, int, str]:
    run = await matching.ask(MANAGER, "GET", f"/runs/{run_id}/summary")
    return run["state"], run["progress"], run["step"]


def a_worker(matching: Matching) -> RunWork:
    return RunWork(matching.service.database, new_id())


async def at_stage(matching: Matching, stage: str) -> int:
    """Wait until a worker's engine has come so far; its process id."""
    last: dict[str, Any] = next((line for line in reversed(STAGES[stage]) if "progress" in line), {})
    row = await eventually(lambda: matching.service.database.run_work.find_one({"process": {"$gt": 0}, **last}), f"the stage {stage}")
    return int(row["process"])


async def must_be_gone(process_id: int) -> None:
    async def gone() -> bool:
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            return True
        return False

    await eventually(gone, f"the end of process {process_id}")


async def finish(matching: Matching, run_id: str) -> None:
    """Have another worker take the run up when the lease of the one before is over."""
    await matching.service.database.run_work.update_one({"_id": run_id}, {"$unset": {"until": ""}})
    assert await work_on_next(matching.service, a_worker(matching))
    assert await state_of(matching, run_id) == ("draft", 100, "")
    run = await matching.ask(MANAGER, "GET", f"/runs/{run_id}")
    assert [(pair["protege_id"], pair["mentor_id"]) for pair in run["pairs"]] == [("linh", "rui")]
    assert run["pairs"][0]["points"] > 1, "nothing of a dead attempt is left"
    for collection in ("run_pairs", "run_mentors"):
        assert await matching.service.database[collection].count_documents({"run_id": run_id}) == 1
    assert len(await matching.running.published(MatchRunFinished)) == 1


# ---------------------------------------------------------------- death


async def start_worker(matching: Matching, engine: str) -> Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, matching.service.settings.mongodb_url, engine)


@pytest.mark.parametrize("stage", STAGES)
async def test_a_worker_killed_at_any_stage_leaves_no_process_and_its_run_is_taken_up_again(matching: Matching, stage: str) -> None:
    run_id = await a_queued_run(matching)
    worker = await start_worker(matching, stuck_after(stage))
    engine = await at_stage(matching, stage)
    worker.kill()
    await worker.wait()
    await must_be_gone(engine)
    assert (await state_of(matching, run_id))[0] == "running"
    assert not await work_on_next(matching.service, a_worker(matching)), "the lease still runs"
    await finish(matching, run_id)


async def test_a_worker_killed_when_all_is_written_down_but_the_end_leaves_a_run_that_is_taken_up_again(matching: Matching) -> None:
    run_id = await a_queued_run(matching)
    worker = await start_worker(matching, "")
    await eventually(lambda: matching.service.database.run_mentors.find_one({"run_id": run_id}), "a draft that is written down")
    worker.kill()
    await worker.wait()
    await finish(matching, run_id)


async def test_a_run_whose_engine_is_killed_is_taken_up_again(matching: Matching, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = await a_queued_run(matching)
    assert await state_of(matching, run_id) == ("queued", 0, "queued")
    with monkeypatch.context() as patch:
        patch.setattr(engine_process, "COMMAND", ("-c", stuck_after("solving")))
        working = asyncio.create_task(work_on_next(matching.service, a_worker(matching)))
        engine = await at_stage(matching, "solving")
        assert await state_of(matching, run_id) == ("running", 40, "solving")
        os.kill(engine, signal.SIGKILL)
        assert await working
    await finish(matching, run_id)


async def test_a_run_that_fails_again_and_again_fails_visibly(matching: Matching, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_process, "COMMAND", ("-c", "raise SystemExit(3)"))
    run_id = await a_queued_run(matching)
    while await work_on_next(matching.service, a_worker(matching)):
        pass
    run = await matching.ask(MANAGER, "GET", f"/runs/{run_id}")
    assert (run["state"], run["failure"], run["pairs"]) == ("failed", "fault", [])
    assert [event.started_by_id for event in await matching.running.published(MatchRunFailed)] == [MANAGER]


async def test_a_worker_that_is_told_to_stop_gives_the_run_back_at_once_and_no_attempt_is_counted(
    matching: Matching, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = await a_queued_run(matching)
    with monkeypatch.context() as patch:
        patch.setattr(engine_process, "COMMAND", ("-c", stuck_after("solving")))
        working = asyncio.create_task(work_on_next(matching.service, a_worker(matching)))
        engine = await at_stage(matching, "solving")
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    await must_be_gone(engine)
    row = await matching.service.database.run_work.find_one({"_id": run_id})
    assert (row["attempts"], "until" in row) == (0, False)
    await finish(matching, run_id)


async def test_a_worker_whose_lease_another_has_taken_leaves_the_run_to_that_one(
    matching: Matching, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = await a_queued_run(matching)
    with monkeypatch.context() as patch:
        patch.setattr(engine_process, "COMMAND", ("-c", stuck_after("solving")))
        working = asyncio.create_task(work_on_next(matching.service, a_worker(matching)))
        engine = await at_stage(matching, "solving")
        await matching.service.database.run_work.update_one({"_id": run_id}, {"$set": {"owner": "another"}})
        assert await working
    await must_be_gone(engine)
    assert await state_of(matching, run_id) == ("running", 40, "solving")


# ---------------------------------------------------------------- limits


async def test_an_engine_that_takes_too_long_is_ended_and_the_run_says_so(matching: Matching, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = await a_queued_run(matching)
    monkeypatch.setattr(engine_process, "COMMAND", ("-c", stuck_after("solving")))
    hasty = matching.service.settings.model_copy(update={"solver_seconds": 0.5})
    monkeypatch.setattr(matching.service, "settings", hasty)
    assert await work_on_next(matching.service, a_worker(matching))
    run = await matching.ask(MANAGER, "GET", f"/runs/{run_id}/summary")
    assert (run["state"], run["failure"]) == ("failed", "time")
    assert await matching.service.database.run_work.find_one({"_id": run_id}) is None


async def test_an_engine_that_needs_too_much_memory_fails_and_the_run_says_so(matching: Matching, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = await a_queued_run(matching)
    greedy = "import sys; from services.matching.engine import __main__ as engine;engine.run = lambda *_: bytearray(10**12); engine.main()"
    monkeypatch.setattr(engine_process, "COMMAND", ("-c", greedy))
    assert await work_on_next(matching.service, a_worker(matching))
    run = await matching.ask(MANAGER, "GET", f"/runs/{run_id}/summary")
    assert (run["state"], run["failure"]) == ("failed", "memory")


# ---------------------------------------------------------------- cancelling


@pytest.mark.parametrize("stage", STAGES)
async def test_a_run_cancelled_at_any_stage_is_no_longer_worked_on(matching: Matching, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    run_id = await a_queued_run(matching)
    monkeypatch.setattr(engine_process, "COMMAND", ("-c", stuck_after(stage)))
    working = asyncio.create_task(work_on_next(matching.service, a_worker(matching)))
    engine = await at_stage(matching, stage)
    await matching.ask(MANAGER, "POST", f"/runs/{run_id}/cancel")
    assert await working
    await must_be_gone(engine)
    run = await matching.ask(MANAGER, "GET", f"/runs/{run_id}")
    assert (run["state"], run["pairs"], run["progress"]) == ("cancelled", [], 100)
    assert not await work_on_next(matching.service, a_worker(matching))
    again = await matching.try_(MANAGER, "POST", f"/runs/{run_id}/cancel")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/run-settled")


async def test_a_run_that_nobody_has_taken_up_is_cancelled_and_the_next_can_start(matching: Matching) -> None:
    run_id = await a_queued_run(matching)
    stranger = await matching.try_("rui", "POST", f"/runs/{run_id}/cancel")
    assert stranger.status_code == 403
    await matching.ask(MANAGER, "POST", f"/runs/{run_id}/cancel")
    assert not await work_on_next(matching.service, a_worker(matching))
    programme_id = (await matching.ask(MANAGER, "GET", f"/runs/{run_id}"))["programme_id"]
    assert (await matching.draft(programme_id))["number"] == 2


async def test_a_run_cancelled_while_its_end_is_written_down_is_either_a_draft_or_cancelled(matching: Matching) -> None:
    run_id = await a_queued_run(matching)
    working = asyncio.create_task(work_on_next(matching.service, a_worker(matching)))
    await eventually(lambda: matching.service.database.run_mentors.find_one({"run_id": run_id}), "a draft that is written down")
    answer = await matching.try_(MANAGER, "POST", f"/runs/{run_id}/cancel")
    assert await working
    assert (await state_of(matching, run_id))[0] == {204: "cancelled", 409: "draft"}[answer.status_code]


async def test_a_run_looks_up_what_words_mean_once_and_says_what_counted(matching: Matching) -> None:
    programme_id = await matching.programme()
    people = {
        "linh": {"role": "protege", "needs": ["keeping calm under pressure"]},
        "rui": {"role": "mentor", "strengths": ["stress management"]},
    }
    await matching.take_part(programme_id, people)
    run_id = (await matching.ask(MANAGER, "POST", f"/programmes/{programme_id}/runs"))["run_id"]
    assert await work_on_next(matching.service, a_worker(matching))
    run = await matching.ask(MANAGER, "GET", f"/runs/{run_id}")
    assert run["pairs"][0]["reasons"]["needs"] == ["keeping calm under pressure · stress management"]
    assert sum(run["weights"].values()) == 10_000
    kept = [row async for row in matching.service.database.meanings.find()]
    assert len(kept) == 2
    await matching.ask(MANAGER, "POST", f"/programmes/{programme_id}/runs")
    assert await work_on_next(matching.service, a_worker(matching))
    assert [row async for row in matching.service.database.meanings.find()] == kept
