"""Takes up match runs that wait, one at a time, and has a process of its own solve each."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import structlog

from services.matching.consumers.engine_process import EngineFailed, EngineProcess
from services.matching.domain import Failure
from services.matching.handlers.runs import (
    BeginRun,
    FailRun,
    FinishRun,
    KeepMeanings,
    KeepPortion,
    begin_run,
    fail_run,
    finish_run,
    keep_meanings,
    keep_portion,
)
from services.matching.settings import Settings
from services.matching.store import RunWork
from services.matching.store.old_documents import bring_up_to_date
from services.matching.store.runs import MOST_ATTEMPTS
from shared.aggregate import new_id
from shared.errors import Rejected
from shared.service import Service

LOOK_EVERY_SECONDS = 0.5
BEAT_SECONDS = 1.0
"""How often the lease is kept, and so how soon a run that was cancelled is no longer worked on."""

log = structlog.get_logger()


class TakenAway(Exception):  # noqa: N818 - what happened to a run
    """The run was cancelled, or another worker has it."""


async def work_on_runs(service: Service) -> None:
    """Work on runs for as long as the service runs."""
    await bring_up_to_date(service.database)
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
            await _fail(service, run_id, Failure.FAULT, began)
        else:
            await _make_draft(service, work, run_id, began)
    except EngineFailed as failed:
        log.error("a match run's engine failed", run_id=run_id, attempt=row["attempts"], problem=failed)
        if failed.failure is Failure.FAULT:
            await work.give_back(run_id)
        else:
            await _fail(service, run_id, failed.failure, began)  # the next attempt would need as much
    except (Rejected, TakenAway) as refusal:
        log.info("a match run was settled by another", run_id=run_id, reason=type(refusal))
    except asyncio.CancelledError:
        await work.give_back(run_id, untried=True)
        raise
    return True


async def _make_draft(service: Service, work: RunWork, run_id: str, began: float) -> None:
    """Ask the engine, and write down what it says as it comes; nobody sees it before the run has ended in it."""
    settings: Settings | Any = service.settings
    order, own = await service.run(begin_run, BeginRun(run_id=run_id))
    seconds = settings.solver_seconds if own.seconds is None or order.can_stop else min(own.seconds, settings.solver_seconds)
    await work.clear(run_id)
    draft_id = new_id()
    process = await EngineProcess.start(min(own.megabytes or settings.solver_megabytes, settings.solver_megabytes), seconds=own.seconds)
    hearing = asyncio.create_task(_hear(service, work, process.ask(order), run_id, draft_id))
    lease = asyncio.create_task(_keep_lease(work, run_id, process.id))
    try:
        async with asyncio.timeout(seconds):
            await asyncio.wait({hearing, lease}, return_when=asyncio.FIRST_COMPLETED)
        if lease.done():
            await lease
        found = await hearing
    except TimeoutError as error:
        raise EngineFailed("it took too long", Failure.TIME) from error
    finally:
        hearing.cancel()
        lease.cancel()
        await process.end()
        await asyncio.gather(hearing, lease, return_exceptions=True)
    took = timedelta(seconds=time.monotonic() - began)
    await service.run(finish_run, FinishRun(run_id=run_id, draft_id=draft_id, found=found, took=took))


async def _hear(service: Service, work: RunWork, lines: AsyncIterator[dict[str, Any]], run_id: str, draft_id: str) -> dict[str, Any]:
    """The figures of the draft, once all of it is written down. Raises EngineFailed."""
    async for said in lines:
        if "found" in said:
            return dict(said["found"])
        if "progress" in said:
            await work.keep(run_id, said)
        elif "meanings" in said:
            await service.run(keep_meanings, KeepMeanings(vectors=said["meanings"]))
        else:
            await service.run(keep_portion, KeepPortion(run_id=run_id, draft_id=draft_id, said=said))
    raise EngineFailed("it ended without an answer")


async def _keep_lease(work: RunWork, run_id: str, process_id: int) -> None:
    """Until the run is no longer ours. Raises TakenAway then."""
    while True:
        if not await work.keep(run_id, {"process": process_id}):
            raise TakenAway
        await asyncio.sleep(BEAT_SECONDS)


async def _fail(service: Service, run_id: str, failure: Failure, began: float) -> None:
    await service.run(fail_run, FailRun(run_id=run_id, failure=failure, took=timedelta(seconds=time.monotonic() - began)))
