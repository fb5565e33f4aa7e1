"""A run is worked on in a process of its own, and survives the death of whoever works on it."""

import asyncio
import os
import signal
from typing import Any

import pytest

from services.matching.consumers import runner
from services.matching.consumers.runner import work_on_next
from services.matching.store import RunWork
from shared.aggregate import new_id
from shared.contracts.matching import MatchRunFailed, MatchRunFinished
from tests.integration.matching.conftest import MANAGER, Matching
from tests.support.probe import eventually

TWO: dict[str, dict[str, Any]] = {"linh": {"role": "protege", "needs": ["finance"]}, "rui": {"role": "mentor", "strengths": ["budgets"]}}


async def a_queued_run(matching: Matching) -> str:
    programme_id = await matching.programme()
    await matching.take_part(programme_id, TWO)
    return str((await matching.ask(MANAGER, "POST", f"/programmes/{programme_id}/runs"))["run_id"])


async def state_of(matching: Matching, run_id: str) -> tuple[str, int, str]:
    run = await matching.ask(MANAGER, "GET", f"/runs/{run_id}")
    return run["state"], run["progress"], run["step"]


@pytest.fixture
def slow_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that never ends by itself."""
    monkeypatch.setattr(
        runner, "SOLVER", ("-c", 'import sys, time; print(\'{"progress": 40, "step": "solving"}\', flush=True); time.sleep(9999)')
    )


async def test_a_run_whose_solver_is_killed_is_taken_up_again(
    matching: Matching, slow_solver: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = await a_queued_run(matching)
    assert await state_of(matching, run_id) == ("queued", 0, "queued")
    work = RunWork(matching.service.database, new_id())
    working = asyncio.create_task(work_on_next(matching.service, work))
    row = await eventually(lambda: matching.service.database.run_work.find_one({"progress": 40, "process": {"$gt": 0}}), "a solver at work")
    assert await state_of(matching, run_id) == ("running", 40, "solving")
    os.kill(row["process"], signal.SIGKILL)
    assert await working

    monkeypatch.undo()
    assert await work_on_next(matching.service, RunWork(matching.service.database, new_id()))
    assert await state_of(matching, run_id) == ("draft", 100, "")
    assert len(await matching.running.published(MatchRunFinished)) == 1


async def test_a_run_that_fails_again_and_again_fails_visibly(matching: Matching, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "SOLVER", ("-c", "raise SystemExit(3)"))
    run_id = await a_queued_run(matching)
    work = RunWork(matching.service.database, new_id())
    while await work_on_next(matching.service, work):
        pass
    assert (await state_of(matching, run_id))[0] == "failed"
    assert [event.started_by_id for event in await matching.running.published(MatchRunFailed)] == [MANAGER]


async def test_a_run_of_a_worker_that_has_died_is_taken_up_when_its_lease_is_over(matching: Matching) -> None:
    run_id = await a_queued_run(matching)
    dead = RunWork(matching.service.database, new_id())
    assert (await dead.take() or {})["_id"] == run_id
    alive = RunWork(matching.service.database, new_id())
    assert not await work_on_next(matching.service, alive), "the lease still runs"
    await matching.service.database.run_work.update_one({"_id": run_id}, {"$unset": {"until": ""}})
    assert await work_on_next(matching.service, alive)
    assert (await state_of(matching, run_id))[0] == "draft"
    assert not await dead.keep(run_id)


async def test_a_solver_that_takes_too_long_is_ended(matching: Matching, slow_solver: None, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = await a_queued_run(matching)
    hasty = matching.service.settings.model_copy(update={"solver_seconds": 0.5})
    monkeypatch.setattr(matching.service, "settings", hasty)
    work = RunWork(matching.service.database, new_id())
    assert await work_on_next(matching.service, work)
    assert (await matching.service.database.run_work.find_one({"_id": run_id}))["attempts"] == 1
