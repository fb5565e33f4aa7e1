"""Loops of a service, run for as long as a test wants them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol


class Loop(Protocol):
    """Works until it is cancelled."""

    async def run(self) -> None: ...


@asynccontextmanager
async def running(*loops: Loop) -> AsyncIterator[None]:
    """Have them all work, each beside the others, until the block ends."""
    tasks = [asyncio.create_task(loop.run()) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
