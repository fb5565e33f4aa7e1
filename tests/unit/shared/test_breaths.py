"""Long work on the event loop gives everybody else a turn."""

import asyncio

from shared.mongo import AT_ONE_BREATH, in_breaths


async def test_who_waits_has_a_turn_after_a_few_of_many_things() -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    waiting = asyncio.create_task(others())
    seen = [thing async for thing in in_breaths(range(10 * AT_ONE_BREATH))]
    waiting.cancel()
    assert seen == list(range(10 * AT_ONE_BREATH))
    assert turns == 10
