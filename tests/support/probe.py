"""Waiting for what comes about by itself: look often, give up at a deadline that only a broken system reaches."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(look: Callable[[], Awaitable[T]], what: str, *, within: float = 60.0) -> T:
    """The first true answer of `look`; AssertionError when none has come `within` seconds."""
    until = time.monotonic() + within
    while True:
        if seen := await look():
            return seen
        if time.monotonic() > until:
            raise AssertionError(f"{what}: not seen within {within:.0f} s, last answer {seen!r}")
        await asyncio.sleep(0.02)
