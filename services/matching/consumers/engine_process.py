"""The engine in a process of its own, asked and heard over pipes."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import orjson

from services.matching.domain import Failure
from shared.errors import Operational

COMMAND = ("-m", "services.matching.engine")
ROOT = Path(__file__).parents[3]
LONGEST_LINE = 64 * 1024 * 1024


class EngineFailed(Operational):
    """The engine's process ended without an answer."""

    def __init__(self, problem: str, failure: Failure = Failure.FAULT) -> None:
        super().__init__(problem)
        self.failure = failure


class EngineProcess:
    """One question, and what is said to it, line by line."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, megabytes: int, job: str = "run", seconds: int | None = None) -> Self:
        """Start it with so much memory at most, for a run, perhaps to have an answer after so many seconds, or to say what would be if."""
        limits = ("--megabytes", str(megabytes), *(() if seconds is None else ("--seconds", str(seconds))))
        # No settings of ours: the engine needs no password. One thread: the cores are shared with the services, and the flow has only one.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MATCHING_")}
        return cls(
            await asyncio.create_subprocess_exec(
                *(sys.executable, *COMMAND, job, *limits, "--parent", str(os.getpid())),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                cwd=ROOT,
                env={**kept, "OPENBLAS_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"},
                limit=LONGEST_LINE,
            )
        )

    @property
    def id(self) -> int:
        """Its process id."""
        return self._process.pid

    async def ask(self, question: object) -> AsyncIterator[dict[str, Any]]:
        """Everything it says until it is done. Raises EngineFailed where it says that it failed, or ends before it has answered."""
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101, PT018 - both are pipes
        try:
            self._process.stdin.write(orjson.dumps(question, default=sorted))  # the sets in a cohort
            await self._process.stdin.drain()
            self._process.stdin.close()
        except ConnectionError as error:
            raise EngineFailed("it did not hear the question") from error
        async for line in self._process.stdout:
            said = orjson.loads(line)
            if "failed" in said:
                raise EngineFailed(f"it said {said['failed']}", Failure.MEMORY if said["failed"] == "memory" else Failure.FAULT)
            yield said
        if code := await self._process.wait():
            raise EngineFailed(f"exit code {code}")

    async def tell(self, text: bytes) -> None:
        """Say something of which it may be asked afterwards. Raises EngineFailed."""
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        try:
            self._process.stdin.write(text)
            await self._process.stdin.drain()
        except ConnectionError as error:
            raise EngineFailed("it did not hear the question") from error

    async def answer(self) -> dict[str, Any]:
        """The next thing it says. Raises EngineFailed."""
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        line = await self._process.stdout.readline()
        said: dict[str, Any] = orjson.loads(line) if line else {"failed": "nothing"}
        if "failed" in said:
            raise EngineFailed(f"it said {said['failed']}")
        return said

    async def end(self) -> None:
        """Let nothing of it remain."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
