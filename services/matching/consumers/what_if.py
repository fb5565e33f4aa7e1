"""Keeps the engine at hand for whoever looks at a draft and asks what would be if; in processes, so that nobody else has to wait."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog

from services.matching.consumers.engine_process import EngineFailed, EngineProcess
from services.matching.domain import EngineSilent, MatchRun, NothingKept
from services.matching.settings import Settings
from services.matching.store.drafts import CANDIDATES
from shared.service import Service

AT_ONCE = 2
"""Drafts that are looked at; of more, the one nobody has asked about for the longest time ends."""
IDLE_SECONDS, LOOK_EVERY_SECONDS = 300.0, 10.0
ANSWER_SECONDS = 120.0

log = structlog.get_logger()


@dataclass
class _Talk:
    """With one process, about one draft. One question at a time: answers come in the order of the questions."""

    process: EngineProcess
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    last: float = field(default_factory=time.monotonic)


class WhatIfs:
    """The processes of one replica, by draft."""

    def __init__(self) -> None:
        self._talks: dict[str, _Talk] = {}
        self._starting = asyncio.Lock()

    async def ask(self, service: Service, run: MatchRun, question: dict[str, Any]) -> dict[str, Any]:
        """The engine's answer. Raises NothingKept where there is nothing to ask about, EngineSilent where none comes."""
        talk = await self._talk(service, run)
        async with talk.turn:
            talk.last = time.monotonic()
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await talk.process.tell(orjson.dumps(question) + b"\n")
                    return await talk.process.answer()
            except BaseException as error:
                # Whoever asks next would be given the answer to this question.
                await self._end(talk)
                if isinstance(error, EngineFailed | TimeoutError):
                    log.error("the engine did not say what would be if", run_id=run.id, problem=error)
                    raise EngineSilent from error
                raise

    async def end_idle(self, _service: Service) -> None:
        """End those nobody asks any more, and all of them at the end."""
        try:
            while True:
                await asyncio.sleep(LOOK_EVERY_SECONDS)
                for talk in list(self._talks.values()):
                    if time.monotonic() - talk.last > IDLE_SECONDS and not talk.turn.locked():
                        await self._end(talk)
        finally:
            await self.end()

    async def end(self) -> None:
        """End all of them."""
        for talk in list(self._talks.values()):
            await self._end(talk)

    async def _talk(self, service: Service, run: MatchRun) -> _Talk:
        async with self._starting:
            draft_id = run.draft_id or ""
            if draft_id not in self._talks:
                packed = await _packed(service, draft_id)
                while len(self._talks) >= AT_ONCE:
                    await self._end(min(self._talks.values(), key=lambda one: (one.turn.locked(), one.last)))
                self._talks[draft_id] = await _start(service, packed)
            return self._talks[draft_id]

    async def _end(self, talk: _Talk) -> None:
        self._talks = {draft_id: other for draft_id, other in self._talks.items() if other is not talk}
        await talk.process.end()


async def _packed(service: Service, draft_id: str) -> bytes:
    rows = service.database[CANDIDATES].find({"draft_id": draft_id}).sort("number", 1)
    packed = b"".join([row["packed"] async for row in rows])
    if not packed:
        raise NothingKept
    return packed


async def _start(service: Service, packed: bytes) -> _Talk:
    settings: Settings | Any = service.settings
    process = await EngineProcess.start(settings.solver_megabytes, "what-if")
    try:
        await process.tell(f"{len(packed)}\n".encode() + packed)
    except BaseException as error:
        await process.end()
        if isinstance(error, EngineFailed):
            raise EngineSilent from error
        raise
    return _Talk(process)
