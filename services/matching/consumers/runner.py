"""Takes up match runs that wait, one at a time, and has a process of its own solve each."""

import asyncio
import contextlib
import json
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

from services.matching.engine import Cohort
from services.matching.handlers.runs import BeginRun, FailRun, FinishRun, begin_run, fail_run, finish_run
from services.matching.settings import Settings
from services.matching.store import RunWork
from services.matching.store.runs import LEASE_MS, MOST_ATTEMPTS
from shared.aggregate import new_id
from shared.errors import Operational, Rejected
from shared.service import Service

LOOK_EVERY_SECONDS = 0.5
LONGEST_LINE = 512 * 1024 * 1024
SOLVER = ("-m", "services.matching.engine")
ROOT = Path(__file__).parents[3]

log = structlog.get_logger()


class SolverFailed(Operational):
    """The solver's process ended without a match."""


async def work_on_runs(service: Service) -> None:
    """Work on runs for as long as the service runs."""
    work = RunWork(service.database, new_id())
    while True:
        while await work_on_next(service, work):
            pass
        await asyncio.sleep(LOOK_EVERY_SECONDS)


async def work_on_next(service: Service, work: RunWork) -> bool:
    """Work on one run that waits, or whose worker has died; False when there is none."""
    row = await work.take()
    if row is None:
        return False
    run_id, began = row["_id"], time.monotonic()
    try:
        if row["attempts"] > MOST_ATTEMPTS:
            await service.run(fail_run, FailRun(run_id=run_id, took=timedelta(seconds=time.monotonic() - began)))
            return True
        cohort: Cohort = await service.run(begin_run, BeginRun(run_id=run_id))
        match = await _solve(cohort, work, run_id, service.settings)
        await service.run(finish_run, FinishRun(run_id=run_id, match=match, took=timedelta(seconds=time.monotonic() - began)))
    except SolverFailed as failure:
        log.error("a match run's solver failed", run_id=run_id, attempt=row["attempts"], problem=failure)
        await work.give_back(run_id)
    except Rejected as refusal:
        log.info("a match run was settled by another", run_id=run_id, reason=type(refusal))
    return True


async def _solve(cohort: Cohort, work: RunWork, run_id: str, settings: Settings | Any) -> dict[str, Any]:
    """The match, from a process of its own. Raises SolverFailed."""
    # No settings of ours: the solver needs no password. One thread: the cores are shared with the services, and the flow has only one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MATCHING_")} | {"OPENBLAS_NUM_THREADS": "1"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *SOLVER),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        cwd=ROOT,
        env=environment,
        limit=LONGEST_LINE,
    )
    lease = asyncio.create_task(_keep_lease(work, run_id, process.pid))
    try:
        async with asyncio.timeout(settings.solver_seconds):
            return await _converse(process, json.dumps(cohort.to_json()).encode(), work, run_id)
    except (TimeoutError, BrokenPipeError, ConnectionResetError) as error:
        raise SolverFailed(type(error).__name__) from error
    finally:
        lease.cancel()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _converse(process: Process, question: bytes, work: RunWork, run_id: str) -> dict[str, Any]:
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None  # noqa: S101, PT018 - all three are pipes
    process.stdin.write(question)
    await process.stdin.drain()
    process.stdin.close()
    async for line in process.stdout:
        said = json.loads(line)
        if "match" in said:
            return dict(said["match"])
        await work.keep(run_id, said)
    complaint = (await process.stderr.read()).decode(errors="replace").strip().splitlines()
    kind = complaint[-1].partition(":")[0] if complaint else ""
    if not kind.isidentifier() or not kind.endswith(("Error", "Exception")):
        kind = "no word"  # anything but an exception's name may be somebody's
    raise SolverFailed(f"exit code {await process.wait()}, {kind}")


async def _keep_lease(work: RunWork, run_id: str, process_id: int) -> None:
    while True:
        await work.keep(run_id, {"process": process_id})
        await asyncio.sleep(LEASE_MS / 3_000)
