"""What runs for as long as a service does: loops that are started again when they fail, and what is undone at its end."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

PAUSE_AFTER_FAULT = 1.0
# For each part, and for all of them: a supervisor kills what takes much longer.
PART_SECONDS, ALL_SECONDS = 2.0, 14.0

log = structlog.get_logger()


async def again_and_again(part: str, work: Callable[[], Awaitable[object]]) -> None:
    """Do this work until cancelled, again whenever it has ended or failed."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - a loop that ended would be missed by nobody
            log.error("a loop failed and is started again", worker=part, problem=error)
        await asyncio.sleep(PAUSE_AFTER_FAULT)


class Lifetime:
    """The parts of a running service, in the order in which they were started."""

    def __init__(self) -> None:
        self._undoing: list[tuple[str, Callable[[], Awaitable[object]], float]] = []

    def undo(self, part: str, stop: Callable[[], Awaitable[object]], seconds: float = PART_SECONDS) -> None:
        """Have this done at the end, before what was named earlier, in no more than these seconds."""
        self._undoing.append((part, stop, seconds))

    def loop(self, part: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do this work until the end, again whenever it has ended or failed."""
        task = asyncio.create_task(again_and_again(part, work), name=part)

        async def end() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        self.undo(part, end)

    async def end(self) -> None:
        """Undo everything, the last first. What does not end in its time, or fails, does not keep the others from it."""
        clock = asyncio.get_running_loop().time
        until = clock() + ALL_SECONDS
        while self._undoing:
            part, stop, seconds = self._undoing.pop()
            try:
                async with asyncio.timeout_at(min(until, clock() + seconds)):
                    await stop()
            except Exception as error:  # noqa: BLE001 - the others are still to be stopped
                log.warning("a part did not stop as it should", part=part, problem=error)
